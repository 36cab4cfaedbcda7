"""Scripts of SQL cut into statements, as psql cuts them: by semicolons outside of strings, names and comments. Pure.

It reads words as PostgreSQL does (manual, section 4.1 "Lexical Structure"), with `standard_conforming_strings` on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_LETTER: Final = "A-Za-z_\\x80-\\U0010ffff"
_TOKEN: Final = re.compile(
    rf"""
    (?P<space>\s+ | --[^\n\r]*)
  | (?P<comment>/\*)
  | (?P<escaping>[eE]'(?:[^'\\]|''|\\.)*+(?:'|\Z))
  | (?P<string>'(?:[^']|'')*+(?:'|\Z))
  | (?P<name>"(?:[^"]|"")*+(?:"|\Z))
  | (?P<dollar>\$(?:[{_LETTER}][0-9{_LETTER}]*)?\$)
  | (?P<word>[{_LETTER}][0-9${_LETTER}]*)
  | (?P<meta>\\)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_BLOCK: Final = re.compile(r"/\*|\*/")
_DATA_END: Final = re.compile(r"^\\\.[ \t\r]*$", re.MULTILINE)
_NOTHING: Final = re.compile(r"[\s;]*(?:--.*)?\Z", re.DOTALL)
_ROUTINES: Final = frozenset({"function", "procedure"})

TRANSACTION_WORDS: Final = frozenset({"begin", "start", "commit", "end", "rollback", "abort", "prepare"})
"""First words of statements that begin or end a transaction; see `ends_transaction`."""


class ScriptFault(Exception):
    """A line can't be run. `line` is its number, from 1."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class MetaCommand(ScriptFault):
    r"""A line is meant for psql alone (`\i`, `\set`)."""


class BehindCopy(ScriptFault):
    """Something stands behind a COPY … FROM STDIN, on the line above its rows."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement without its semicolon. `line` is where its first word stands, from 1.

    `words` are its first words in lower case; `data` is what follows a COPY … FROM STDIN up to its end mark.
    """

    text: str
    line: int
    words: tuple[str, ...] = ()
    data: str | None = None

    @property
    def ends_transaction(self) -> bool:
        """Whether it begins or ends a transaction. Savepoints do not, nor does ROLLBACK TO one."""
        first, rest = (self.words[0] if self.words else ""), self.words[1:]
        if first == "prepare":
            return rest[:1] == ("transaction",)
        if first in {"rollback", "abort"}:
            return "to" not in rest[:2]
        if first == "start":
            return rest[:1] == ("transaction",)
        return first in TRANSACTION_WORDS


def statements_of(script: str) -> Iterator[Statement]:
    """Cut a script into its statements; comments alone are none.

    The body of a function written BEGIN ATOMIC … END is kept whole.

    Raises:
        MetaCommand: at a line for psql.
        BehindCopy: at a COPY whose line goes on.
    """
    place = 0
    while place < len(script):
        reader = _Reader(script, place)
        end = reader.read()
        place = end + 1
        if reader.first is None:
            continue
        line = script.count("\n", 0, reader.first) + 1
        data = None
        if reader.is_copy:
            data, place = _inline_data(script, place)
        yield Statement(script[reader.first : end].rstrip(), line, tuple(reader.words), data)


_WORDS_KEPT: Final = 6


class _Reader:
    """Reads one statement from a place on. `first` is where it begins, None when there is none."""

    def __init__(self, script: str, place: int) -> None:
        self.words: list[str] = []
        self.first: int | None = None
        self.is_copy = False
        self._script = script
        self._place = place
        self._depth = 0  # of parentheses
        self._bodies = 0  # BEGIN ATOMIC, and CASE inside of one: END closes both
        self._last = ""  # the word just before, where nothing but space is between

    def read(self) -> int:
        """Return where it ends: at its semicolon, or at the script's end.

        Raises:
            MetaCommand: it begins with a backslash.
        """
        while self._place < len(self._script):
            match = _TOKEN.match(self._script, self._place)
            if match is None:  # the last alternative takes anything
                break
            kind, self._place = match.lastgroup or "", match.end()
            if kind == "comment":
                self._place = _comment_end(self._script, self._place)
            elif kind != "space" and self._is_end(kind, match):
                return match.start()
        return len(self._script)

    def _is_end(self, kind: str, match: re.Match[str]) -> bool:
        if kind == "meta" and self.first is None:
            raise MetaCommand(self._script.count("\n", 0, match.start()) + 1)
        text = match.group()
        if text == ";" and not self._depth and not self._bodies:
            return True
        if self.first is None:
            self.first = match.start()
        if kind == "word":
            self._take(text.lower())
            return False
        self._last = ""
        if kind == "dollar":
            self._place = _dollar_end(self._script, self._place, text)
        elif kind == "other":
            self._depth = max(0, self._depth + (text in "([") - (text in ")]"))
        return False

    def _take(self, word: str) -> None:
        if len(self.words) < _WORDS_KEPT:
            self.words.append(word)
        if not self._depth and self._makes_routine:
            if (word == "atomic" and self._last == "begin") or (self._bodies and word == "case"):
                self._bodies += 1
            elif self._bodies and word == "end":
                self._bodies -= 1
        starts_data = word == "stdin" and self._last == "from" and self.words[0] == "copy" and not self._depth
        self.is_copy = self.is_copy or starts_data
        self._last = word

    @property
    def _makes_routine(self) -> bool:
        """Whether it is a CREATE FUNCTION or PROCEDURE: elsewhere "begin" and "atomic" are names like any other."""
        rest = self.words[3:] if self.words[1:3] == ["or", "replace"] else self.words[1:]
        return self.words[0] == "create" and bool(rest) and rest[0] in _ROUTINES


def _comment_end(script: str, place: int) -> int:
    depth = 1
    for match in _BLOCK.finditer(script, place):
        depth += 1 if match.group() == "/*" else -1
        if not depth:
            return match.end()
    return len(script)


def _dollar_end(script: str, place: int, tag: str) -> int:
    end = script.find(tag, place)
    return len(script) if end < 0 else end + len(tag)


def _inline_data(script: str, place: int) -> tuple[str, int]:
    r"""Return the lines after a COPY up to `\.`, and where the next statement may begin.

    Raises:
        BehindCopy: its own line goes on with more than a comment.
    """
    begin = script.find("\n", place)
    rest = script[place:] if begin < 0 else script[place:begin]
    if not _NOTHING.match(rest):
        raise BehindCopy(script.count("\n", 0, place) + 1)
    if begin < 0:
        return "", len(script)
    match = _DATA_END.search(script, begin + 1)
    if match is None:
        return script[begin + 1 :], len(script)
    return script[begin + 1 : match.start()], match.end()
