"""A webhook over real HTTP: what is sent, when it is tried again, and that its address is told to nobody."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.alarms.secrets import VARIABLE, NoKeyring, store_webhook, webhook_address
from core.alarms.webhook import NoWebhook, WebhookFault, checked, message_of, send
from core.alarms.words import alarm_words
from core.errors import explain
from tests.core.alarms.test_alarm_words import NOW, alarm

SECRET = "https://discord.com/api/webhooks/1234567890123456789/" + "s3cr3t-" * 8


class Channel:
    """Stands in for Discord: gives the answers that it is told, and keeps what was sent."""

    def __init__(self, answers: list[tuple[int, dict[str, str]]]) -> None:
        self.answers, self.messages = answers, list[dict[str, Any]]()
        self.address = ""

    def answer(self, body: bytes) -> tuple[int, dict[str, str]]:
        self.messages.append(json.loads(body))
        return self.answers.pop(0) if self.answers else (204, {})


@contextmanager
def channel(*answers: tuple[int, dict[str, str]]) -> Iterator[Channel]:
    stand_in = Channel(list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, headers = stand_in.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        stand_in.address = f"http://127.0.0.1:{server.server_port}/hook"
        try:
            yield stand_in
        finally:
            server.shutdown()
            thread.join()


def message() -> dict[str, Any]:
    told = alarm(subject="@everyone **Key**[x](http://evil)", detail="<@123456789012345678>")
    return message_of(told, alarm_words(told, NOW, ZoneInfo("UTC")), "analytics.db")


def test_an_alarm_arrives_and_mentions_nobody() -> None:
    with channel() as discord:
        send(discord.address, message())
    (sent,) = discord.messages
    assert sent["allowed_mentions"] == {"parse": []}
    text = sent["embeds"][0]["description"]
    assert "@everyone" not in text and "<@1" not in text and "**Key**" not in text


def test_it_waits_as_long_as_discord_asks_and_tries_again() -> None:
    waited: list[float] = []
    with channel((429, {"Retry-After": "1.5"}), (502, {}), (204, {})) as discord:
        send(discord.address, message(), waited.append)
    assert waited == [1.5, 2.0] and len(discord.messages) == 3


def test_what_is_refused_for_good_is_tried_once_and_said_without_the_address() -> None:
    with channel((404, {})) as discord, pytest.raises(WebhookFault) as caught:
        send(discord.address, message())
    assert len(discord.messages) == 1
    assert discord.address not in explain(caught.value) + repr(caught.value) and "HTTP 404" in str(caught.value)


def test_without_a_network_it_gives_up_after_some_attempts(caplog: pytest.LogCaptureFixture) -> None:
    with channel() as discord:
        gone = discord.address
    waited: list[float] = []
    with caplog.at_level(logging.DEBUG), pytest.raises(WebhookFault):
        send(gone, message(), waited.append)
    assert len(waited) == 3 and gone not in caplog.text


@pytest.mark.parametrize("address", [SECRET, SECRET.replace("discord.com", "canary.discord.com"), f" {SECRET}\n"])
def test_discords_addresses_are_taken(address: str) -> None:
    assert checked(address) == address.strip()


@pytest.mark.parametrize(
    "address",
    ["", "https://example.com/api/webhooks/1234567890123456789/" + "x" * 40, SECRET.replace("https", "http"), "file:///etc/passwd",
     SECRET + "?wait=true", SECRET.replace("discord.com", "discord.com.evil.org"), "http://127.0.0.1.evil:80/x"],
)  # fmt: skip
def test_others_are_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(NoWebhook) as caught:
        checked(address)
    assert not address or address not in explain(caught.value)


def test_the_environment_comes_before_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)
    assert webhook_address() == SECRET


def test_without_a_keyring_nothing_is_stored_and_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setitem(__import__("sys").modules, "keyring", None)
    assert webhook_address() is None
    with pytest.raises(NoKeyring) as caught:
        store_webhook(SECRET)
    assert VARIABLE in explain(caught.value) and SECRET not in explain(caught.value)
