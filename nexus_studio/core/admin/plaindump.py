"""SQL text of a dump cut into pieces as psql cuts it: statements, commands of psql, rows of COPY. Nothing is judged.

The rules are those of psql's own scanner (PostgreSQL's psqlscan.l) and of its reading of COPY data (copy.c). The memory
that is used does not depend on the size of the dump, but for single statements.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final


class PieceKind(Enum):
    """What a piece of a dump is."""

    STATEMENT = "statement"
    """SQL up to and with its semicolon, and the comments and space before it."""

    COMMAND = "command"
    """A command of psql: a line that begins with a backslash."""

    ROWS = "rows"
    """A part of the data of a COPY; the last part ends with the line that ends it."""

    REST = "rest"
    """What stands behind the last statement: comments and space."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece, its bytes as they are. `begins` is where in them a statement begins, behind comments and space."""

    kind: PieceKind
    text: bytes
    begins: int = 0

    @property
    def body(self) -> bytes:
        """The statement without what stands before it."""
        return self.text[self.begins :]


class Unreadable(ValueError):
    """The text can't be cut. The first argument says why.

    "open": a string, a comment or rows that never end; "command": a command of psql within a statement, which is the
    second argument; "long": a statement that is longer than any; "line": something behind a COPY in its line.
    """


LONGEST_STATEMENT: Final = 1 << 30
"""Bytes of a statement: the server takes none that is longer."""

_SPACE: Final = re.compile(rb"(?:[\s\0]++|--[^\n]*+(?:\n|\Z))*+")
# The usual statement at one go: words, numbers, strings without backslashes, quoted names.
_USUAL: Final = re.compile(rb"""(?:[^'"$;\\/\-]++|(?<![Ee])'[^'\\]*+'|"[^"]*+"|-(?!-)|/(?!\*))*+;""")
_TOKEN: Final = re.compile(
    rb"""(?P<comment>--[^\n]*+) | (?P<block>/\*) | (?P<escaped>[eE]') | (?P<string>[uU]&'|') | (?P<quoted>")
       | (?P<dollar>\$(?:[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*+)?\$)
       | (?P<word>[A-Za-z_\x80-\xff][A-Za-z0-9_$\x80-\xff]*+) | (?P<number>[0-9][A-Za-z0-9_$.]*+)
       | (?P<mark>[;()\\])""",
    re.VERBOSE,
)
_STRING_END: Final = re.compile(rb"[^']*+'")
_ESCAPED_END: Final = re.compile(rb"(?:[^'\\]++|\\.|'')*+'(?!')", re.DOTALL)
_QUOTED_END: Final = re.compile(rb'[^"]*+"')
_BLOCK: Final = re.compile(rb"/\*|\*/")
_COPY: Final = re.compile(rb"COPY\b", re.IGNORECASE)
_COPY_QUERY: Final = re.compile(rb"COPY(?:\s|--[^\n]*\n|/\*.*?\*/)*\(", re.IGNORECASE | re.DOTALL)
_CREATE: Final = re.compile(rb"CREATE\b", re.IGNORECASE)
_STRINGS: Final = re.compile(
    rb"SET\s+(?:SESSION\s+|LOCAL\s+)?standard_conforming_strings\s*(?:=|TO)\s*'?(?P<on>\w+)'?\s*;", re.IGNORECASE
)
_ROWS_ENDS: Final = (b"\\.\n", b"\\.\r\n")
_LONGEST_REST: Final = 1 << 16
"""Bytes of space behind a COPY in its line: psql passes them over, and no dump has any."""

_LONGEST_COMMAND: Final = 20

_LONGEST_END: Final = len(b"\n\\.\r\n")


def pieces(chunks: Iterable[bytes]) -> Iterator[Piece]:
    """Cut a dump.

    Args:
        chunks: Its bytes, of any sizes.

    Raises:
        Unreadable: also after pieces were given: what was cut so far is right.
    """
    yield from _Cutter(chunks).run()


def is_copy_in(statement: bytes) -> bool:
    """Tell whether a statement is a COPY whose rows follow it."""
    if not _COPY.match(statement) or _COPY_QUERY.match(statement):
        return False
    words = _words(statement)  # the first FROM is COPY's own: behind it there may be conditions
    return next((then for word, then in itertools.pairwise(words) if word == b"from"), b"") == b"stdin"


def words_of(statement: bytes) -> list[bytes]:
    """Return the words of a statement in lower case, without what is quoted, in strings and in comments."""
    return _words(statement)


class _Cutter:
    """Cuts what it reads into a buffer, from `_at` on: a new buffer for each piece would cost more than the cutting."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._buffer = b""
        self._at = 0
        self._is_over = False
        self._escapes = False  # standard_conforming_strings is off

    def run(self) -> Iterator[Piece]:
        while (piece := self._next()) is not None:
            yield piece
            if piece.kind is PieceKind.STATEMENT:
                body = piece.body
                if found := _STRINGS.match(body):
                    self._escapes = found["on"].lower() in {b"off", b"false", b"0", b"no"}
                if is_copy_in(body):
                    yield from self._rows()
        if self._at < len(self._buffer):
            yield Piece(PieceKind.REST, self._buffer[self._at :])

    def _more(self) -> bool:
        """Read on, at least as much as there is: what is looked at again and again must not grow slowly."""
        parts = [self._buffer[self._at :]]
        wanted = max(len(parts[0]), 1)
        while wanted > 0:
            chunk = next(self._chunks, None)
            if chunk is None:
                self._is_over = True
                break
            wanted -= len(chunk)
            parts.append(chunk)
        self._buffer, self._at = b"".join(parts), 0
        return len(parts) > 1

    def _taken(self, ends: int) -> bytes:
        taken = self._buffer[self._at : ends]
        self._at = ends
        return taken

    def _next(self) -> Piece | None:
        """Cut the next statement or command; None: only space and comments are left."""
        while True:
            begins = _space_end(self._buffer, self._at)
            if begins is not None and begins < len(self._buffer):
                kind = PieceKind.COMMAND if self._buffer.startswith(b"\\", begins) else PieceKind.STATEMENT
                ends = self._line_end(begins) if kind is PieceKind.COMMAND else self._statement_end(begins)
                if ends:
                    begins -= self._at
                    return Piece(kind, self._taken(ends), begins)
            if self._is_over:
                if begins is None or begins < len(self._buffer):
                    raise Unreadable("open")
                return None
            if len(self._buffer) - self._at > LONGEST_STATEMENT:
                raise Unreadable("long")
            self._more()

    def _line_end(self, begins: int) -> int:
        return self._buffer.find(b"\n", begins) + 1 or (len(self._buffer) if self._is_over else 0)

    def _statement_end(self, begins: int) -> int:
        """Return where a statement ends, 0 where more of it has to be read."""
        buffer = self._buffer
        if not self._escapes and not _CREATE.match(buffer, begins) and (usual := _USUAL.match(buffer, begins)):
            return usual.end()
        return _end_of(buffer, begins, escapes=self._escapes, is_over=self._is_over)

    def _rows(self) -> Iterator[Piece]:
        r"""Give the rows of a COPY: they begin with the line after its own and end with the line of `\\.`."""
        while self._buffer.find(b"\n", self._at) < 0 and len(self._buffer) - self._at < _LONGEST_REST and self._more():
            pass
        ends = self._buffer.find(b"\n", self._at) + 1 or len(self._buffer)
        line = self._taken(ends)
        if line.strip() or (not line.endswith(b"\n") and not self._is_over):
            raise Unreadable("line")
        yield Piece(PieceKind.ROWS, line)
        is_line_begin = True
        while True:
            if found := _rows_end(self._buffer, self._at, is_line_begin=is_line_begin):
                yield Piece(PieceKind.ROWS, self._taken(found))
                return
            if len(self._buffer) - self._at > _LONGEST_END:
                rows = self._taken(len(self._buffer) - _LONGEST_END)
                is_line_begin = rows.endswith(b"\n")
                yield Piece(PieceKind.ROWS, rows)
            if not self._more():
                raise Unreadable("open")


def _rows_end(buffer: bytes, at: int, *, is_line_begin: bool) -> int:
    """Return where rows end, behind the line that ends them; 0 where they do not."""
    for mark in _ROWS_ENDS:
        if is_line_begin and buffer.startswith(mark, at):
            return at + len(mark)
    if buffer.find(b"\\", at) < 0:  # much quicker than to look for more than one letter, where there is none
        return 0
    while (at := buffer.find(b"\n\\.", at) + 1) > 0:
        for mark in _ROWS_ENDS:
            if buffer.startswith(mark, at):
                return at + len(mark)
    return 0


def _space_end(buffer: bytes, at: int) -> int | None:
    """Return where space and comments end; None where a comment is open."""
    while True:
        found = _SPACE.match(buffer, at)
        at = found.end() if found else at
        if not buffer.startswith(b"/*", at):
            return at
        ends = _block_end(buffer, at)
        if not ends:
            return None
        at = ends


def _block_end(buffer: bytes, at: int) -> int:
    """Return where a comment ends that may hold others; 0 where it does not."""
    depth = 0
    for found in _BLOCK.finditer(buffer, at):
        depth += 1 if found.group() == b"/*" else -1
        if depth == 0:
            return found.end()
    return 0


def _end_of(buffer: bytes, begins: int, *, escapes: bool, is_over: bool) -> int:
    """Return where a statement ends, by its tokens; 0 where more of it has to be read.

    Raises:
        Unreadable: "command".
    """
    at, parens, blocks, words = begins, 0, 0, list[bytes]()
    while found := _TOKEN.search(buffer, at):
        if found.end() == len(buffer) and not is_over:
            return 0  # it may go on
        kind, at = found.lastgroup, found.end()
        if kind == "word":
            words.append(found.group().lower())
            blocks = _nested(words, blocks) if not parens else blocks
        elif kind == "mark":
            mark = found.group()
            if mark == b"\\":
                raise Unreadable("command", _command_at(buffer, found.start()))
            parens = max(parens + {b"(": 1, b")": -1}.get(mark, 0), 0)
            if mark == b";" and not parens and not blocks:
                return at
        elif kind not in {"number", "comment"}:
            at = _closed(buffer, found, escapes=escapes)
            if not at or (at == len(buffer) and not is_over):
                return 0
    return 0


def _command_at(buffer: bytes, at: int) -> str:
    return buffer[at : at + _LONGEST_COMMAND].split()[0].decode("ascii", "replace")


def _closed(buffer: bytes, opened: re.Match[bytes], *, escapes: bool) -> int:
    """Return where a string, a quoted name, a block comment ends; 0 where it does not."""
    at = opened.end()
    if opened.lastgroup == "block":
        return _block_end(buffer, opened.start())
    if opened.lastgroup == "dollar":
        ends = buffer.find(opened.group(), at)
        return ends + len(opened.group()) if ends >= 0 else 0
    if opened.lastgroup == "quoted":
        found = _QUOTED_END.match(buffer, at)
    elif opened.lastgroup == "escaped" or (escapes and opened.group() == b"'"):
        found = _ESCAPED_END.match(buffer, at)
    else:
        found = _STRING_END.match(buffer, at)
    return found.end() if found else 0


def _nested(words: list[bytes], blocks: int) -> int:
    """Follow the bodies of SQL functions (BEGIN ATOMIC … END), as psql does: a semicolon in one ends nothing."""
    head = words[:4]
    kind = head[3:4] if head[1:3] == [b"or", b"replace"] else head[1:2]
    if head[:1] != [b"create"] or kind not in ([b"function"], [b"procedure"]):
        return blocks
    if words[-1] == b"begin":
        return blocks + 1
    if words[-1] == b"case":
        return blocks + 1 if blocks else 0
    return max(blocks - 1, 0) if words[-1] == b"end" else blocks


def _words(statement: bytes) -> list[bytes]:
    """Return the words of a whole statement in lower case, without strings, names in quotes, comments."""
    at, words = 0, list[bytes]()
    while found := _TOKEN.search(statement, at):
        at = found.end()
        if found.lastgroup == "word":
            words.append(found.group().lower())
        elif found.lastgroup not in {"number", "comment", "mark"}:
            at = _closed(statement, found, escapes=False) or len(statement)
    return words
