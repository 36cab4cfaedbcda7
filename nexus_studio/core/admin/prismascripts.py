"""SQL scripts cut into statements, knowing strings, E'' strings, dollar quotes, quoted names, nested comments. Pure.

Whether Prisma sends the statements of a script one by one is in `prismaparsing.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST_WORDS = 2000
"""Words that are kept of one statement: what comes later (rows) says nothing of its kind."""

_LETTER = "A-Za-z_\u0080-\U0010ffff"
# One token at a place, white space and comments among them; what is opened and never closed runs to the end.
_TOKEN = re.compile(
    rf"""
      (?P<space>[\s\ufeff]+|--[^\n]*)
    | (?P<comment>/\*)
    | (?P<escaped>[eE]'(?:[^'\\]|\\.|'')*+(?:'|\Z))
    | (?P<string>(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*+(?:'|\Z))
    | (?P<quoted>(?:[uU]&)?"(?:[^"]|"")*+(?:"|\Z))
    | (?P<dollar>\$(?P<tag>(?:[{_LETTER}][\w\u0080-\U0010ffff]*)?)\$)
    | (?P<word>[{_LETTER}][\w$\u0080-\U0010ffff]*)
    | (?P<number>\d[\w.]*)
    | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT = re.compile(r"/\*|\*/")


@dataclass(frozen=True, slots=True)
class Piece:
    """One statement of a script. `start` is where its text begins in the script, in characters.

    `sql` is its text as it stands there, with the comments before it, without the semicolon. `words` are its keywords
    and names in upper case (quoted ones are "Q") and each sign, at most MOST_WORDS of them: strings are "S", numbers
    "N", and comments are left out.
    """

    sql: str
    start: int
    words: tuple[str, ...]

    @property
    def text(self) -> str:
        """Its words with a space behind each."""
        return " ".join(self.words) + " "


def cut(script: str) -> tuple[Piece, ...]:
    """Return the statements of a script, in their order; comments alone are none.

    A semicolon between parentheses, or inside BEGIN ATOMIC … END, is part of its statement, as for psql.
    """
    pieces: list[Piece] = []
    words: list[str] = []
    start, depth, atomic = 0, 0, 0
    for word, at, end in _tokens(script):
        if word == ";" and not depth and not atomic:
            if words:
                pieces.append(Piece(script[start:at], start, tuple(words)))
            start, words, depth = end, [], 0
            continue
        depth = max(0, depth + (word == "(") - (word == ")"))
        atomic = _atomic(atomic, words, word)
        if len(words) < MOST_WORDS:
            words.append(word)
    if words:
        pieces.append(Piece(script[start:], start, tuple(words)))
    return tuple(pieces)


def _atomic(depth: int, words: list[str], word: str) -> int:
    """Count how deep the text is in BEGIN ATOMIC … END; CASE has an END of its own."""
    if not depth:
        return int(word == "ATOMIC" and words[-1:] == ["BEGIN"])
    return depth + (word == "CASE") - (word == "END")


def _tokens(script: str) -> Iterator[tuple[str, int, int]]:
    """Yield word, beginning and end of what is neither white space nor a comment."""
    at, length, match = 0, len(script), _TOKEN.match
    while at < length:
        found = match(script, at)
        if found is None:  # never: one of the alternatives takes any sign
            return
        kind, end = found.lastgroup, found.end()
        if kind == "comment":
            end = _after_comment(script, at)
        elif kind == "dollar":
            closing = script.find(found.group(), end)
            end = length if closing < 0 else closing + len(found.group())
            yield "S", at, end
        elif kind == "word":
            yield found.group().upper(), at, end
        elif kind != "space":
            yield _SHOWN.get(kind or "", found.group()), at, end
        at = end


_SHOWN = {"escaped": "S", "string": "S", "quoted": "Q", "number": "N"}


def _after_comment(script: str, at: int) -> int:
    depth = 0
    for found in _COMMENT.finditer(script, at):
        depth += 1 if found.group() == "/*" else -1
        if not depth:
            return found.end()
    return len(script)


def piece_at(pieces: tuple[Piece, ...], position: int) -> int | None:
    """Return the number, from 1, of the statement that a place in the script is in; None where there is none.

    Args:
        pieces: Of the script.
        position: In characters, from 1, as the server counts.
    """
    number = sum(1 for each in pieces if each.start < position)
    return number or None
