"""Looks: both themes are complete and readable, every icon draws."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nexus_studio.core.schema.types import TypeKind
from nexus_studio.ui.kit import icons
from nexus_studio.ui.kit.theme import THEMES, Theme, tokens

AA_TEXT = 4.5  # WCAG 2.2, 1.4.3
AA_PARTS = 3.0  # WCAG 2.2, 1.4.11
GROUNDS = ("window", "base", "alternate", "raised")
ON_ALL = ("text", "text-muted", "link", "danger", "warning", "success", "info")
PAIRS = [
    *[
        (text, ground)
        for text in ("text", "text-muted", "link", "danger", "warning", "success", "info")
        for ground in GROUNDS
    ],
    *[(text, ground) for text in ("null", "default") for ground in ("base", "alternate")],
    *[("text", ground) for ground in ("header", "hover")],
    *[("text", ground) for ground in ("edited", "inserted", "deleted", "rejected", "conflict", "changed")],
    *[("env-text", f"env-{name}") for name in ("demo", "development", "ci", "staging", "production")],
    ("text-muted", "header"),
    ("selection-text", "selection"),
    ("accent-text", "accent"),
    ("accent-text", "accent-hover"),
    ("accent-text", "danger"),
    ("accent-text", "danger-hover"),
    ("chip-text", "chip"),
]
TOKENS = frozenset(
    [
        "window",
        "base",
        "alternate",
        "raised",
        "text",
        "text-muted",
        "text-disabled",
        "accent",
        "accent-text",
        "border",
        "hover",
        "selection",
        "selection-text",
        "header",
        "null",
        "default",
        "link",
        "edited",
        "inserted",
        "deleted",
        "rejected",
        "conflict",
        "changed",
        "placeholder",
        "chip",
        "chip-text",
        "danger",
        "warning",
        "success",
        "info",
        "env-demo",
        "env-development",
        "env-ci",
        "env-staging",
        "env-production",
        "env-text",
    ]
)


def luminance(color: QColor) -> float:
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (color.redF(), color.greenF(), color.blueF())
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: QColor, other: QColor) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    made = Theme("light")
    made.apply(qapp)
    yield made
    qapp.setStyleSheet("")
    made.deleteLater()


@pytest.mark.parametrize("name", THEMES)
def test_the_tokens_are_complete(name: str) -> None:
    assert tokens(name).keys() >= TOKENS
    assert all(color.isValid() for color in tokens(name).values())


@pytest.mark.parametrize("name", THEMES)
def test_text_is_readable(name: str) -> None:
    colors = tokens(name)
    weak = {pair: round(contrast(colors[pair[0]], colors[pair[1]]), 2) for pair in PAIRS}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < AA_TEXT} == {}


@pytest.mark.parametrize("name", THEMES)
def test_the_focus_ring_is_visible(name: str) -> None:
    colors = tokens(name)
    assert min(contrast(colors["accent"], colors[ground]) for ground in GROUNDS) >= AA_PARTS


def test_the_style_sheet_has_no_token_left(theme: Theme, qapp: QApplication) -> None:
    assert "@" not in qapp.styleSheet()
    assert "url(" in qapp.styleSheet()


def test_a_change_of_mode_reaches_everything(qtbot: QtBot, theme: Theme, qapp: QApplication) -> None:
    light = theme.color("window")
    sheet = qapp.styleSheet()
    with qtbot.waitSignal(theme.changed):
        theme.set_mode("dark")
    assert theme.is_dark
    assert theme.mode == "dark"
    assert theme.color("window") != light
    assert qapp.palette().window().color() == theme.color("window")
    assert qapp.styleSheet() != sheet
    with pytest.raises(ValueError, match="pink"):
        theme.set_mode("pink")


@pytest.mark.parametrize("name", icons.names())
def test_every_icon_draws(theme: Theme, name: str) -> None:
    image = icons.icon(name).pixmap(QSize(32, 32)).toImage()
    painted = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    drawn = [color for color in painted if color.alpha() > 200]
    assert len(drawn) > 20
    assert len(drawn) < len(painted) or name == "app"


def test_an_icon_follows_the_theme(theme: Theme) -> None:
    made = icons.icon("plus")

    def center(mode: QIcon.Mode) -> QColor:
        return made.pixmap(QSize(32, 32), mode).toImage().pixelColor(16, 16)

    assert center(QIcon.Mode.Normal) == theme.color("text")
    assert center(QIcon.Mode.Disabled) == theme.color("text-disabled")
    theme.set_mode("dark")
    assert center(QIcon.Mode.Normal) == theme.color("text")


def test_every_kind_of_type_has_a_glyph(theme: Theme) -> None:
    assert all(not icons.type_icon(kind.value).isNull() for kind in TypeKind)


def test_an_unknown_icon_is_refused() -> None:
    with pytest.raises(KeyError):
        icons.icon("no-such-icon")
