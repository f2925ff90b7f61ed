"""What a discord.py bot plugs in: commands, tracking, ComfyUI timing. It knows core, and nothing of the window.

Importing this loads neither discord.py nor the rest; :func:`setup` does.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from bot_integration import shadowing

if TYPE_CHECKING:
    from bot_integration.comfyui import ComfyUI
    from bot_integration.wiring.plug_in import AnyBot, AnyCommand
    from core.manager import AnalyticsManager

__all__ = ["setup", "teardown"]

shadowing.check()  # before anything of core is imported: a folder of the bot's own may have taken its name


async def setup(
    bot: AnyBot,
    manager: AnalyticsManager,
    *,
    manager_role_id: int | None = None,
    manager_guilds: Iterable[int] | None = None,
    comfyui: ComfyUI | None = None,
    extra: Iterable[AnyCommand] = (),
    close_at_sigterm: bool = True,
) -> None:
    """Give a bot the analytics commands, and track whatever commands it runs from now on.

    Call it once, best in the bot's ``setup_hook``. Discord learns of the commands when you sync, as with any others:
    ``await bot.tree.sync()``. The manager stays yours: close it when the bot has ended.

    Args:
        bot: a ``commands.Bot`` (or ``AutoShardedBot``), connected or not.
        manager: where events go and answers come from.
        manager_role_id: who has this role may use the managers' commands, as administrators of its server may.
        manager_guilds: the ids of the servers where the managers' commands work at all. A bot that strangers can add to
            their servers needs this, or the role: with neither, the administrators of every server see everything.
        comfyui: the server of a bot that uses ComfyUI. It gets ``/queue_status``, and the client is closed with it.
        extra: commands of your own, added and removed together with these (docs/extending.md).
        close_at_sigterm: whether SIGTERM (``docker stop``, systemd, ``kill``) closes the bot, so that this is recorded
            as a shutdown. Where the bot has a handler of its own, that goes on alone in any case.

    Raises:
        bot_integration.wiring.plug_in.SetupFault: done already, or the bot has a command of the same name. Nothing is
            added.
    """
    from bot_integration.wiring import plug_in

    await plug_in.plug_in(
        bot,
        manager,
        manager_role_id=manager_role_id,
        manager_guilds=manager_guilds,
        comfyui=comfyui,
        extra=extra,
        close_at_sigterm=close_at_sigterm,
    )


async def teardown(bot: AnyBot) -> None:
    """Take back all that :func:`setup` gave the bot. A bot that has closed needs none of it.

    The bot's ComfyUI stays open. A command that runs at this moment is still recorded when it ends.
    """
    from bot_integration.wiring import plug_in

    await plug_in.unplug(bot)
