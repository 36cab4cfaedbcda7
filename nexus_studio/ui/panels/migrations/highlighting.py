"""Light colouring of Python and SQL: words of the language, texts, numbers, comments."""

from __future__ import annotations

import re
from typing import Final

from PySide6.QtGui import QColor, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from nexus_studio.ui.kit.theme import Theme

_SQL: Final = re.compile(
    r"""(?P<comment>--[^\n]*|/\*.*?(?:\*/|$))
    | (?P<text>'(?:[^']|'')*'?|\$\$.*?(?:\$\$|$))
    | (?P<name>"(?:[^"]|"")*"?)
    | (?P<word>\b(?:add|all|alter|always|and|as|asc|begin|between|by|cascade|case|cast|check|collate|column|comment
        |commit|concurrently|constraint|create|cross|current_timestamp|database|default|deferrable|delete|desc|distinct
        |do|domain|drop|each|else|end|enum|exclude|execute|exists|extension|false|for|foreign|from|full|function|generated
        |grant|group|having|identity|if|in|index|inherits|initially|inner|insert|into|is|join|key|language|left|like
        |limit|lock|materialized|not|null|of|offset|on|only|or|order|outer|owner|partition|policy|primary|procedure
        |range|references|refresh|rename|replace|restrict|returning|revoke|right|rollback|row|rule|schema|select
        |sequence|set|table|temporary|then|to|trigger|true|truncate|type|union|unique|update|using|valid|validate
        |values|view|when|where|with)\b)
    | (?P<number>\b\d+(?:\.\d+)?\b)""",
    re.VERBOSE | re.IGNORECASE,
)
_PYTHON: Final = re.compile(
    r"""(?P<comment>\#[^\n]*)
    | (?P<text>[rbfuRBFU]{0,2}(?:'(?:[^'\\]|\\.)*'?|"(?:[^"\\]|\\.)*"?))
    | (?P<name>@[\w.]+)
    | (?P<word>\b(?:and|as|assert|async|await|break|class|continue|def|del|elif|else|except|False|finally|for|from
        |global|if|import|in|is|lambda|None|nonlocal|not|or|pass|raise|return|True|try|while|with|yield)\b)
    | (?P<number>\b\d+(?:\.\d+)?\b)""",
    re.VERBOSE,
)
_LONG_TEXT: Final = re.compile(r"\"\"\"|'''")
_INKS: Final = {"comment": "text-muted", "text": "success", "name": "default", "word": "link", "number": "warning"}
_LONGEST_LINE: Final = 2000  # characters; what is longer stays plain
_INSIDE: Final = {'"""': 1, "'''": 2}  # states of a block that ends inside a text over several lines


class Highlighter(QSyntaxHighlighter):
    """Colours a document, as "python" or "sql", in the theme's colours."""

    def __init__(self, document: QTextDocument, theme: Theme, language: str) -> None:
        super().__init__(document)
        self._theme = theme
        self._language = language
        self._formats: dict[str, QTextCharFormat] = {}
        self._dress()
        theme.changed.connect(self._dress_again)

    def set_language(self, language: str) -> None:
        """Colour as another language, "": not at all."""
        if language != self._language:
            self._language = language
            self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        if len(text) > _LONGEST_LINE or not self._language:
            return
        is_python = self._language == "python"
        taken = self._long_texts(text) if is_python else ()
        for match in (_PYTHON if is_python else _SQL).finditer(text):
            if match.lastgroup is not None and not any(start <= match.start() < end for start, end in taken):
                self._colour(text, match.start(), match.end(), match.lastgroup)

    def _long_texts(self, text: str) -> tuple[tuple[int, int], ...]:
        """Colour texts in three quotation marks, which go over lines; return where they are in this one."""
        mark = next((each for each, state in _INSIDE.items() if state == self.previousBlockState()), "")
        place, found = 0, []
        self.setCurrentBlockState(0)
        while place < len(text) or mark:
            begun = place
            if not mark:
                opened = _LONG_TEXT.search(text, place)
                if opened is None or "#" in text[: opened.start()]:
                    break
                mark, begun, place = opened.group(), opened.start(), opened.end()
            end = text.find(mark, place)
            place = end + len(mark) if end >= 0 else len(text)
            self._colour(text, begun, place, "text")
            found.append((begun, place))
            if end < 0:
                self.setCurrentBlockState(_INSIDE[mark])
                break
            mark = ""
        return tuple(found)

    def _colour(self, text: str, start: int, end: int, kind: str) -> None:
        """Colour a part of a line; Qt counts in UTF-16."""
        self.setFormat(_units(text[:start]), _units(text[start:end]), self._formats[kind])

    def _dress(self) -> None:
        for kind, token in _INKS.items():
            look = QTextCharFormat()
            look.setForeground(QColor(self._theme.color(token)))
            look.setFontItalic(kind == "comment")
            self._formats[kind] = look

    def _dress_again(self) -> None:
        self._dress()
        self.rehighlight()


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
