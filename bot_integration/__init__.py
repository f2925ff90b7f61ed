"""What a discord.py bot plugs in: commands, tracking, ComfyUI timing. It knows core, and nothing of the window.

Importing this loads neither discord.py nor the rest; asking for one of its names does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot_integration import shadowing

if TYPE_CHECKING:
    from bot_integration.plug_in import SetupFault, setup, teardown

__all__ = ["SetupFault", "setup", "teardown"]

shadowing.check()  # before anything of core is imported: a folder of the bot's own may have taken its name


def __getattr__(name: str) -> Any:
    """Load what a bot calls when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from bot_integration import plug_in

    return getattr(plug_in, name)
