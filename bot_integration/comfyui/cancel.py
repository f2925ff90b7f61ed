"""Taking a prompt back: out of the queue where it waits, stopped where it runs; nobody else's is touched."""

from __future__ import annotations

from collections.abc import Iterable

from bot_integration.comfyui.http_client import HttpClient
from bot_integration.comfyui.models import QueueEntry


def entry_of(entries: Iterable[QueueEntry], prompt_id: str, client_id: str = "") -> QueueEntry | None:
    """The entry of a prompt, by its id; or by its socket's, where the server gave it an id that we never heard."""
    for entry in entries:
        if entry.prompt_id == prompt_id or (client_id and entry.client_id == client_id):
            return entry
    return None


async def take_back(http: HttpClient, prompt_id: str, client_id: str = "") -> None:
    """Delete the prompt where it waits, interrupt it where it runs; one that is over is left alone.

    Raises:
        Unreachable, BadAnswer: the server can't be asked.
    """
    queue = await http.queue()
    waiting = entry_of(queue.pending, prompt_id, client_id)
    if waiting is not None:
        await http.post("queue", {"delete": [waiting.prompt_id]})
        queue = await http.queue()  # it may have begun in between
    running = entry_of(queue.running, prompt_id, client_id)
    if running is not None:
        # An older server stops whatever runs and looks at no id: it is asked only while ours is what runs.
        await http.post("interrupt", {"prompt_id": running.prompt_id})
