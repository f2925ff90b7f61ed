"""The routes by which finished images and progress reach the bot."""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final, ParamSpec

from aiohttp import web
from aiohttp.http import HttpProcessingError

from bot_integration.web.connections import Connections, GuardedSite, hear_no_more
from bot_integration.web.deliveries import Deliver, Deliveries, attempt
from bot_integration.web.few_lines import FewLines
from bot_integration.web.fields import FILE_PARTS, final_image_of
from bot_integration.web.final_image import IDEMPOTENCY_FIELD
from bot_integration.web.form import form_of
from bot_integration.web.limits import Limits
from bot_integration.web.pending import PendingRequest, PendingRequests
from bot_integration.web.progress import ProgressReport, progress_of
from bot_integration.web.receipts import Receipts
from bot_integration.web.refusals import Refusal, too_large, wrong
from bot_integration.web.statistics import track_unanswered
from core.manager import AnalyticsManager
from core.storage.receipts import ReceiptFile, receipts_beside

log = logging.getLogger(__name__)

Options = ParamSpec("Options")

OnProgress = Callable[[ProgressReport, PendingRequest], Awaitable[None]]
"""Told how far a request is."""

DEFAULT_PORT: Final = 8080
_GRACE_SECONDS: Final = 10.0
_LINGER_SECONDS: Final = 3.0
"""How long the rest of a refused body is read, so that the sender gets to read the answer."""

_PROGRESS_SECONDS: Final = 10.0
_TOKEN: Final = re.compile(r"[!-~]+")
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


_server_log: Final = logging.getLogger("bot_integration.web.server")
"""The HTTP server's: aiohttp's own lets anybody who reaches the port fill the log with traces."""


def _shorten(record: logging.LogRecord) -> bool:
    """Log a request that is no HTTP in one line, without its traceback."""
    fault = record.exc_info[1] if record.exc_info else None
    if not isinstance(fault, HttpProcessingError):
        return True
    _refused.info("a request that is no HTTP was refused: %d %s", fault.code, type(fault).__name__)
    return False


_server_log.addFilter(_shorten)

_refused: Final = logging.getLogger("bot_integration.web.refused")
"""What strangers cause, and so only a few lines a minute."""

_refused.addFilter(FewLines())


class TokenMissing(ValueError):
    """The handlers were given no usable token."""

    def __init__(self) -> None:
        super().__init__(
            "The web handlers need a token, in plain letters without spaces: without one, anybody who reaches the port "
            "could post pictures. Make one with python -c 'import secrets; print(secrets.token_urlsafe(32))' and give "
            "it to the bot and to the sender."
        )


class WebHandlers:
    """``/send_image`` (``/image_generated``), ``/update_progress`` and ``/healthz``, for a bot to mount or to start.

    :meth:`add_to` puts them into an application of the bot's own, before that is started; or :meth:`start` and
    :meth:`stop` run one, once. All but ``/healthz`` want ``Authorization: Bearer <token>``. Wrong requests are answered
    with a 4xx and ``{"error": …, "field": …}``. All methods are for the bot's event loop, and nothing holds it up.

    Attributes:
        pending: the requests that the bot waits for.
    """

    def __init__(
        self,
        manager: AnalyticsManager,
        *,
        token: str,
        deliver: Deliver,
        on_progress: OnProgress | None = None,
        pending: PendingRequests | None = None,
        limits: Limits | None = None,
        deliver_seconds: float = 60.0,
        journal: str | Path | None = None,
    ) -> None:
        """Nothing is opened yet.

        Args:
            manager: counts the images.
            token: what a sender has to know.
            deliver: shows a picture; a coroutine function. It may return the message that shows it.
            on_progress: is told of progress; a coroutine function.
            pending: the requests that are waited for; new ones without a time-out callback by default.
            limits: how much a sender may post.
            deliver_seconds: how long ``deliver`` may take.
            journal: the file that remembers over a restart what was counted and delivered. By default it lies beside
                an SQLite database (``analytics.db.receipts``); with PostgreSQL there is none unless one is named.

        Raises:
            TokenMissing: the token is empty, or could not stand in a header.
            TypeError: ``deliver`` is no function.
        """
        given: object = token
        if not isinstance(given, str) or not _TOKEN.fullmatch(given):
            raise TokenMissing
        if not callable(deliver):
            raise TypeError("deliver takes a coroutine function that shows a picture: async def deliver(image): …")
        self.pending = PendingRequests() if pending is None else pending
        self._token = sha256(token.encode()).digest()
        self._on_progress = on_progress
        self._limits = limits or Limits()
        receipts = Receipts(_journal(manager, journal))
        self.pending.expired.append(partial(track_unanswered, manager))
        self._deliveries = Deliveries(manager, deliver, deliver_seconds, receipts, self.pending)
        self._connections = Connections(self._limits.connections, self._limits.header_seconds)
        self._runner: web.AppRunner | None = None
        self._starting = self._started = False

    def add_to(self, app: web.Application, prefix: str = "") -> None:
        """Add the routes to an application that is not started yet; they end with it.

        The application then unpacks no compressed body by itself, unless its ``handler_args`` say so
        (``{"auto_decompress": True}``): aiohttp would unpack before we can ask for the token, and a megabyte may become
        a thousand. Take the main application, not one that is mounted in another.
        """
        limits = self._limits
        _keep_compressed(app)
        send_image = self._route("POST", limits.body, self._send_image)
        for path in ("/send_image", "/image_generated"):
            app.router.add_route("*", prefix + path, send_image)
        app.router.add_route(
            "*", f"{prefix}/update_progress", self._route("POST", limits.progress_body, self._update_progress)
        )
        app.router.add_get(f"{prefix}/healthz", _healthz)
        app.on_shutdown.append(self._end)

    async def start(self, host: str = "127.0.0.1", port: int = DEFAULT_PORT) -> int:
        """Serve them; the port is returned (0 takes a free one).

        Raises:
            OSError: the address can't be used: another program listens on the port, say.
            RuntimeError: these were started before.
        """
        if self._started:
            raise RuntimeError("these web handlers were started before: make new ones")
        app = web.Application(middlewares=[self._connections.middleware])
        self.add_to(app)
        runner = web.AppRunner(
            app,
            access_log=None,
            logger=_server_log,
            keepalive_timeout=self._limits.header_seconds,
            lingering_time=_LINGER_SECONDS,
            shutdown_timeout=_GRACE_SECONDS,
        )
        self._starting = True
        try:
            await runner.setup()
            await GuardedSite(runner, self._connections, host, port).start()
        except OSError:
            await runner.cleanup()
            raise
        finally:
            self._starting = False
        self._runner, self._started = runner, True
        if host not in _LOOPBACK:
            log.warning("the web handlers listen on %s: the token goes over the network unencrypted", host)
        return int(runner.addresses[0][1])

    async def stop(self) -> None:
        """Serve no more; pictures that are being shown, then callbacks, have ten seconds each to end.

        After that they are cancelled. It may be called twice.
        """
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    @property
    def waiting(self) -> int:
        """How many senders wait for a picture to be shown at this moment."""
        return self._deliveries.waiting

    async def _end(self, _app: web.Application) -> None:
        if self._starting:  # and failed to: it may be tried again on another port
            return
        await self._deliveries.close(_GRACE_SECONDS)
        await self.pending.close(_GRACE_SECONDS)

    def _route(
        self, method: str, most: int, handle: Callable[[web.Request], Awaitable[web.Response]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Whatever a request is, it ends in an answer."""

        async def respond(request: web.Request) -> web.StreamResponse:
            try:
                self._admit(request, method, most)
                with self._connections.admitted(request.transport):
                    return await handle(request)
            except Refusal as refusal:
                _refused.info("%s was refused: %d %s", request.path, refusal.status, refusal.error)
                answer = refusal.response()
                hear_no_more(request)
                if _is_compressed(request):
                    await _end_at_once(request, answer)
                return answer

        return respond

    def _admit(self, request: web.Request, method: str, most: int) -> None:
        """Refuse what can be refused without reading the body."""
        given = request.headers.get("Authorization", "")
        scheme, _, token = given.partition(" ")
        digest = sha256(token.strip().encode("utf-8", "surrogateescape")).digest()
        if not hmac.compare_digest(digest, self._token) or scheme.lower() != "bearer":
            raise Refusal(401, "the token is missing or wrong", WWW_Authenticate="Bearer")
        if request.method != method:
            raise Refusal(405, f"only {method} is understood here", Allow=method)
        if _is_compressed(request):
            raise Refusal(415, "the body must not be compressed")
        if request.content_length is not None and request.content_length > most:
            raise too_large("the body", most)

    async def _send_image(self, request: web.Request) -> web.Response:
        limits = self._limits
        async with AsyncExitStack() as upload:

            def hold(name: str, value: str) -> None:
                if name == IDEMPOTENCY_FIELD and self.pending.get(value) is not None:
                    upload.enter_context(self.pending.held(value))

            try:
                async with asyncio.timeout(limits.upload_seconds):
                    form = await upload.enter_async_context(
                        form_of(request, limits, FILE_PARTS, limits.file, limits.body, hold)
                    )
            except TimeoutError:
                raise _too_slow(limits) from None
            image = final_image_of(form)
            if (waiting := self.pending.get(image.request_id)) is not None:
                if image.user_id != waiting.user_id:
                    raise wrong("user_id", "is not who asked for this request")
                if image.channel_id != waiting.channel_id:
                    raise wrong("channel_id", "is not where this request was made")
            repeated = await self._deliveries.accept(image, upload.pop_all().aclose)
        return web.json_response({"status": "delivered", "request_id": image.request_id, "repeated": repeated})

    async def _update_progress(self, request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(self._limits.upload_seconds):
                report = await progress_of(request, self._limits)
        except TimeoutError:
            raise _too_slow(self._limits) from None
        waiting = self.pending.get(report.request_id)
        if waiting is None:
            raise Refusal(404, "no such request is waited for", "request_id")
        self.pending.keep_alive(report.request_id)
        if self._on_progress is not None:
            work = partial(self._on_progress, report, waiting)
            refusal = await attempt(work, _PROGRESS_SECONDS, f"progress of {report.request_id}")
            if refusal is not None:
                raise refusal
        return web.json_response({"status": "noted"})


def _with_application(make: Callable[Options, WebHandlers]) -> Callable[Options, web.Application]:
    def web_app(*args: Options.args, **kwargs: Options.kwargs) -> web.Application:
        """An application with nothing but :class:`WebHandlers`, whose arguments it takes, for ``web.AppRunner``.

        Raises:
            TokenMissing: the token is empty, or could not stand in a header.
        """
        app = web.Application()
        make(*args, **kwargs).add_to(app)
        return app

    return web_app


web_app: Final = _with_application(WebHandlers)


def _keep_compressed(app: web.Application) -> None:
    """Let aiohttp hand on bodies as they come; what the application's maker has said stays.

    ``_handler_args`` is private: there is no public way after the application was made (aiohttp 3.10 to 3.14).
    """
    given = getattr(app, "_handler_args", None) or {}
    setattr(app, "_handler_args", {"auto_decompress": False, **given})  # noqa: B010 (private, and untyped)


def _is_compressed(request: web.Request) -> bool:
    return request.headers.get("Content-Encoding", "identity").lower() != "identity"


async def _end_at_once(request: web.Request, answer: web.Response) -> None:
    """Send an answer and close: the rest of the body is not read, as an application might unpack it."""
    await answer.prepare(request)
    await answer.write_eof()
    if request.transport is not None:
        request.transport.close()


async def _healthz(request: web.Request) -> web.Response:
    hear_no_more(request)
    return web.json_response({"status": "ok"})


def _journal(manager: AnalyticsManager, path: str | Path | None) -> ReceiptFile | None:
    if path is not None:
        return ReceiptFile(Path(path).absolute())
    database = manager.location.path
    return None if database is None else ReceiptFile(receipts_beside(database.absolute()))


def _too_slow(limits: Limits) -> Refusal:
    return Refusal(408, f"the body did not arrive within {limits.upload_seconds:g} s")
