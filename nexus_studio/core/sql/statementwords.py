"""What a statement is by its words alone, without a server: for what leaves no trace in a catalog."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nexus_studio.core.errors import InvalidFilter
from nexus_studio.core.sql.rawexpr import words_of

_CONDITIONS = {"DELETE": frozenset({"where", "using"}), "UPDATE": frozenset({"where", "from"})}
_BEFORE_THE_TABLE = frozenset(("word", each) for each in ("from", "only", "table", "if", "exists"))
_NOISE = frozenset(("word", each) for each in ("column", "if", "exists"))
_OTHER_THINGS = frozenset(("word", each) for each in ("constraint", "default", "not", "expression", "identity"))
_TYPE = [("word", "type")]
_SET_DATA_TYPE = [("word", "set"), ("word", "data"), *_TYPE]

_Words = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Loss:
    """What a statement takes away: `code` "drop_table", "truncate", "drop_column", "type_change"; a table as named."""

    code: str
    table: tuple[str, ...]
    column: str = ""


@dataclass(frozen=True, slots=True)
class StatementWords:
    """The first word ("ALTER", "" when the text can't be read), what is lost, and whether all rows of a table change.

    `all_of` is the table that DELETE or UPDATE works on, as it is named: ("t",) or ("schema", "t"), each as PostgreSQL
    reads it; empty for a statement with a condition. One that is always true is not seen through.
    """

    verb: str
    all_of: tuple[str, ...] = ()
    losses: tuple[Loss, ...] = ()


def statement_words(text: str) -> StatementWords:
    """Read a statement's words. Of several statements in one text, the first counts."""
    try:
        words = list(words_of(text))
    except InvalidFilter:  # a parameter's mark, or a quote without its end
        return StatementWords(_first_word(text))
    if (";", "") in words:
        words = words[: words.index((";", ""))]
    if not words or words[0][0] != "word":
        return StatementWords("")
    verb = words[0][1].upper()
    all_of = _whole_table(words, _CONDITIONS[verb]) if verb in _CONDITIONS else ()
    return StatementWords(verb, all_of, tuple(_losses(words)))


def _first_word(text: str) -> str:
    try:
        return next((word.upper() for kind, word in words_of(text) if kind == "word"), "")
    except InvalidFilter:
        return ""


def _whole_table(words: _Words, conditions: frozenset[str]) -> tuple[str, ...]:
    """Return the table that DELETE or UPDATE names; nothing where a condition follows outside of parentheses."""
    table, rest = _table(words[1:])
    depth = 0
    for kind, word in rest:
        depth += {"(": 1, ")": -1}.get(kind, 0)
        if depth == 0 and kind == "word" and word in conditions:
            return ()
    return table


def _losses(words: _Words) -> Iterator[Loss]:
    beginning = [word for _, word in words[:2]]
    if beginning[:1] == ["truncate"]:
        yield from (Loss("truncate", table) for table in _tables(words[1:]))
    elif beginning == ["drop", "table"]:
        yield from (Loss("drop_table", table) for table in _tables(words[2:]))
    elif beginning == ["alter", "table"]:
        table, rest = _table(words[2:])
        for action in _parted(rest):
            yield from _column_lost(table, action)


def _column_lost(table: tuple[str, ...], action: _Words) -> Iterator[Loss]:
    """Read one action of ALTER TABLE: DROP [COLUMN] [IF EXISTS] name, ALTER [COLUMN] name [SET DATA] TYPE …."""
    verb = action[0] if action else ("", "")
    rest = [each for each in action[1:] if each not in _NOISE]
    if not rest:
        return
    if verb == ("word", "drop") and rest[0] not in _OTHER_THINGS:
        yield Loss("drop_column", table, rest[0][1])
    elif verb == ("word", "alter") and (rest[1:2] == _TYPE or rest[1:4] == _SET_DATA_TYPE):
        yield Loss("type_change", table, rest[0][1])


def _tables(words: _Words) -> Iterator[tuple[str, ...]]:
    for part in _parted(words):
        table, _ = _table(part)
        if table:
            yield table


def _parted(words: _Words) -> Iterator[_Words]:
    """Cut a list at its commas, but not at those in parentheses."""
    part: _Words = []
    depth = 0
    for each in words:
        depth += {"(": 1, ")": -1}.get(each[0], 0)
        if depth == 0 and each[0] == ",":
            yield part
            part = []
        else:
            part.append(each)
    yield part


def _table(words: _Words) -> tuple[tuple[str, ...], _Words]:
    """Read a table's name at the beginning, past the small words before it; return it and what follows."""
    rest = words
    while rest and rest[0] in _BEFORE_THE_TABLE:
        rest = rest[1:]
    name: list[str] = []
    while rest and rest[0][0] in {"word", "name"}:
        name.append(rest[0][1])
        is_qualified = len(rest) > 1 and rest[1][0] == "."
        rest = rest[2:] if is_qualified else rest[1:]
        if not is_qualified:
            break
    return tuple(name), rest
