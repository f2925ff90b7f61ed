"""Requests by which the bot synchronises its commands, everywhere or for one server."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from tests.bot_integration.loopback.answers import Route, answer, nothing
from tests.bot_integration.loopback.commands import Registry
from tests.bot_integration.loopback.world import World


@dataclass(eq=False)
class CommandRoutes:
    """The handlers; each method is one request."""

    world: World
    registry: Registry

    def routes(self) -> list[Route]:
        """What is handled here."""
        routes: list[Route] = []
        for path in ("/applications/{app}/commands", "/applications/{app}/guilds/{guild}/commands"):
            routes += [
                ("GET", path, self.commands),
                ("PUT", path, self.overwrite_commands),
                ("POST", path, self.put_command),
                ("GET", path + "/{command}", self.command),
                ("DELETE", path + "/{command}", self.remove_command),
            ]
        return routes

    def _scope(self, request: web.Request) -> int | None:
        return self.world.guild(request.match_info["guild"]).id if "guild" in request.match_info else None

    async def commands(self, request: web.Request) -> web.Response:
        return answer(self.registry.all(self._scope(request)))

    async def overwrite_commands(self, request: web.Request) -> web.Response:
        return answer(self.registry.overwrite(self._scope(request), await request.json()))

    async def put_command(self, request: web.Request) -> web.Response:
        return answer(self.registry.put(self._scope(request), await request.json()), 201)

    async def command(self, request: web.Request) -> web.Response:
        return answer(self.registry.one(self._scope(request), request.match_info["command"]))

    async def remove_command(self, request: web.Request) -> web.Response:
        self.registry.remove(self._scope(request), request.match_info["command"])
        return nothing()
