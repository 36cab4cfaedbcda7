"""Looks: a file of tokens becomes a QPalette and the one style sheet, on Qt's Fusion style."""

from __future__ import annotations

import re
import sys
import tomllib
from functools import cache

from PySide6.QtCore import QDir, QObject, Qt, QTemporaryDir, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from nexus_studio.core.settings import UI_THEME
from nexus_studio.ui.kit.icons import recoloured, set_ink
from nexus_studio.ui.kit.resources import resource

THEMES = ("light", "dark")
SPACE = 4  # pixels; every distance is a multiple of it
_SEARCH_PATH = "studioicons"
_LEAST_POINTS = 10.0  # a bare X server without a desktop says 9, which is too small
_MONOSPACE = ("JetBrains Mono", "SF Mono", "Menlo", "Cascadia Mono", "Consolas", "DejaVu Sans Mono", "Noto Sans Mono")
_INTERFACE = ("Inter", "Noto Sans", "Open Sans", "DejaVu Sans")
_TOKEN = re.compile(r"@icon\((?P<icon>[a-z-]+)(?:,(?P<ink>[a-z-]+))?\)|@(?P<token>[a-z][a-z-]*)")


class Theme(QObject):
    """The colours and fonts of the program, light or dark; with mode "system" it follows the system while running.

    One a process: it owns the application's palette, style sheet and the ink of icons.
    """

    changed = Signal()  # color() answers otherwise than before

    def __init__(self, mode: str = "system", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mode = UI_THEME.check(mode)
        self._app: QApplication | None = None
        self._shown = ""
        self._drawn = QTemporaryDir()
        self._colors: dict[str, QColor] = tokens("dark" if self.is_dark else "light")

    @property
    def mode(self) -> str:
        """What was chosen: "system", "light" or "dark"."""
        return self._mode

    @property
    def is_dark(self) -> bool:
        """Whether light text stands on dark ground now."""
        if self._mode != "system":
            return self._mode == "dark"
        return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark

    def color(self, token: str) -> QColor:
        """Return a token's colour.

        Raises:
            KeyError: when the theme has no such token.
        """
        return self._colors[token]

    def apply(self, app: QApplication) -> None:
        """Dress the application, now and whenever the system changes its mind."""
        self._app = app
        app.setStyle("Fusion")
        app.setFont(interface_font())
        QDir.setSearchPaths(_SEARCH_PATH, [self._drawn.path()])
        self._tell_system()
        app.styleHints().colorSchemeChanged.connect(self._refresh)
        self._refresh()

    def set_mode(self, mode: str) -> None:
        """Choose "system", "light" or "dark".

        Raises:
            ValueError: for another word.
        """
        self._mode = UI_THEME.check(mode)
        if self._app is not None:
            self._tell_system()
        self._refresh()

    def _tell_system(self) -> None:
        """Have title bars and native dialogs follow too, where the platform can."""
        schemes = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
        QGuiApplication.styleHints().setColorScheme(schemes.get(self._mode, Qt.ColorScheme.Unknown))

    def _refresh(self) -> None:
        name = "dark" if self.is_dark else "light"
        self._colors = tokens(name)
        if self._app is not None and self._shown != name:
            self._shown = name
            set_ink(self._colors)
            self._app.setPalette(palette(self._colors))
            self._app.setStyleSheet(self._style_sheet(name))
            self.changed.emit()

    def _style_sheet(self, name: str) -> str:
        """Fill the style sheet's tokens; icons it names are written out in their colour, as Qt takes files only."""

        def fill(match: re.Match[str]) -> str:
            if match["token"]:
                return self._colors[match["token"]].name()
            ink = match["ink"] or "text"
            file = f"{name}-{match['icon']}-{ink}.svg"
            path = QDir(self._drawn.path()).filePath(file)
            with open(path, "w", encoding="utf-8") as out:  # noqa: PTH123 - a QTemporaryDir speaks in texts
                out.write(recoloured(match["icon"], self._colors[ink]))
            return f"url({_SEARCH_PATH}:{file})"

        sheet = re.sub(r"/\*.*?\*/", "", resource("themes", "studio.qss").read_text("utf-8"), flags=re.DOTALL)
        return _TOKEN.sub(fill, sheet)


@cache
def tokens(name: str) -> dict[str, QColor]:
    """Read the tokens of the theme "light" or "dark", with the few shades that are made from them."""
    content = tomllib.loads(resource("themes", f"{name}.toml").read_text("utf-8"))
    colors = {token: QColor(value) for token, value in content["colors"].items()}
    towards = colors["text"]
    colors["accent-hover"] = mixed(colors["accent"], towards, 0.12)
    colors["danger-hover"] = mixed(colors["danger"], towards, 0.12)
    colors["scroll"] = mixed(colors["border"], colors["text-disabled"], 0.35)
    return colors


def mixed(one: QColor, other: QColor, share: float) -> QColor:
    """Mix two colours; `share` (0 to 1) is how much of the other."""
    return QColor.fromRgbF(
        one.redF() + (other.redF() - one.redF()) * share,
        one.greenF() + (other.greenF() - one.greenF()) * share,
        one.blueF() + (other.blueF() - one.blueF()) * share,
    )


def palette(colors: dict[str, QColor]) -> QPalette:
    """Build the palette, for what no style sheet reaches: delegates, painters, native parts."""
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    built = QPalette()
    for where, token in {
        role.Window: "window",
        role.WindowText: "text",
        role.Base: "base",
        role.AlternateBase: "alternate",
        role.Text: "text",
        role.PlaceholderText: "text-muted",
        role.Button: "raised",
        role.ButtonText: "text",
        role.BrightText: "danger",
        role.ToolTipBase: "raised",
        role.ToolTipText: "text",
        role.Highlight: "selection",
        role.HighlightedText: "selection-text",
        role.Accent: "accent",
        role.Link: "link",
        role.LinkVisited: "link",
        role.Light: "raised",
        role.Midlight: "hover",
        role.Mid: "border",
        role.Dark: "text-disabled",
        role.Shadow: "border",
    }.items():
        built.setColor(where, colors[token])
    for where in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText, role.PlaceholderText):
        built.setColor(group.Disabled, where, colors["text-disabled"])
    built.setColor(group.Disabled, role.Highlight, colors["placeholder"])
    return built


def interface_font() -> QFont:
    """Return the system's own interface font; something decent where the system has no opinion."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    if font.family() in {"Sans Serif", "Sans", "sans-serif", ""}:
        font.setFamilies([*_INTERFACE, "Sans Serif"])
    if sys.platform == "linux" and 0 < font.pointSizeF() < _LEAST_POINTS:
        font.setPointSizeF(_LEAST_POINTS)
    return font


def monospace_font(points: float = 0) -> QFont:
    """Return a fixed-pitch font for SQL and exact values, of `points` (0: as large as the interface's)."""
    font = QFont(interface_font())
    font.setFamilies([*_MONOSPACE, QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()])
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setFixedPitch(True)
    if points:
        font.setPointSizeF(points)
    return font
