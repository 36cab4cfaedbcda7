"""Lines that the server made - documents, values of an INSERT - as a file has them: what stands between and around."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from psycopg import sql

from nexus_studio.core.data.transfer import FileFormat
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Column, Generated

_ROWS_PER_INSERT: Final = 100
_HEADER: Final = 19  # octets before the first row of a binary COPY (manual, COPY, "File Header")
_TRAILER: Final = b"\xff\xff"
_FRAME: Final = 6  # octets before the one value of a row: the number of values, its length

Taking = Callable[[Sequence[bytes]], None]
Write = Callable[[bytes], None]


class Lines:
    """Takes lines and writes them. `end` once, also where there was no line."""

    def __init__(self, write: Write) -> None:
        self._write = write

    def take(self, lines: Sequence[bytes]) -> None:
        """Write lines."""
        raise NotImplementedError

    def end(self) -> None:
        """Write what follows the last one."""


def lines_of(form: FileFormat, relation: RelationName, columns: Sequence[Column], write: Write) -> Lines:
    """Return the writer of a format of lines."""
    if form is FileFormat.SQL:
        return _Values(relation, columns, write)
    return _Documents(write) if form is FileFormat.JSON else _DocumentLines(write)


def unframed(take: Taking) -> Taking:
    """Return what takes the messages of a binary COPY of one column and hands on the values alone."""
    begun = [False]

    def taken(messages: Sequence[bytes]) -> None:
        found = list(messages)
        if not begun[0] and found:
            begun[0] = True
            found[0] = found[0][_HEADER:]
        take([each[_FRAME:] for each in found if each and each != _TRAILER])

    return taken


class _DocumentLines(Lines):
    """JSON Lines: one object a line."""

    def take(self, lines: Sequence[bytes]) -> None:
        if lines:
            self._write(b"\n".join((*lines, b"")))


class _Documents(Lines):
    """A JSON array with one object a line."""

    def __init__(self, write: Write) -> None:
        super().__init__(write)
        self._between = b"[\n"

    def take(self, lines: Sequence[bytes]) -> None:
        if lines:
            self._write(self._between + b",\n".join(lines))
            self._between = b",\n"

    def end(self) -> None:
        self._write(b"[]\n" if self._between == b"[\n" else b"\n]\n")


class _Values(Lines):
    """INSERT statements of a hundred rows."""

    def __init__(self, relation: RelationName, columns: Sequence[Column], write: Write) -> None:
        super().__init__(write)
        names = sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)
        is_always = any(column.generated is Generated.IDENTITY_ALWAYS for column in columns)
        head = sql.SQL("INSERT INTO {} ({}){} VALUES\n  ").format(
            sql.Identifier(relation.schema, relation.name),
            names,
            sql.SQL(" OVERRIDING SYSTEM VALUE" if is_always else ""),
        )
        self._head = head.as_bytes(None)
        self._waiting: list[bytes] = []

    def take(self, lines: Sequence[bytes]) -> None:
        self._waiting += lines
        whole = len(self._waiting) - len(self._waiting) % _ROWS_PER_INSERT
        for at in range(0, whole, _ROWS_PER_INSERT):
            self._statement(self._waiting[at : at + _ROWS_PER_INSERT])
        self._waiting = self._waiting[whole:]

    def end(self) -> None:
        if self._waiting:
            self._statement(self._waiting)
        self._waiting = []

    def _statement(self, rows: Sequence[bytes]) -> None:
        self._write(self._head + b",\n  ".join(rows) + b";\n")
