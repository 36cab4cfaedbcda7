"""What of a plain dump is run, what is left out, what is refused: no restore may reach beyond the database it is given.

A dump that begins with DROP DATABASE and goes to another (`pg_dump --create --clean`) is run without that; one that
runs programs, or is of several databases, is not run.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from nexus_studio.core.admin.plaindump import Piece, PieceKind, is_copy_in, words_of

_LEFT_OUT: Final = b""

# psql's commands that a dump is run without: they say what is said otherwise.
_HARMLESS: Final = frozenset({b"\\restrict", b"\\unrestrict", b"\\encoding"})
_CONNECTS: Final = frozenset({b"\\connect", b"\\c"})

_CLUSTER: Final = frozenset({b"role", b"user", b"group", b"tablespace", b"system"})
_MAKES: Final = frozenset({b"create", b"alter", b"drop"})
_ENDS_WORK: Final = frozenset({b"begin", b"start", b"commit", b"end"})
_UNDOES_WORK: Final = frozenset({b"rollback", b"abort", b"savepoint", b"release"})

# Settings that pg_dump writes whatever the server, and the major version that knows them first.
_SETTINGS: Final = {b"transaction_timeout": 17, b"idle_session_timeout": 14}

_FIRST_WORD: Final = re.compile(rb"[A-Za-z]+")
_USUAL: Final = frozenset({b"insert", b"update", b"delete"})
_PUBLIC: Final = re.compile(rb"CREATE\s+SCHEMA\s+(?:IF\s+NOT\s+EXISTS\s+)?public\s*;", re.IGNORECASE)
_IDENTIFIER: Final = r'(?:[A-Za-z_\x80-\xff][\w$\x80-\xff]*|"(?:[^"]|"")+")'
_EXTENSION: Final = re.compile(
    rf"(?:(?P<creates>CREATE\s+EXTENSION\s+(?:IF\s+NOT\s+EXISTS\s+)?)|COMMENT\s+ON\s+EXTENSION\s+)(?P<name>{_IDENTIFIER})".encode(
        "latin-1"
    ),
    re.IGNORECASE,
)
_STRINGS: Final = b"standard_conforming_strings"
_SET: Final = re.compile(rb"SET\s+(?:SESSION\s+|LOCAL\s+)?(?P<name>\w+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PlainOptions:
    """How a plain dump is run. `server_version` is a major version, 0: whatever.

    `is_atomic`: all of it is one transaction, so what begins and ends others is left out.
    """

    server_version: int = 0
    owners: bool = True
    privileges: bool = True
    skips_extensions: Collection[str] = field(default_factory=frozenset)
    is_atomic: bool = True
    tablespaces: bool = True


class Refused(ValueError):
    """The dump is not run. The argument is a warning's code (`archives.REFUSED`), `named` what it was."""

    def __init__(self, code: str, named: str) -> None:
        super().__init__(code)
        self.code = code
        self.named = named


class Judge:
    """Judges the pieces of one dump in their order; `warnings` are the codes of what was left out."""

    def __init__(self, options: PlainOptions) -> None:
        self.warnings: dict[str, None] = {}
        self._options = options
        self._connects = 0
        self._has_made = False  # until then a dump made with --clean drops what is not there

    def judged(self, piece: Piece) -> bytes:
        """Return what of a piece is run, b"" for nothing.

        Raises:
            Refused: the dump must not be run.
        """
        if piece.kind is PieceKind.ROWS:
            return piece.text
        if piece.kind is PieceKind.COMMAND:
            return self._command(piece.body)
        if piece.kind is PieceKind.REST:
            return _LEFT_OUT
        return self._statement(piece.body)

    def _command(self, line: bytes) -> bytes:
        name = line.split()[0]
        if name in _CONNECTS:
            self._connects += 1
            if self._connects > 1:
                raise Refused("archive.several_databases", "\\connect")
            self._warn("archive.connects")
        elif name not in _HARMLESS:
            raise Refused("archive.commands", name.decode("ascii", "replace")[:20])
        return _LEFT_OUT

    def _statement(self, body: bytes) -> bytes:
        first = _FIRST_WORD.match(body)
        if first is not None and first.group().lower() in _USUAL:
            return body
        words = words_of(body)
        head, second = (*words, b"", b"")[:2]
        self._refuse(body, words)
        if self._is_of_a_database(words, head, second):
            self._warn("archive.drops_database")
            return _LEFT_OUT
        if self._is_needless(body, words, head, second):
            return _LEFT_OUT
        if head in {b"create", b"copy"}:
            self._has_made = True
        return b"CREATE SCHEMA IF NOT EXISTS public;" if _PUBLIC.fullmatch(body) else body

    def _refuse(self, body: bytes, words: list[bytes]) -> None:
        head, second, third = (*words, b"", b"", b"")[:3]
        named = b" ".join((head, second)).upper().decode("ascii", "replace").strip()[:40]
        if head in _MAKES and second in _CLUSTER and third != b"mapping":
            raise Refused("archive.cluster", named)
        if head in _UNDOES_WORK or (head, second) == (b"prepare", b"transaction"):
            raise Refused("archive.commands", named)
        if head == b"copy" and not is_copy_in(body):  # programs and files of the server's; rows that go out
            raise Refused("archive.commands", "COPY PROGRAM" if b"program" in words else "COPY")
        if head != b"set" and head not in _MAKES and head != b"comment" and _STRINGS in body:
            raise Refused("archive.commands", _STRINGS.decode())

    @staticmethod
    def _is_of_a_database(words: list[bytes], head: bytes, second: bytes) -> bool:
        if head in _MAKES and second == b"database":
            return True
        return head in {b"comment", b"security", b"grant", b"revoke"} and (b"on", b"database") in itertools.pairwise(
            words
        )

    def _is_needless(self, body: bytes, words: list[bytes], head: bytes, second: bytes) -> bool:
        options = self._options
        if head in _ENDS_WORK:
            return options.is_atomic
        if head == b"set":
            return self._is_needless_setting(body, second)
        if head in {b"grant", b"revoke"} or words[:3] == [b"alter", b"default", b"privileges"]:
            return not options.privileges
        if head == b"alter" and (b"owner", b"to") in itertools.pairwise(words):
            return not options.owners
        if found := _EXTENSION.match(body):
            name = unquoted(found["name"].decode("utf-8", "replace"))
            return name in options.skips_extensions or (not found["creates"] and name == "plpgsql")
        is_clearing = head == b"drop" or (head == b"alter" and b"drop" in words) or b"lo_unlink" in words
        return is_clearing and not self._has_made

    def _is_needless_setting(self, body: bytes, second: bytes) -> bool:
        if second in {b"session", b"role"} and b"=" not in body:
            return not self._options.owners
        if second == b"default_tablespace":
            return not self._options.tablespaces
        found = _SET.match(body)
        since = _SETTINGS.get(found["name"].lower(), 0) if found else 0
        return 0 < self._options.server_version < since

    def _warn(self, code: str) -> None:
        self.warnings[code] = None


def unquoted(identifier: str) -> str:
    """Return the name that an identifier in SQL means."""
    if identifier.startswith('"'):
        return identifier[1:-1].replace('""', '"')
    return identifier.lower()
