"""The language in which this process speaks, and its texts: what stands in the sources is English.

The language is known when this module is imported, and stays: tables of text are translated as their modules are
imported. Child processes inherit the environment that decides it. See docs/translations.md.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gettext import GNUTranslations

VARIABLE: Final = "BOTPULSE_LANGUAGE"
"""The environment variable that comes before all that the system says: ``de``, ``en``."""

FOLDER_VARIABLE: Final = "BOTPULSE_LOCALE"
"""The environment variable that names another folder of catalogues: for who translates, and for tests."""

SOURCE: Final = "en"
"""The language of the sources, which needs no catalogue."""

_DOMAIN: Final = "botpulse"
_PLAIN: Final = frozenset({"C", "POSIX"})
"""Locales of programs rather than of people."""


def folder() -> Path:
    """Where the catalogues are: ``LANGUAGE/LC_MESSAGES/botpulse.mo``."""
    chosen = os.environ.get(FOLDER_VARIABLE)
    return Path(chosen) if chosen else Path(__file__).parents[2] / "resources" / "locale"


def languages() -> tuple[str, ...]:
    """English, and the languages that there is a catalogue for, by their codes."""
    found = (path.parents[1].name for path in folder().glob(f"*/LC_MESSAGES/{_DOMAIN}.mo"))
    return (SOURCE, *sorted(found))


def language_of(environment: Mapping[str, str]) -> str:
    """The language that somebody with this environment reads, of those that there are; English where none fits.

    ``BOTPULSE_LANGUAGE`` comes first, then what gettext asks: ``LC_ALL``, ``LC_MESSAGES`` and ``LANG``, and
    ``LANGUAGE`` before them unless they say C; then, on Windows and macOS, the user's own choice.
    """
    return next((found for wanted in _wanted(environment) if (found := _known(wanted))), SOURCE)


def _known(locale: str) -> str | None:
    """The language of a locale ("de_AT.UTF-8", "pt-BR"), of those that there are."""
    code = locale.partition(".")[0].partition("@")[0].replace("-", "_")
    for name in (code, code.partition("_")[0].lower()):
        if name == SOURCE or (name.isidentifier() and os.path.isfile(_catalogue(name))):  # noqa: PTH113 - any length
            return name
    return None


def _wanted(environment: Mapping[str, str]) -> Iterator[str]:
    if chosen := environment.get(VARIABLE):
        yield chosen
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((value for name in names if (value := environment.get(name))), "")
    if locale.partition(".")[0] in _PLAIN:
        yield SOURCE
    elif locale:
        yield from filter(None, environment.get("LANGUAGE", "").split(":"))
        yield locale
    else:
        yield from _of_the_user()


def _of_the_user() -> Iterator[str]:
    """What is set in the system's own settings, where programs are not told by their environment."""
    if sys.platform == "win32":
        import ctypes
        import locale

        yield locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultUILanguage(), "")
    elif sys.platform == "darwin":
        import plistlib

        try:
            path = Path.home() / "Library" / "Preferences" / ".GlobalPreferences.plist"
            yield from map(str, plistlib.loads(path.read_bytes()).get("AppleLanguages", ()))
        except (OSError, ValueError, plistlib.InvalidFileException):
            return
    else:
        yield from ()


def _catalogue(language: str) -> Path:
    return folder() / language / "LC_MESSAGES" / f"{_DOMAIN}.mo"


def _loaded(language: str) -> GNUTranslations | None:
    """The catalogue of a language; None for English, which costs nothing, and where it can't be read."""
    if language == SOURCE:
        return None
    import struct
    from gettext import GNUTranslations

    try:
        with _catalogue(language).open("rb") as file:
            return GNUTranslations(file)
    except (OSError, ValueError, LookupError, struct.error) as error:
        tell_unread(_catalogue(language), error)
        return None


def tell_unread(path: Path, error: Exception) -> None:
    """Log that a file of a language can't be used: the bot and the window run all the same, in English."""
    import logging

    logging.getLogger(__name__).warning("%s can't be used (%s): English stands in.", path, error)


@cache
def _other(language: str) -> GNUTranslations | None:
    return _loaded(language)


def message_in(locale: str, message: str) -> str | None:
    """A message as whoever has this locale reads it, whatever this process speaks; None where there is no such text."""
    language = _known(locale)
    catalogue = None if language is None else _other(language)
    found = message if catalogue is None else catalogue.gettext(message)
    return None if found == message else found


def marked(message: str) -> str:
    """A message that stays as it is here and is translated elsewhere: this only tells the catalogues of it."""
    return message


_CATALOGUE: Final = _loaded(language_of(os.environ))

LANGUAGE: Final = SOURCE if _CATALOGUE is None else language_of(os.environ)
"""The language of this process, a name of :func:`languages`."""


class Translated(str):
    """A message in another language, which knows what stands in the sources."""

    source: str


def _translated(text: str, source: str) -> str:
    made = Translated(text)
    made.source = source
    return made


def source_of(text: str) -> str:
    """A message as it stands in the sources: what is written for programs does not change with the language."""
    return text.source if isinstance(text, Translated) else text


def gettext(message: str) -> str:
    """A message in the language of this process; imported as ``_``."""
    return message if _CATALOGUE is None else _translated(_CATALOGUE.gettext(message), message)


def ngettext(one: str, many: str, amount: int) -> str:
    """A message in the form that goes with a number of things: English has two, other languages up to six."""
    if _CATALOGUE is None:
        return one if amount == 1 else many
    return _CATALOGUE.ngettext(one, many, amount)


def pgettext(context: str, message: str) -> str:
    """A message whose English means different things in different places; ``context`` says which."""
    return message if _CATALOGUE is None else _translated(_CATALOGUE.pgettext(context, message), message)


def followed_by(text: str, ending: str) -> str:
    """A message with something behind it that is the same in every language: a unit, a number."""
    return _translated(f"{text}{ending}", f"{text.source}{ending}") if isinstance(text, Translated) else text + ending
