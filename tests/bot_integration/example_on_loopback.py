"""The example bot as a process of its own, with a loopback Discord in the place of Discord.

``python -m tests.bot_integration.example_on_loopback REST_URL GATEWAY_URL``; the rest is in the environment.
"""

from __future__ import annotations

import sys

import yarl
from discord import utils
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot_integration import example_bot

if __name__ == "__main__":
    rest, gateway = sys.argv[1:]
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = rest, yarl.URL(gateway)
    if (zlib := getattr(utils, "_ZlibDecompressionContext", None)) is not None:
        utils._ActiveDecompressionContext = zlib
    sys.exit(example_bot.main())
