"""The client of a ComfyUI server: generate, look at the queue and the machine, stop a prompt."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from bot_integration.comfyui.errors import ClientClosed, ComfyUIError
from bot_integration.comfyui.failures import track_failed
from bot_integration.comfyui.http_client import Certificate, HttpClient
from bot_integration.comfyui.http_responses import read_system_stats
from bot_integration.comfyui.job import TAKEN_BACK_WITHIN, GenerationJob, JobContext
from bot_integration.comfyui.models import Generation, Queue, SystemStats
from bot_integration.comfyui.reporting import OnProgress
from bot_integration.comfyui.request import make_request
from bot_integration.comfyui.tracker import ClientLimits
from bot_integration.comfyui.uploads import upload_image
from bot_integration.origin import RequestOrigin, current_origin, origin_of

if TYPE_CHECKING:
    from core.manager import AnalyticsManager

DEFAULT_URL: Final = "http://127.0.0.1:8188"

_LAST_WORDS_WITHIN: Final = 2.0
_ID: Final = re.compile(r"[1-9][0-9]{0,19}")


class ComfyUI:
    """A ComfyUI server. One client serves any number of generations at once; it belongs to one event loop.

    Args:
        url: where the server is: ``https`` and a path before its own paths (a proxy's) are possible, a name with its
            password (``https://name:word@host``) and arguments (``?token=…``), which go with every request.
        session: an aiohttp session to use; it is left open. Without one, one is made at the first request; close it
            with :meth:`close` or ``async with``.
        headers: sent with every request, for a proxy that asks who we are.
        timeout: seconds for a whole generation, the queue's wait included; then :class:`TimedOut`.
        silence_timeout: seconds without a message about a prompt until the server is asked what has become of it. While
            it still waits or runs, the client goes on waiting: loading a model is silent.
        request_timeout: seconds for one HTTP request.
        reconnect_timeout: seconds for the server to come back when it went away half way.
        max_output_size: bytes of all outputs of one generation together.
        certificate: the path of a PEM file with the server's certificate, or its authority's, to be trusted besides
            those that the system does; or an ``ssl.SSLContext``.
        manager: remembers the generations that fail, and why. ``setup(bot, manager, comfyui=…)`` gives it to a client
            that has none.

    Attributes:
        manager: likewise; None where nothing is remembered.

    Raises:
        ValueError: the address or the certificate can't be used.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        session: aiohttp.ClientSession | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 1_800.0,
        silence_timeout: float = 30.0,
        request_timeout: float = 30.0,
        reconnect_timeout: float = 60.0,
        max_output_size: int = 256_000_000,
        certificate: Certificate | None = None,
        manager: AnalyticsManager | None = None,
    ) -> None:
        self.manager = manager
        self._http = HttpClient(url, session, headers, request_timeout, max_output_size, certificate)
        limits = ClientLimits(timeout, silence_timeout, reconnect_timeout, max_output_size)
        self._context = JobContext(self._http, limits, self._recent_queue, set())
        self._asked = float("-inf")
        self._asking: asyncio.Task[Queue] | None = None
        self._closed = False
        self._under_way: dict[asyncio.Timeout, asyncio.Task[Any]] = {}
        self._idle = asyncio.Event()

    async def get_images(
        self,
        workflow: Mapping[str, Any],
        on_progress: OnProgress | None = None,
        *,
        owner: str | int | None = None,
        wanted: Collection[str | int] | None = None,
        previews: bool = False,
        timeout: float | None = None,
        extra_data: Mapping[str, Any] | None = None,
        asked_by: Any = None,
    ) -> Generation:
        """Have a workflow executed, and return what it made and how long it took.

        A task that waits here may be cancelled: the prompt is then taken out of the queue, or stopped where it runs,
        before the cancellation goes on (within 5 s).

        Args:
            workflow: in the API format: node id → ``class_type`` and ``inputs``.
            on_progress: a function or coroutine function, told the latest :class:`Progress`. A slow one misses what
                comes in between and holds nothing up; one that raises is logged, and the generation goes on. No call
                outlasts this method.
            owner: whose prompt it is (a Discord user's id); :meth:`queue` tells it.
            wanted: the nodes whose outputs are wanted, and with them what was expanded from them (by a loop); all by
                default. Where some pictures are saved and some are previews, only the saved ones are read.
            previews: whether the progress carries unfinished images.
            timeout: seconds, in place of the client's.
            extra_data: goes with the prompt; ``{"api_key_comfy_org": key}`` is what partner nodes log in with. The
                server may show it to whoever reads its queue or its history.
            asked_by: the interaction, the context or the message behind it, for the statistics of failures. A command
                that Botpulse tracks need not say it, only a button, a form or a task that goes on by itself.

        Raises:
            Rejected: the server finds the workflow wrong.
            ExecutionFailed, Interrupted: how the run ended; ``outputs`` is what other nodes had made by then.
            NoOutput: it made nothing that was wanted.
            TimedOut: it took too long, and was taken back.
            Lost: the server was restarted, or somebody deleted the prompt; OutputGone: or a file that it still knows.
            Unreachable, Untrusted, Refused, BadAnswer, NotAPicture, TooBig: the server is not there, or not as it
                should be.
            ClientClosed: :meth:`close` was called, before or meanwhile; the prompt was taken back.
            ValueError, TypeError: an argument is not what is described above; in words for whoever writes the bot.
        """
        request = make_request(workflow, owner, wanted, extra_data)
        limit = self._context.limits.timeout if timeout is None else timeout
        job = GenerationJob(self._context, request, on_progress, previews, limit)
        try:
            return await self._unless_closed(job)
        except (ComfyUIError, asyncio.CancelledError) as error:
            if self.manager is not None:
                track_failed(self.manager, error, request, _origin(asked_by, owner))
            raise

    async def upload_image(self, data: bytes, filename: str = "") -> str:
        """Give the server a picture to work on, and return its name there: the ``image`` of a LoadImage node.

        The same picture under the same name is stored once; without a name it gets one made from its content.

        Raises:
            ValueError: ``data`` is no PNG, JPEG, WebP or GIF, or the name has a folder in it.
            TooBig: it is larger than the server takes.
            Unreachable, BadAnswer: the server can't be asked.
        """
        return await upload_image(self._http, data, filename)

    async def queue(self) -> Queue:
        """Everything that runs or waits on the server.

        Raises:
            Unreachable, BadAnswer: it can't be asked.
        """
        return await self._http.queue()

    async def system_stats(self) -> SystemStats:
        """The server's version, memory and graphics cards.

        Raises:
            Unreachable, BadAnswer: it can't be asked.
        """
        return read_system_stats(await self._http.get("system_stats"))

    async def interrupt(self, prompt_id: str) -> None:
        """Take a prompt out of the queue, or stop it where it runs; one that is over is left alone.

        Raises:
            Unreachable, BadAnswer: the server can't be asked.
        """
        await self._http.take_back(prompt_id)

    async def free(self) -> None:
        """Have the server unload its models and empty its cache.

        Raises:
            Unreachable, BadAnswer: it can't be asked.
        """
        await self._http.post("free", {"unload_models": True, "free_memory": True})

    async def close(self) -> None:
        """Give up what is under way, and close the session if it is our own. A closed client stays closed.

        Who waits for a generation gets :class:`ClientClosed`, after the prompt was taken back (within 5 s), and has 2 s
        to say so to somebody: as long as that is awaited the tasks that had called :meth:`get_images`.
        """
        callers = set(self._under_way.values()) - {asyncio.current_task()}
        if not self._closed:
            self._closed = True
            for until_closed in self._under_way:
                until_closed.reschedule(asyncio.get_running_loop().time())
        await self._given_up()
        if callers:
            await asyncio.wait(callers, timeout=_LAST_WORDS_WITHIN)
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait({self._asking})
            self._asking = None
        await self._http.close()

    async def _unless_closed(self, job: GenerationJob) -> Generation:
        if self._closed:
            raise ClientClosed("the client of ComfyUI was closed")
        try:
            async with asyncio.timeout(None) as until_closed:
                with self._counted(until_closed):
                    return await job.generate()
        except TimeoutError:
            if not until_closed.expired():
                raise
        raise ClientClosed("the client of ComfyUI was closed meanwhile")

    async def _given_up(self) -> None:
        """Wait until no generation is under way any more, and nothing is being taken back."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TAKEN_BACK_WITHIN):
                while self._under_way:
                    self._idle.clear()
                    await self._idle.wait()
                while self._context.tidying:
                    await asyncio.wait(set(self._context.tidying))

    @contextmanager
    def _counted(self, until_closed: asyncio.Timeout) -> Iterator[None]:
        """Let :meth:`close` know of a generation, and of the task that waits for it."""
        task = asyncio.current_task()
        assert task is not None
        self._under_way[until_closed] = task
        try:
            yield
        finally:
            del self._under_way[until_closed]
            self._idle.set()

    async def __aenter__(self) -> ComfyUI:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _recent_queue(self, not_before: float) -> Queue:
        """The queue as it was at a monotonic time or later: a hundred waiting jobs ask the server once."""
        if self._asking is None or self._asked < not_before:
            self._asked = time.monotonic()
            self._asking = asyncio.create_task(self._http.queue(), name="comfyui queue")
            self._asking.add_done_callback(_noticed)
        # One job's end must not take the answer from the others.
        return await asyncio.shield(self._asking)


def _origin(asked_by: object, owner: str | int | None) -> RequestOrigin:
    """Who asked: as the caller says, else as the command that runs; of the user at least the id of the owner."""
    origin = current_origin.get() if asked_by is None else origin_of(asked_by)
    text = str(owner)
    return replace(origin, user_id=int(text)) if origin.user_id is None and _ID.fullmatch(text) else origin


def _noticed(asking: asyncio.Task[Queue]) -> None:
    """Look at a fault that no job waits for any more: asyncio would complain that nobody did."""
    if not asking.cancelled():
        asking.exception()
