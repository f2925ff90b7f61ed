"""The REST API under /api/v10: what happens around every request, and the requests for users and servers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aiohttp import hdrs, web

from tests.bot_integration.loopback.answers import Handler, Route, answer, failed, nothing
from tests.bot_integration.loopback.channel_routes import ChannelRoutes
from tests.bot_integration.loopback.command_routes import CommandRoutes
from tests.bot_integration.loopback.commands import Registry
from tests.bot_integration.loopback.gateway import Gateway
from tests.bot_integration.loopback.interaction_routes import InteractionRoutes
from tests.bot_integration.loopback.refusals import Refused, unknown
from tests.bot_integration.loopback.world import Fault, World

PREFIX = "/api/v10"
LARGEST_REQUEST = 256 * 1024 * 1024


@dataclass(eq=False)
class Rest:
    """The handlers; each method is one request, and what it can't do it raises as :class:`Refused`."""

    world: World
    registry: Registry
    gateway: Gateway
    channels: ChannelRoutes

    def application(self) -> web.Application:
        """The web application with every route."""
        app = web.Application(middlewares=[self._guard], client_max_size=LARGEST_REQUEST)
        app.router.add_get("/gateway", self.gateway.handle)
        app.router.add_get("/attachments/{channel}/{attachment}/{name}", self.channels.attachment)
        for method, path, handler in self._routes():
            app.router.add_route(method, PREFIX + path, handler)
        return app

    def _routes(self) -> list[Route]:
        return [
            ("GET", "/users/@me", self.me),
            ("GET", "/oauth2/applications/@me", self.application_info),
            ("GET", "/applications/@me", self.application_info),
            ("GET", "/gateway", self.gateway_address),
            ("GET", "/gateway/bot", self.gateway_address),
            ("GET", "/users/{user}", self.user),
            ("GET", "/guilds/{guild}", self.guild),
            ("GET", "/guilds/{guild}/channels", self.guild_channels),
            ("GET", "/guilds/{guild}/roles", self.guild_roles),
            ("GET", "/guilds/{guild}/members", self.members),
            ("GET", "/guilds/{guild}/members/search", self.search_members),
            ("GET", "/guilds/{guild}/members/{user}", self.member),
            ("DELETE", "/users/@me/guilds/{guild}", self.leave),
            *self.channels.routes(),
            *InteractionRoutes(self.world).routes(),
            *CommandRoutes(self.world, self.registry).routes(),
        ]

    # Around every request

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(PREFIX):
            return await handler(request)
        path = request.path.removeprefix(PREFIX)
        self.world.requests.append(f"{request.method} {path}")
        try:
            fault = self._fault(request.method, path)
            if fault is not None:
                await request.read()
                self.world.failures.append(f"{request.method} {path} {fault.status}")
                return failed(fault)
            self._authorise(request, path)
            return await handler(request)
        except Refused as refused:
            self._record(request, path, refused)
            return answer(refused.body(), refused.status)
        finally:
            self.world.changed()

    def _fault(self, method: str, path: str) -> Fault | None:
        for fault in self.world.faults:
            if fault.times > 0 and fault.method in (method, "*") and fault.path.search(path):
                fault.times -= 1
                return fault
        return None

    def _authorise(self, request: web.Request, path: str) -> None:
        if re.match("/(interactions|webhooks)/", path):
            return  # the token in the path is enough
        if request.headers.get(hdrs.AUTHORIZATION) != f"Bot {self.world.token}":
            raise Refused(401, 0, "401: Unauthorized", violation=False)

    def _record(self, request: web.Request, path: str, refused: Refused) -> None:
        invocation = self.world.invocations.get(request.match_info.get("token", ""))
        if invocation is not None:
            invocation.refusals.append(refused)
        if refused.violation:
            subject = f"{invocation.name}: " if invocation is not None else ""
            self.world.violations.append(f"{subject}{request.method} {path}: {refused}")

    # Users and the application

    async def me(self, request: web.Request) -> web.Response:
        return answer(self.world.bot.payload())

    async def application_info(self, request: web.Request) -> web.Response:
        return answer({
            "id": str(self.world.bot.id), "name": self.world.bot.name, "description": "", "icon": None,
            "bot_public": True, "bot_require_code_grant": False, "owner": self.world.owner.payload(),
            "team": self.world.team_payload(),
            "verify_key": "0" * 64, "flags": 0, "approximate_guild_count": len(self.world.guilds),
        })  # fmt: skip

    async def gateway_address(self, request: web.Request) -> web.Response:
        limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        address = self.world.base.replace("http", "ws", 1) + "/gateway"
        return answer({"url": address, "shards": 1, "session_start_limit": limit})

    async def user(self, request: web.Request) -> web.Response:
        person = self.world.persons.get(int(request.match_info["user"]))
        if person is None:
            raise unknown("User")
        return answer(person.payload())

    # Servers

    async def guild(self, request: web.Request) -> web.Response:
        return answer(self.world.guild(request.match_info["guild"]).details())

    async def guild_channels(self, request: web.Request) -> web.Response:
        guild = self.world.guild(request.match_info["guild"])
        return answer([channel.payload() for channel in guild.channels.values()])

    async def guild_roles(self, request: web.Request) -> web.Response:
        return answer([role.payload() for role in self.world.guild(request.match_info["guild"]).roles.values()])

    async def members(self, request: web.Request) -> web.Response:
        guild = self.world.guild(request.match_info["guild"])
        after, limit = int(request.query.get("after", 0)), int(request.query.get("limit", 1))
        found = sorted((each for each in guild.members.values() if each.person.id > after), key=lambda x: x.person.id)
        return answer([member.payload() for member in found[:limit]])

    async def search_members(self, request: web.Request) -> web.Response:
        guild = self.world.guild(request.match_info["guild"])
        query, limit = request.query.get("query", "").lower(), int(request.query.get("limit", 1))
        names = {member: (member.nick or "", member.person.name) for member in guild.members.values()}
        found = [member for member, each in names.items() if any(name.lower().startswith(query) for name in each)]
        return answer([member.payload() for member in found[:limit]])

    async def member(self, request: web.Request) -> web.Response:
        member = self.world.guild(request.match_info["guild"]).members.get(int(request.match_info["user"]))
        if member is None:
            raise unknown("Member")
        return answer(member.payload())

    async def leave(self, request: web.Request) -> web.Response:
        guild = self.world.guild(request.match_info["guild"])
        del self.world.guilds[guild.id]
        self.gateway.guild_left(guild)
        return nothing()
