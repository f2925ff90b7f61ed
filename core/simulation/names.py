"""What the simulated users, servers and channels are called: the same name for the same id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from core.models import CommandUsage, Name, NameKind
from core.tracking.records import EventRow

_FIRST: Final = (
    "Ada", "Milo", "Suki", "Jonas", "Inès", "Yusuf", "Ольга", "陽菜", "Noor", "Kasper", "Luz", "Tove", "Rafa", "Zoë",
    "أمل", "Priya", "Bram", "Wren", "Juno", "Ívar", "Cleo", "Teo", "Maja", "Finn", "Esra", "Pixel", "Nova", "Otto",
)  # fmt: skip
_LAST: Final = (
    "", "", "fox", "lines", "ink", "🎨", "moss", "van Dijk", "の絵", "paints", "north", "cloud", "byte", "lumen",
    "ferro", "studio", "day", "quartz", "otter", "ember",
)  # fmt: skip
_SERVERS: Final = (
    "Pixel Harbour", "星空アトリエ", "Die Lichtbildner", "ورشة الضوء", "Latent Garden", "Код и краски", "Render Café",
    "Night Shift Studio", "Les Bruits Blancs", "The Upscalers", "Tinta y Ruido", "Kernel Panic Room", "Aquarell & Co",
    "Cozy Diffusion",
)  # fmt: skip
_CHANNELS: Final = ("art", "bot-spam", "gallery", "general", "prompts", "showcase", "wip", "video-lab")
_ROOM: Final = 2_654_435_761


def user_name(snowflake: str) -> str:
    """A display name."""
    number = int(snowflake) * _ROOM % (1 << 32)
    first, last = _FIRST[number % len(_FIRST)], _LAST[number // 31 % len(_LAST)]
    return f"{first} {last}".strip() if number % 3 else f"{first}{number % 97}"


def guild_name(snowflake: str) -> str:
    """A server's name."""
    number = int(snowflake) * _ROOM % (1 << 32)
    return f"{_SERVERS[number % len(_SERVERS)]}{'' if number % 4 else ' II'}"


def channel_name(snowflake: str) -> str:
    """A channel's name."""
    return _CHANNELS[int(snowflake) * _ROOM % (1 << 32) % len(_CHANNELS)]


class NewNames:
    """Who and what is met in commands for the first time, as rows of ``names``."""

    def __init__(self) -> None:
        self._met: set[tuple[str, object]] = set()

    def rows(self, commands: Iterable[EventRow], updated: float) -> Iterator[EventRow]:
        """The names of what was not met before; ``updated`` in epoch seconds. Other rows than commands name nobody."""
        fresh: dict[tuple[str, object], None] = {}
        for row in commands:
            if row.model is CommandUsage:
                _name, user, guild, channel, *_rest = row.values
                fresh[NameKind.USER.value, user] = None
                if guild is not None:
                    fresh[NameKind.GUILD.value, guild] = fresh[NameKind.CHANNEL.value, channel] = None
        for kind, snowflake in fresh:
            if (kind, snowflake) not in self._met:
                self._met.add((kind, snowflake))
                yield EventRow(Name, (kind, str(snowflake), _NAMES[NameKind(kind)](str(snowflake)), None, updated))


_NAMES: Final = {NameKind.USER: user_name, NameKind.GUILD: guild_name, NameKind.CHANNEL: channel_name}
