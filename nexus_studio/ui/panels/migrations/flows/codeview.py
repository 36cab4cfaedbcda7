"""CodeView: SQL or Python in a fixed-pitch font with light colours, to be read, copied, or edited."""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtGui import (
    QColor,
    QFont,
    QGuiApplication,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextDocument,
    QTextOption,
)
from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QWidget

from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.theme import Theme, monospace_font

_SQL = (
    "add all alter and as autocommit begin between by cascade case check column comment commit concurrently constraint "
    "copy create cross database default deferrable delete desc distinct do drop else end enable enum exists extension "
    "false for foreign from function grant group having if in index inner insert into is join key language left like "
    "limit lock not null on only or order partition policy primary procedure references rename replace restrict "
    "returning returns revoke role rollback schema select sequence set table temporary then to trigger true truncate "
    "type unique update using validate value values view when where with"
)
_PYTHON = (
    "and as assert async await break class continue def del elif else except False finally for from global if import "
    "in is lambda None nonlocal not or pass raise return True try while with yield"
)
_TOKENS = {
    "sql": re.compile(r"(?P<comment>--.*)|(?P<string>'(?:[^']|'')*'?)|(?P<name>\"[^\"]*\"?)|(?P<word>[A-Za-z_]\w*)"),
    "python": re.compile(
        r"(?P<comment>#.*)|(?P<string>'(?:[^'\\]|\\.)*'?|\"(?:[^\"\\]|\\.)*\"?)|(?P<word>[A-Za-z_]\w*)"
    ),
}
_WORDS = {"sql": frozenset(_SQL.split()), "python": frozenset(_PYTHON.split())}
_LONGEST = 2000  # characters of a line that are coloured; a longer one is data, not code


class CodeView(QPlainTextEdit):
    """Shows code of a language, "sql" or "python"; read-only unless told otherwise. Tab leaves it while read-only."""

    def __init__(self, theme: Theme, language: str, name: str, words: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(words)
        self.setFont(monospace_font())
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setTabStopDistance(self.fontMetrics().horizontalAdvance(" ") * 4)
        self.set_editable(False)
        self._colours = _Highlighter(self.document(), theme, language)

    def set_editable(self, editable: bool) -> None:
        """Let the text be changed, or only be read."""
        self.setReadOnly(not editable)
        self.setTabChangesFocus(not editable)

    def show_text(self, text: str) -> None:
        """Show a text from its beginning; the same text stays where it was scrolled to."""
        if text != self.toPlainText():
            self.setPlainText(text)


class _Highlighter(QSyntaxHighlighter):
    """Colours keywords, texts and comments; what spans lines in quotes is coloured line by line only."""

    def __init__(self, document: QTextDocument, theme: Theme, language: str) -> None:
        super().__init__(document)
        self._theme, self._language = theme, language
        self._formats: dict[str, QTextCharFormat] = {}
        self._dress()
        theme.changed.connect(self._redress)

    def highlightBlock(self, text: str) -> None:
        """Colour one line; called by Qt."""
        words = _WORDS[self._language]
        for match in _TOKENS[self._language].finditer(text[:_LONGEST]):
            kind = match.lastgroup or ""
            if kind == "word":
                word = match.group()
                kind = "keyword" if (word.lower() if self._language == "sql" else word) in words else ""
            if kind in self._formats:
                start = _units(text[: match.start()])
                self.setFormat(start, _units(match.group()), self._formats[kind])

    def _dress(self) -> None:
        self._formats = {
            "keyword": _format(self._theme.color("link")),
            "string": _format(self._theme.color("success")),
            "comment": _format(self._theme.color("text-muted"), italic=True),
        }

    def _redress(self) -> None:
        self._dress()
        self.rehighlight()


def copy_button(name: str, words: str, text: Callable[[], str], parent: QWidget) -> QPushButton:
    """Make a button that copies what `text` returns."""
    button = QPushButton(icon("copy"), words, parent)
    button.setObjectName(name)
    button.setAccessibleName(words)
    button.setProperty("flat", True)
    button.clicked.connect(lambda: QGuiApplication.clipboard().setText(text()))
    return button


def _format(color: QColor, *, italic: bool = False) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setForeground(color)
    made.setFontItalic(italic)
    made.setFontWeight(QFont.Weight.Normal)
    return made


def _units(text: str) -> int:
    """Count a text as Qt does, in UTF-16."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
