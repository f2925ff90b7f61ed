"""What the packaged ``botpulse-db`` runs."""

from __future__ import annotations

import sys

from core.worker import frozen

if __name__ == "__main__":
    frozen.serve()
    from core.cli.main import main

    sys.exit(main())
