"""Light and dark: which one the host wants, and how it reaches palette, font and style sheet."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from enum import StrEnum
from functools import cache
from typing import Any, Final, Protocol

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QProxyStyle, QWidget

from resources import design
from resources.design import Palette, Theme

FONT_PIXELS: Final = 13
SMALL_PIXELS: Final = 12

TEXT_CONTRAST: Final = 4.5
"""What words need against their ground; what else must be seen needs 3."""

_FUSION_DARKENS: Final = 140
"""Per cent."""

_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}")

_worn: Final = [design.palette(Theme.DARK)]
"""The palette that the application wears: the dark one until a theme is applied."""


_mirrored: Final = [False]


class ThemeChoice(StrEnum):
    """What the host chose in the View menu."""

    SYSTEM = "system"
    DARK = "dark"
    LIGHT = "light"


class Mirrored(QProxyStyle):
    """A style whose windows begin at the right.

    The application itself stays as it is: so whatever is painted goes on reading left to right, being English. Else
    “15 min” would read “min 15”.
    """

    def polish(self, what: Any) -> Any:
        """Turn each window round, with all that it holds."""
        if isinstance(what, QWidget) and what.isWindow():
            what.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        return super().polish(what)


def mirror(on: bool) -> None:
    """Let windows begin at the right from the next theme on, or not."""
    _mirrored[0] = on


def is_mirrored() -> bool:
    """Whether windows begin at the right."""
    return _mirrored[0]


def resolve(choice: ThemeChoice) -> Theme:
    """Return the theme to show; a system that states no preference gets the light one."""
    if choice is not ThemeChoice.SYSTEM:
        return Theme(choice.value)
    dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    return Theme.DARK if dark else Theme.LIGHT


def apply_theme(app: QApplication, theme: Theme) -> Palette:
    """Dress the application in ``theme`` (style, colours, font, style sheet) and return its palette."""
    _worn[0] = palette = design.palette(theme)
    if app.styleSheet() == style_sheet(palette):
        return palette  # it is dressed so: to dress it again would polish every widget again
    app.setStyle(Mirrored("Fusion") if is_mirrored() else "Fusion")
    app.setPalette(qt_palette(palette))
    for kind in ("QComboBox", "QAbstractSpinBox"):
        app.setPalette(box_palette(palette), kind)  # type: ignore[arg-type]  # PySide takes no bytes, whatever it says
    app.setStyleSheet(style_sheet(palette))
    _keep_font(app)
    return palette


def _keep_font(app: QApplication) -> None:
    """Set the font after the style sheet, with which menus, lists and messages get the platform's own again.

    Qt itself tells the widgets that are there already only while its event loop runs, so not before the first window.
    """
    strange = app.font("QMenu").family() != design.FONT_FAMILY  # type: ignore[call-overload]  # it takes no bytes
    app.setFont(base_font())
    for widget in app.allWidgets() if strange else ():
        QApplication.sendEvent(widget, QEvent(QEvent.Type.ApplicationFontChange))


def ink(name: str) -> QColor:
    """Return a colour of the theme that is shown, for what paints itself; the names are those of :func:`tokens`."""
    return _inks(_worn[0])[name]


@cache
def _inks(palette: Palette) -> Mapping[str, QColor]:
    return {name: QColor(value) for name, value in tokens(palette).items()}


def palette_shown() -> Palette:
    """Return the colours of the theme that is shown, for a plot."""
    return _worn[0]


def base_font(pixels: int = FONT_PIXELS, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """Return the window's font; its files are loaded once, on first use."""
    _load_fonts()
    font = QFont(design.FONT_FAMILY)
    font.setPixelSize(pixels)
    font.setWeight(weight)
    return font


@cache
def _load_fonts() -> None:
    for file in design.font_files():
        QFontDatabase.addApplicationFont(str(file))


def tabular(font: QFont) -> QFont:
    """Return ``font`` with figures of equal width, so that numbers stand in columns and don't dance."""
    copy = QFont(font)
    copy.setFeature(QFont.Tag("tnum"), 1)
    return copy


@cache
def tokens(palette: Palette) -> Mapping[str, str]:
    """Return every colour that the style sheet may name: the palette's own, and blends of them."""
    named = {name: value for name, value in asdict(palette).items() if isinstance(value, str)}
    return named | {
        "accent_soft": _soft(palette.accent, palette.surface),
        "accent_faint": mix(palette.accent, palette.surface, 0.08),
        "accent_strong": mix(palette.accent, palette.text, 0.85),
        "hover": mix(palette.text, palette.surface, 0.06),
        "pressed": mix(palette.text, palette.surface, 0.12),
        "good_soft": _soft(palette.good, palette.surface),
        "warn_soft": _soft(palette.warn, palette.surface),
        "bad_soft": _soft(palette.bad, palette.surface),
        "disabled": mix(palette.muted, palette.surface, 0.7),
        "field_border": mix(palette.muted, palette.surface, 0.78),
        "hairline": mix(palette.border, palette.surface, 0.55),
        "on_accent": max(("#ffffff", "#0f1318"), key=lambda ink: contrast(ink, palette.accent)),
    }


def style_sheet(palette: Palette) -> str:
    """Return ``resources/style.qss`` with its ``{token}`` places filled in; an unknown token is a KeyError."""
    named = tokens(palette)
    return _PLACEHOLDER.sub(lambda match: named[match[1]], design.text("style.qss"))


def qt_palette(palette: Palette) -> QPalette:
    """Return the colours for what the style itself paints: menus, scroll bars, text fields, selections."""
    named = tokens(palette)
    roles = QPalette.ColorRole
    colours = {
        roles.Window: palette.background,
        roles.WindowText: palette.text,
        roles.Base: palette.surface,
        roles.AlternateBase: named["hover"],
        roles.Text: palette.text,
        roles.PlaceholderText: palette.muted,
        roles.Button: palette.raised,
        roles.ButtonText: palette.text,
        roles.ToolTipBase: palette.raised,
        roles.ToolTipText: palette.text,
        roles.Highlight: palette.accent,
        roles.HighlightedText: named["on_accent"],
        roles.Accent: palette.accent,
        roles.Link: palette.accent,
    }
    made = QPalette(QColor(palette.raised), QColor(palette.background))
    for role, colour in colours.items():
        made.setColor(role, QColor(colour))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(named["disabled"]))
    return made


def box_palette(palette: Palette) -> QPalette:
    """Return the colours of boxes with arrows: with a border like a line edit's, which is seen on a dark ground, too.

    Fusion has no role for borders. It darkens the window's colour, which is made the lighter for it here.
    """
    made = qt_palette(palette)
    made.setColor(QPalette.ColorRole.Window, QColor(tokens(palette)["field_border"]).lighter(_FUSION_DARKENS))
    return made


def _soft(ink: str, surface: str) -> str:
    """A ground in the tone of ``ink``, as strong as it may be for words in that ink to be read on it."""
    grounds = (mix(ink, surface, share / 100) for share in range(14, 0, -1))
    return next((ground for ground in grounds if contrast(ink, ground) >= TEXT_CONTRAST), surface)


@cache
def mix(ink: str, ground: str, share: float) -> str:
    """Return ``share`` (0 to 1) of ``ink`` laid over ``ground``, as ``#rrggbb``."""
    over, under = QColor(ink), QColor(ground)
    pairs = zip(over.getRgb()[:3], under.getRgb()[:3], strict=True)  # type: ignore[index]
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in pairs)


def contrast(ink: str, ground: str) -> float:
    """Return the WCAG contrast of two colours, 1 to 21; text wants 4.5."""
    lighter, darker = sorted((_luminance(ink), _luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    value = QColor(colour)
    parts = (value.redF(), value.greenF(), value.blueF())
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


class Themed(Protocol):
    """A part of a plot, which takes on the theme's colours, or those of a picture."""

    def set_palette(self, palette: Palette) -> None:
        """Take them on."""


class ThemeFollower(QObject):
    """Keeps the theme that is to be shown, also when the system's scheme changes meanwhile.

    Attributes:
        theme: the theme to show at the moment.

    Signals:
        theme_changed(Theme): another theme is to be shown from now on.
    """

    theme_changed = Signal(object)

    def __init__(self, choice: ThemeChoice = ThemeChoice.SYSTEM, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._choice = choice
        self.theme = resolve(choice)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._update)

    def choose(self, choice: ThemeChoice) -> None:
        """Follow ``choice`` from now on."""
        self._choice = choice
        self._update()

    def _update(self) -> None:
        theme = resolve(self._choice)
        if theme is not self.theme:
            self.theme = theme
            self.theme_changed.emit(theme)
