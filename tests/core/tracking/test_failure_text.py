from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.tracking.failure_text import (
    LONGEST_MESSAGE,
    error_type_of,
    fingerprint_of,
    message_in,
    message_of,
    said_by,
    struck,
)

TOKEN = "MTE4Nzk4NzY1NDMyMTA5ODc2NQ.GxYz12.abcdefghijklmnopqrstuvwxyz0123456789AB"


@pytest.mark.parametrize(
    ("said", "secret"),
    [
        (f"401 Unauthorized: token {TOKEN} is wrong", TOKEN),
        (f"headers {{'Authorization': 'Bot {TOKEN}'}}", TOKEN),
        ("Authorization: Bearer abc123def456ghi789", "abc123def456ghi789"),
        ("could not connect to postgresql://bot:hunter2@db.example/bot", "hunter2"),
        ("GET https://comfy.example/view?filename=a.png&token=s3cr3t999 failed", "s3cr3t999"),
        ("POST https://discord.com/api/webhooks/1187987654321098765/zzSECRETzz failed", "zzSECRETzz"),
        ("password=correcthorse is wrong", "correcthorse"),
        ("api_key: 'sk-proj4f8a1b2c3d4e5f6a7b8c'", "proj4f8a1b2c3d4e5f6a7b8c"),
        ("signed eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dBjftJeZ4CVP", "eyJzdWIiOiIxMjM0NTY3ODkwIn0"),
        ("digest 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b is bad", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b"),
        ("user 118798765432109876 left", "118798765432109876"),
        ("No such file: '/home/marianne/ComfyUI/models/a.safetensors'", "marianne"),
        (r"No such file: 'C:\Users\Marianne\ComfyUI\a.safetensors'", "Marianne"),
    ],
)
def test_secrets_are_struck(said: str, secret: str) -> None:
    assert secret in said
    assert secret not in struck(said) and "…" in struck(said)


@pytest.mark.parametrize(
    "said",
    [
        "CUDA out of memory. Tried to allocate 2.00 GiB (GPU 0; 23.69 GiB total)",
        "Value not in list: lora_name: 'styles/ink.safetensors' not in []",
        "403 Forbidden (error code: 50013): Missing Permissions",
        "[Errno 111] Connect call failed ('127.0.0.1', 8188)",
        "Unknown interaction: the token of it has run out",
    ],
)
def test_what_tells_the_cause_stays(said: str) -> None:
    assert struck(said) == said


def test_a_prompt_is_struck_whole_cut_quoted_and_line_by_line() -> None:
    prompt = 'a "red" fox,\nétoile of the north\nin the snow, highly detailed, by a lake in the morning light'
    for said in (
        f"bad prompt: {prompt}",
        f"bad prompt: {prompt!r}",
        f"bad prompt: {prompt!a}",
        f"bad prompt: {prompt[:60]}",
        "could not encode 'étoile of the north'",
    ):
        kept = message_of(ValueError(said), [prompt, None])
        assert "fox" not in kept and "toile" not in kept, kept


def test_a_prompt_is_struck_wherever_it_was_cut() -> None:
    prompt = "a red fox in the snow, highly detailed, by a lake in the morning light, film grain, 35 mm, no people"
    for said in (
        f"truncated: {prompt[-50:]}",
        f"tokens dropped: ['{prompt[30:70]}']",
        f"first {prompt[:60]} and then {prompt[45:]}",
        f"{'.' * 3_950} {prompt}{prompt}",
        f"{' ' * 3_970}{prompt}",
        (prompt * 100)[7:],
    ):
        kept = message_of(ValueError(said), [prompt])
        assert kept and not any(prompt[place : place + 24] in kept for place in range(len(prompt) - 23)), kept
    assert message_of("a" * 4_000, ["a" * 150_000]) == "…"
    assert message_of("CUDA error: no kernel image", ["a kernel image"]) == "CUDA error: no kernel image"


@given(
    st.text("ab \n'", max_size=60), st.text("ab é'", min_size=24, max_size=200), st.text("ab", max_size=60), st.data()
)
def test_no_24_characters_of_a_prompt_are_left(before: str, prompt: str, after: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(prompt) - 24))
    end = data.draw(st.integers(start + 24, len(prompt)))
    kept = message_in(f"{before}{prompt[start:end]}{after}", [prompt])
    assert not any(prompt[place : place + 24] in kept for place in range(len(prompt) - 23))


def test_a_secret_that_was_cut_with_its_message_is_no_secret_left_over() -> None:
    for said in (" " * 3_950 + "x " + TOKEN, "y" + "\n" * 3_960 + TOKEN + " z"):
        assert TOKEN[:24] not in message_of(said)


def test_a_message_of_ten_megabytes_is_not_kept() -> None:
    assert len(said_by("x" * 10_000_000)) < 5_000 and said_by(None) == ""


def test_a_message_is_one_short_line_whatever_the_error_says() -> None:
    class Silent(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert message_of(Silent()) == ""
    assert message_of(None) == "" and error_type_of("text") == "" and error_type_of(None) == ""
    kept = message_of("line one\n\n  line two\0" + "x" * 10_000)
    assert kept.startswith("line one line two x") and len(kept) == LONGEST_MESSAGE and kept.endswith("…")


@given(st.text(max_size=300))
def test_any_text_gives_a_line_and_a_fingerprint(text: str) -> None:
    kept = message_of(text)
    assert len(kept.splitlines()) <= 1 and len(kept) <= LONGEST_MESSAGE
    assert len(fingerprint_of("ValueError", kept)) == 16


def test_failures_of_one_cause_have_one_fingerprint() -> None:
    def of(message: str, node: str = "VAEDecode", kind: str = "OutOfMemoryError") -> str:
        return fingerprint_of(kind, message, node)

    first = of("Tried to allocate 2.00 GiB at 0x7f00aa (GPU 0)")
    assert of("Tried to allocate 512.00 GiB at 0x7fbb12 (GPU 1)") == first
    assert of("tried to allocate 1 GiB at 0x1 (GPU 0)") == first
    assert (
        len({first, of("no room"), of("Tried to allocate 2.00 GiB at 0x7f (GPU 0)", "KSampler"), of("x", kind="y")})
        == 4
    )
    missing = "Value not in list: lora_name: '{}' not in ['x']"
    assert of(missing.format("a.safetensors")) == of(missing.format("b.safetensors"))
