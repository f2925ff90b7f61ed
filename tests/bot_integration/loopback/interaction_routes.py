"""Requests by which the bot answers interactions: the callback, and the webhook of its token."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from tests.bot_integration.loopback.answers import Route, answer, nothing
from tests.bot_integration.loopback.interactions import Invocation
from tests.bot_integration.loopback.messages import read_body
from tests.bot_integration.loopback.refusals import invalid_webhook_token, unknown_interaction, unknown_webhook
from tests.bot_integration.loopback.world import World


@dataclass(eq=False)
class InteractionRoutes:
    """The handlers; each method is one request."""

    world: World

    def routes(self) -> list[Route]:
        """What is handled here."""
        webhook = "/webhooks/{app}/{token}"
        return [
            ("POST", "/interactions/{interaction}/{token}/callback", self.callback),
            ("POST", webhook, self.follow_up),
            ("GET", webhook + "/messages/{message}", self.webhook_message),
            ("PATCH", webhook + "/messages/{message}", self.edit_webhook_message),
            ("DELETE", webhook + "/messages/{message}", self.delete_webhook_message),
        ]

    async def callback(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        invocation = self.world.invocations.get(request.match_info["token"])
        if invocation is None or str(invocation.id) != request.match_info["interaction"]:
            raise unknown_interaction()
        result = invocation.answer(body)
        return answer(result) if request.query.get("with_response") in ("1", "true", "True") else nothing()

    def _invocation(self, request: web.Request) -> Invocation:
        invocation = self.world.invocations.get(request.match_info["token"])
        if request.match_info["app"] != str(self.world.bot.id):
            raise unknown_webhook()
        if invocation is None:
            raise invalid_webhook_token()
        invocation.require_open()
        return invocation

    async def follow_up(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        return answer(self._invocation(request).follow_up(body).payload(self.world.base))

    async def webhook_message(self, request: web.Request) -> web.Response:
        message = self._invocation(request).find(request.match_info["message"])
        return answer(message.payload(self.world.base))

    async def edit_webhook_message(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        message = self._invocation(request).change(request.match_info["message"], body)
        return answer(message.payload(self.world.base))

    async def delete_webhook_message(self, request: web.Request) -> web.Response:
        self._invocation(request).delete(request.match_info["message"])
        return nothing()
