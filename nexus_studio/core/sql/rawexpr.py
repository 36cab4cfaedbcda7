"""Raw SQL expressions: whether a text can be one expression and nothing else, told without a server.

It reads words as PostgreSQL does (manual, section 4.1 "Lexical Structure"; `src/backend/parser/scan.l`), with
`standard_conforming_strings` on. What an expression means is left to the server.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from nexus_studio.core.errors import InvalidFilter

REASONS: Final = (
    "empty",  # nothing but white space and comments
    "characters",  # NUL or half a surrogate pair, which PostgreSQL's text can't hold
    "semicolon",  # a second statement
    "unopened",  # a closing parenthesis without its opening one
    "unclosed",  # an opening parenthesis without its closing one
    "quote",  # a string or quoted name without its end
    "comment",  # a block comment without its end
    "parameter",  # $1: there is nobody to give it a value, and it would take that of another part of the statement
    "number",  # digits run into a quote or a dollar sign, which versions of PostgreSQL read differently
    "placeholder",  # a mark that SQLAlchemy keeps for itself
)
"""Every reason code of "filter.raw"."""

# Every character beyond ASCII is a letter to PostgreSQL, also what Unicode calls a space or a quote.
_LETTER: Final = "A-Za-z_\\x80-\\U0010ffff"

# The order counts: what stands first is tried first.
_TOKEN: Final = re.compile(
    rf"""
    (?P<space>[ \t\n\r\f\v]+ | --[^\n\r]*)
  | (?P<comment>/\*)
  | (?P<escaping>[eE]')
  | (?P<string>')
  | (?P<name>")
  | (?P<dollar>\$(?:[{_LETTER}][0-9{_LETTER}]*)?\$)
  | (?P<parameter>\$[0-9])
  | (?P<number>[0-9][0-9.{_LETTER}]*['$])
  | (?P<word>[{_LETTER}][0-9${_LETTER}]* | [0-9][0-9.{_LETTER}]*)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_BLOCK: Final = re.compile(r"/\*|\*/")

# Possessive (`*+`): what was taken is never given back, or half of a doubled quote would pass for the end.
_STANDARD: Final = re.compile(r"(?:[^']|'')*+'")
_ESCAPED: Final = re.compile(r"(?:[^'\\]|''|\\.)*+'", re.DOTALL)
_QUOTED: Final = re.compile(r'(?:[^"]|"")*+"')
_UNFIT: Final = re.compile("[\\x00\\ud800-\\udfff]")

# Between two parts of one string there is white space with a line's end in it; the second part is read as the first.
_CONTINUED: Final = re.compile(r"(?:[ \t\f\v]|--[^\n\r]*+)*+[\n\r](?:[ \t\n\r\f\v]|--[^\n\r]*+[\n\r])*+'")

# What SQLAlchemy itself replaces in a statement's text when it is sent (`sqlalchemy/sql/compiler.py`).
_PLACEHOLDER: Final = re.compile(r"__\[(?:POSTCOMPILE|SCHEMA)_")


def enclosed(text: str) -> str:
    """Return the expression between parentheses; on lines of its own, for it may end with a line comment."""
    return f"(\n{text}\n)"


def check_expression(text: str) -> None:
    """Refuse a text that is not one expression, as far as its words, quotes and parentheses tell.

    Raises:
        InvalidFilter: code "filter.raw"; facts reason (one of `REASONS`) and position (the first character is 1).
    """
    if found := _UNFIT.search(text):
        raise _refused("characters", found.start())
    if found := _PLACEHOLDER.search(text):
        raise _refused("placeholder", found.start())
    opened: list[int] = []
    tokens = list(_tokens(text))
    for kind, at in tokens:
        if kind == ";":
            raise _refused("semicolon", at)
        if kind == "(":
            opened.append(at)
        elif kind == ")":
            if not opened:
                raise _refused("unopened", at)
            opened.pop()
    if opened:
        raise _refused("unclosed", opened[-1])
    if not tokens:
        raise _refused("empty", 0)


def words_of(text: str) -> Iterator[tuple[str, str]]:
    """Walk through the words of a text of SQL that count: what each is, and of words and names its text.

    Kinds: "word" (in lower case, as PostgreSQL reads it), "name" (quoted; without its quotes), "string", "escaping" and
    "dollar" (strings), or the character itself.

    Raises:
        InvalidFilter: the text can't be read so; reasons "quote", "comment", "parameter" and "number".
    """
    for kind, at in _tokens(text):
        word = ""
        if kind == "word" and (token := _TOKEN.match(text, at)):
            word = token.group().lower()
        elif kind == "name" and (token := _QUOTED.match(text, at + 1)):
            word = token.group()[:-1].replace('""', '"')
        yield kind, word


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    """Walk through the words that count: what they are ("(", ")", ";" or anything else) and where they stand."""
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        assert token is not None  # the last alternative takes any character
        kind, end = token.lastgroup or "", token.end()
        if kind in {"parameter", "number"}:
            raise _refused(kind, at)
        if kind == "comment":
            end = _after_comment(text, at)
        elif kind == "dollar":
            end = text.find(token.group(), end) + len(token.group())
            if end < token.end():
                raise _refused("quote", at)
        elif kind == "name":
            end = _after(_QUOTED, text, end, at)
        elif kind in {"string", "escaping"}:
            end = _after_string(text, end, at, is_escaping=kind == "escaping")
        if kind not in {"space", "comment"}:
            yield token.group() if kind == "other" else kind, at
        at = end


def _after_string(text: str, inside: int, start: int, *, is_escaping: bool) -> int:
    pattern = _ESCAPED if is_escaping else _STANDARD
    end = _after(pattern, text, inside, start)
    while continued := _CONTINUED.match(text, end):
        end = _after(pattern, text, continued.end(), start)
    return end


def _after(pattern: re.Pattern[str], text: str, inside: int, start: int) -> int:
    found = pattern.match(text, inside)
    if found is None:
        raise _refused("quote", start)
    return found.end()


def _after_comment(text: str, start: int) -> int:
    """Return where a block comment ends; comments may hold comments."""
    depth = 0
    for mark in _BLOCK.finditer(text, start):
        depth += 1 if mark.group() == "/*" else -1
        if depth == 0:
            return mark.end()
    raise _refused("comment", start)


def _refused(reason: str, at: int) -> InvalidFilter:
    return InvalidFilter("filter.raw", reason=reason, position=at + 1)
