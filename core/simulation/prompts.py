"""Harmless prompts in many scripts, each put together from a small grammar: subject, place, style."""

# The scripts are the point here: no letter is a slip of another.

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np


@dataclass(frozen=True, slots=True)
class Grammar:
    """A language's prompts: one of each part, joined by ``comma``.

    Attributes:
        share: how many of the users write in it; the shares of :data:`GRAMMARS` add up to 1.
        join: between subject and place.
        place_first: the place comes before the subject.
    """

    share: float
    subjects: tuple[str, ...]
    places: tuple[str, ...]
    styles: tuple[str, ...]
    join: str = " "
    comma: str = ", "
    place_first: bool = False


_ENGLISH = Grammar(
    0.50,
    (
        "a red fox", "an old lighthouse keeper", "two sleepy otters", "a tiny dragon", "a steam locomotive",
        "a baker's stall", "a paper boat", "a greenhouse full of ferns", "an astronaut with a violin", "a stone bridge",
        "a cat in a raincoat", "a clockwork owl", "a bowl of ramen", "a field of lavender", "a robot gardener",
        "a wooden cabin", "a hot-air balloon", "a library with spiral stairs", "a blue vintage bicycle", "a whale",
    ),
    (
        "in a misty forest", "on a quiet harbour at dawn", "under the northern lights", "on a rainy street at night",
        "above the clouds", "beside a frozen lake", "in a sunlit kitchen", "on the surface of Mars",
        "in an autumn park", "at the edge of a cliff", "in a glass dome under the sea", "on a rooftop in spring",
    ),
    (
        "35mm film photo, shallow depth of field", "watercolour on rough paper", "isometric, soft shadows",
        "studio lighting, highly detailed", "pencil sketch", "low-poly render", "golden hour, volumetric light",
        "art nouveau poster", "macro photograph", "pixel art, 16 colours", "oil painting, thick brush strokes",
    ),
)  # fmt: skip

_GERMAN = Grammar(
    0.12,
    ("ein alter Leuchtturm", "eine schlafende Katze", "ein Fachwerkhaus", "ein Fuchs mit Brille", "drei kleine Igel",
     "ein Segelboot", "eine Bäckerei", "ein gläserner Turm"),
    ("im Nebel über der Elbe", "auf einer Blumenwiese", "bei Sonnenuntergang", "im verschneiten Schwarzwald",
     "auf dem Mond", "in einer engen Gasse"),
    ("Ölgemälde", "Aquarell, weiche Farben", "fotorealistisch, 85 mm", "Kupferstich", "Kinderbuchillustration"),
)  # fmt: skip

_JAPANESE = Grammar(
    0.10,
    ("白い猫", "古い図書館", "小さな竜", "赤い傘の女の子", "夜行列車", "桜の木", "機械仕掛けの鳥"),
    ("雨上がりの路地の", "霧の森の", "海辺の町の", "雪の夜の", "屋上庭園の"),
    ("水彩画", "浮世絵風", "アニメ調、柔らかい光", "写真、浅い被写界深度", "切り絵"),
    join="",
    comma="、",
    place_first=True,
)

_ARABIC = Grammar(
    0.06,
    ("قطة نائمة", "منارة قديمة", "قارب صغير", "مكتبة من زجاج", "نخلة وحيدة", "سوق مليء بالمصابيح"),
    ("في الصحراء عند الغروب", "على شاطئ هادئ", "تحت ضوء القمر", "فوق الغيوم"),
    ("لوحة مائية", "صورة سينمائية", "رسم بالحبر", "ألوان دافئة"),
    comma="، ",
)

_HINDI = Grammar(
    0.05,
    ("एक नीला मोर", "पुराना किला", "छोटी नाव", "चाय की दुकान", "हाथी का बच्चा", "दीयों से भरा आँगन"),
    ("बारिश के बाद", "पहाड़ों के बीच", "सूर्योदय के समय", "तारों भरी रात में"),
    ("जलरंग चित्र", "सिनेमाई प्रकाश", "लोक कला शैली", "विस्तृत चित्रण"),
)

_CHINESE = Grammar(
    0.06,
    ("一只熊猫", "古老的石桥", "茶馆", "会飞的鲸鱼", "戴围巾的狐狸", "竹林中的小屋"),
    ("清晨的薄雾中", "雨夜的街头", "雪山脚下", "月光下"),
    ("水墨画", "电影感光影", "微距摄影", "剪纸风格"),
    join="，",
    comma="，",
)

_RUSSIAN = Grammar(
    0.05,
    ("рыжий кот", "старый маяк", "деревянный дом", "паровоз", "маленький дракон", "самовар на столе"),
    ("в заснеженном лесу", "на берегу моря", "под северным сиянием", "в утреннем тумане"),
    ("масляная живопись", "акварель", "кинематографичный свет", "детская иллюстрация"),
)

_KOREAN = Grammar(
    0.04,
    ("한옥 마을", "잠자는 고양이", "작은 로봇", "빨간 우산", "벚꽃 나무", "밤 기차"),
    ("비 오는 골목의", "안개 낀 호숫가의", "눈 내리는 밤의", "옥상 정원의"),
    ("수채화", "부드러운 조명", "필름 사진", "픽셀 아트"),
    place_first=True,
)

_EMOJI = Grammar(
    0.02,
    ("🦊✨", "🐙 playing 🎹", "👩‍🚀🌻", "🐉☕", "🚂🌈", "🦉📚"),
    ("🌃🌧️", "🏔️❄️", "🏝️🌅", "🌌"),
    ("8k 🔥", "cute 🥹", "🎨🖌️", "cozy 🍂"),
)

GRAMMARS: Final = (
    _ENGLISH, _GERMAN, _JAPANESE, _ARABIC, _HINDI, _CHINESE, _RUSSIAN, _KOREAN, _EMOJI,
)  # fmt: skip

LANGUAGE_SHARES: Final = np.array([grammar.share for grammar in GRAMMARS])

_SECOND_SCENE: Final = 0.04
"""The part of prompts that describe two scenes."""


def write_prompts(rng: np.random.Generator, languages: np.ndarray) -> list[str]:
    """A prompt for each entry of ``languages`` (indexes of :data:`GRAMMARS`)."""
    draws = rng.integers(0, 1 << 30, size=(len(languages), 6)).tolist()
    longer = (rng.random(len(languages)) < _SECOND_SCENE).tolist()
    return [_prompt(GRAMMARS[i], draw, long) for i, draw, long in zip(languages.tolist(), draws, longer, strict=True)]


def _prompt(grammar: Grammar, draw: list[int], longer: bool) -> str:
    text = _scene(grammar, draw[0], draw[1]) + grammar.comma + grammar.styles[draw[2] % len(grammar.styles)]
    return text + grammar.comma + _scene(grammar, draw[3], draw[4]) if longer else text


def _scene(grammar: Grammar, subject: int, place: int) -> str:
    parts = [grammar.subjects[subject % len(grammar.subjects)], grammar.places[place % len(grammar.places)]]
    return grammar.join.join(reversed(parts) if grammar.place_first else parts)
