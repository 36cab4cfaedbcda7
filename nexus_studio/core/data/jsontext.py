"""JSON as it is written: a tree of places in a text, and edits that change nothing but the place they are about. Pure.

Numbers, escapes, spaces, the order of keys and keys that stand twice stay: what was not touched is the same characters.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

_TOKEN: Final = re.compile(
    r"[ \t\n\r]*(?:(?P<mark>[{}\[\]:,])"
    r'|(?P<text>"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")'
    r"|(?P<number>-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-]))"
    r"|(?P<word>true|false|null)(?!\w))",
    re.ASCII,
)
_SPACES: Final = " \t\n\r"


def _no_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity, which Python alone would take


_QUICK: Final = json.JSONDecoder(parse_constant=_no_constant, parse_int=str, parse_float=str)
_INDENT: Final = "  "


class JsonKind(Enum):
    """What a value is."""

    OBJECT = "object"
    LIST = "list"
    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    NULL = "null"


@dataclass(slots=True)
class JsonNode:
    """A value and where it stands: `start` and `end` in the text. `key` is where its name stands, in an object."""

    kind: JsonKind
    start: int
    end: int = 0
    key: tuple[int, int] | None = None
    parent: JsonNode | None = None
    children: list[JsonNode] = field(default_factory=list)

    def path(self) -> tuple[int, ...]:
        """Return the indexes that lead here from the top."""
        steps: list[int] = []
        node = self
        while node.parent is not None:
            steps.append(next(index for index, child in enumerate(node.parent.children) if child is node))
            node = node.parent
        return tuple(reversed(steps))


class NotJson(ValueError):
    """A text is no JSON; `at` is the place of the first character that does not fit."""

    def __init__(self, at: int) -> None:
        self.at = at
        super().__init__("no JSON")


def parse_json(text: str) -> JsonNode:
    """Read a text into its tree, however deep.

    Raises:
        NotJson: where it is none.
    """
    reader = _Reader()
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            if text[at:].strip(_SPACES):
                raise NotJson(_first_other(text, at))
            break
        kind = found.lastgroup or ""
        start, at = found.span(kind)
        reader.take(kind, found[kind], start, at)
    return reader.whole(len(text))


class _Wants(Enum):
    """What may come next."""

    VALUE = "value"
    VALUE_OR_END = "value or end"
    KEY = "key"
    KEY_OR_END = "key or end"
    COLON = "colon"
    COMMA = "comma"


class _Reader:
    """Builds the tree of one text from its tokens."""

    def __init__(self) -> None:
        self._top: JsonNode | None = None
        self._parent: JsonNode | None = None
        self._key: tuple[int, int] | None = None
        self._wants = _Wants.VALUE

    def whole(self, length: int) -> JsonNode:
        """Return the tree.

        Raises:
            NotJson: when it is not whole.
        """
        if self._top is None or self._parent is not None:
            raise NotJson(length)
        return self._top

    def take(self, kind: str, word: str, start: int, end: int) -> None:
        """Go on by a token.

        Raises:
            NotJson: when it does not fit.
        """
        if self._top is not None and self._parent is None:
            raise NotJson(start)
        wants = self._wants
        if word in {"}", "]"}:
            self._end(word, start, end)
        elif wants is _Wants.COLON and word == ":":
            self._wants = _Wants.VALUE
        elif wants is _Wants.COMMA and word == "," and self._parent is not None:
            self._wants = _Wants.KEY if self._parent.kind is JsonKind.OBJECT else _Wants.VALUE
        elif wants in {_Wants.KEY, _Wants.KEY_OR_END} and kind == "text":
            self._key, self._wants = (start, end), _Wants.COLON
        elif wants in {_Wants.VALUE, _Wants.VALUE_OR_END} and word not in {":", ","}:
            self._value(JsonNode(_kind(kind, word), start, end, self._key, self._parent))
        else:
            raise NotJson(start)

    def _value(self, node: JsonNode) -> None:
        self._key = None
        if self._parent is not None:
            self._parent.children.append(node)
        self._top = self._top or node
        if node.kind in {JsonKind.OBJECT, JsonKind.LIST}:
            self._parent = node
            self._wants = _Wants.KEY_OR_END if node.kind is JsonKind.OBJECT else _Wants.VALUE_OR_END
        else:
            self._wants = _Wants.COMMA

    def _end(self, word: str, start: int, end: int) -> None:
        parent = self._parent
        kind, empty = (JsonKind.OBJECT, _Wants.KEY_OR_END) if word == "}" else (JsonKind.LIST, _Wants.VALUE_OR_END)
        if parent is None or parent.kind is not kind or self._wants not in {_Wants.COMMA, empty}:
            raise NotJson(start)
        parent.end = end
        self._parent, self._wants = parent.parent, _Wants.COMMA


def is_json(text: str) -> bool:
    """Tell whether a text is JSON, as quick as can be: nothing is built of it."""
    try:
        _QUICK.decode(text)
    except ValueError:
        return False
    except RecursionError:
        try:
            parse_json(text)
        except NotJson:
            return False
    return True


def node_at(top: JsonNode, path: tuple[int, ...]) -> JsonNode | None:
    """Return the node a path leads to; None where there is none (any more)."""
    node = top
    for step in path:
        if step >= len(node.children):
            return None
        node = node.children[step]
    return node


def string_of(written: str) -> str:
    """Return what a JSON string says."""
    return str(json.loads(written))


def written_string(text: str) -> str:
    """Write a text as a JSON string, letters as they are."""
    return json.dumps(text, ensure_ascii=False)


def is_number(text: str) -> bool:
    """Tell whether a text is a JSON number."""
    found = _TOKEN.fullmatch(text)
    return found is not None and found.lastgroup == "number" and found["number"] == text


def replaced(text: str, node: JsonNode, written: str) -> str:
    """Put another value in a node's place."""
    return text[: node.start] + written + text[node.end :]


def renamed(text: str, node: JsonNode, name: str) -> str:
    """Give a member of an object another name."""
    if node.key is None:
        return text
    return text[: node.key[0]] + written_string(name) + text[node.key[1] :]


def removed(text: str, node: JsonNode) -> str:
    """Take a node out of its object or list, with one comma."""
    parent = node.parent
    if parent is None:
        return text
    index = next(place for place, child in enumerate(parent.children) if child is node)
    begin = _begin(node)
    if index + 1 < len(parent.children):
        return text[:begin] + text[_begin(parent.children[index + 1]) :]
    if index:
        return text[: parent.children[index - 1].end] + text[node.end :]
    return text[: parent.start + 1] + text[parent.end - 1 :]


def added(text: str, parent: JsonNode, written: str, name: str | None = None) -> str:
    """Add a value at the end of an object (under a name) or a list, laid out as what stands there."""
    member = f"{written_string(name or '')}: {written}" if parent.kind is JsonKind.OBJECT else written
    if not parent.children:
        return text[: parent.start + 1] + member + text[parent.end - 1 :]
    last = parent.children[-1]
    before = parent.children[-2].end if len(parent.children) > 1 else parent.start
    gap = text[before : _begin(last)]
    gap = gap.lstrip("{[") if len(parent.children) == 1 else gap.replace(",", "", 1)
    if len(parent.children) == 1 and not gap:
        gap = " "
    return text[: last.end] + "," + gap + member + text[last.end :]


def laid_out(text: str) -> str | None:
    """Lay JSON out over lines: only spaces between its tokens are others; None when it is none."""
    try:
        parse_json(text)
    except NotJson:
        return None
    return "".join(_pieces(text))


def _pieces(text: str) -> Iterator[str]:
    depth, before = 0, ""
    for found in _TOKEN.finditer(text):
        word = found[found.lastgroup or 0]
        if word in {"}", "]"}:
            depth -= 1
            if before not in {"{", "["}:
                yield "\n" + _INDENT * depth
        elif before in {"{", "["}:
            yield "\n" + _INDENT * depth
        yield word
        if word in {"{", "["}:
            depth += 1
        elif word in {",", ":"}:
            yield " " if word == ":" else "\n" + _INDENT * depth
        before = word


def _kind(group: str, word: str) -> JsonKind:
    if group == "mark":
        return JsonKind.OBJECT if word == "{" else JsonKind.LIST
    if group == "word":
        return JsonKind.NULL if word == "null" else JsonKind.BOOLEAN
    return JsonKind.TEXT if group == "text" else JsonKind.NUMBER


def _begin(node: JsonNode) -> int:
    return node.start if node.key is None else node.key[0]


def _first_other(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACES:
        at += 1
    return at
