"""What the packaged ``botpulse`` runs."""

from __future__ import annotations

import sys

from core.worker import frozen

if __name__ == "__main__":
    frozen.serve()
    from gui.app.start import main

    sys.exit(main())
