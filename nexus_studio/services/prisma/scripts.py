"""Running one script as Prisma does: whole in one query, or statement by statement, on the connection of its ledger."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Final

import psycopg
from psycopg.pq import DiagnosticField, ExecStatus, TransactionStatus

from nexus_studio.core.admin import prismatexts as texts
from nexus_studio.core.admin.migrations import Statement
from nexus_studio.core.admin.prisma import PrismaVersion, script_text
from nexus_studio.core.admin.prismaparsing import unread
from nexus_studio.core.admin.prismascripts import Piece, cut, piece_at
from nexus_studio.core.errors import ServerReport, StudioError
from nexus_studio.services.dberrors import said_where, translated

_CRATE: Final = "sqloxide"  # Python's binding of the crate that Prisma asks
_LONGEST: Final = 200_000  # characters of a script that the crate is asked about: a tree of a larger one takes long
_MOST_ASKED: Final = 500  # statements whose syntax is asked about, each by itself
_SYNTAX: Final = b"42601"
_ROWS: Final = frozenset(["INSERT", "UPDATE", "DELETE"])
_QUERIES: Final = _ROWS | frozenset(["SELECT", "WITH", "VALUES", "MERGE", "("])
_NUL = ServerReport(sqlstate="08P01", message="invalid message format")

Told = Callable[[Statement, int | None, ServerReport | None], None]
"""Hears each statement: with None and None when it begins, with its milliseconds when it is done, or its error."""


@dataclass(frozen=True, slots=True)
class Script:
    """A script and how it is sent. `pieces` are its statements, `is_split` whether each is a query of its own."""

    text: str
    pieces: tuple[Piece, ...]
    is_split: bool

    @classmethod
    def of(cls, raw: bytes, version: PrismaVersion) -> Script:
        """Read a script for a version of Prisma."""
        text = script_text(raw)
        pieces = cut(text)
        return cls(text, pieces, version.splits_scripts and is_parsed(text, pieces))

    @property
    def statements(self) -> tuple[Statement, ...]:
        """Its statements as they are shown: in one transaction where they are one query."""
        return tuple(
            Statement(number, each.sql.strip(), in_transaction=not self.is_split)
            for number, each in enumerate(self.pieces, 1)
        )


@dataclass(frozen=True, slots=True)
class ScriptFailure:
    """Why a script failed: the server's words, its severity, where in what was sent, and which statement, if known.

    `number` is the statement from 1, None where nobody can tell. `logs` is the text that Prisma keeps.
    """

    report: ServerReport
    severity: str = "ERROR"
    position: int | None = None
    sent: str = ""
    number: int | None = None

    def logs(self, name: str) -> str:
        """Write what Prisma says, and keeps."""
        return texts.p3018(name, self.report, severity=self.severity, position=self.position, sql=self.sent)


def is_parsed(text: str, pieces: Iterable[Piece]) -> bool:
    """Tell whether Prisma's parser understands every statement; the crate itself is asked where it is installed."""
    pieces = tuple(pieces)
    parse = _crate()
    if parse is None or len(text) > _LONGEST:
        return unread(pieces) is None
    try:
        return len(parse(text, "postgres")) == len(pieces)
    except (ValueError, RecursionError):
        return False


def settled(driver: psycopg.Connection, script: Script) -> Script:
    """Return a script as it is sent, once the server has been asked about its syntax; nothing of it is run.

    A script with an error of syntax is sent whole. The crate knows by itself; the rules that stand in for it do not.
    """
    if not script.is_split or _crate() is not None:
        return script
    asked = (
        script.pieces if len(script.pieces) <= _MOST_ASKED else [p for p in script.pieces if p.words[0] not in _ROWS]
    )
    is_right = all(_is_right(driver, each) for each in asked[:_MOST_ASKED])
    return script if is_right else Script(script.text, script.pieces, is_split=False)


def _is_right(driver: psycopg.Connection, piece: Piece) -> bool:
    """Have the server parse a statement. What PREPARE holds is looked at by the grammar alone, as commands are."""
    words = "PREPARE nexus_syntax AS " if piece.words[0] in _QUERIES else ""
    found = driver.pgconn.prepare(b"", f"{words}{piece.sql}".encode())
    return found.status != ExecStatus.FATAL_ERROR or found.error_field(DiagnosticField.SQLSTATE) != _SYNTAX


def _crate() -> Callable[[str, str], list[Any]] | None:
    try:
        found: Callable[[str, str], list[Any]] = importlib.import_module(_CRATE).parse_sql
    except (ImportError, AttributeError):
        return None
    return found


def run_script(driver: psycopg.Connection, script: Script, told: Told) -> ScriptFailure | None:
    """Run a script; return why it failed, None: it did not.

    Whatever it has left open (a transaction) stays open: what comes next on the connection meets it, as with Prisma.
    """
    if "\0" in script.text:
        return ScriptFailure(_NUL)
    if not script.is_split:
        return _run_whole(driver, script, told)
    for statement, piece in zip(script.statements, script.pieces, strict=True):
        if (failure := _send(driver, piece.sql, statement, told)) is not None:
            return failure
    return None


def _run_whole(driver: psycopg.Connection, script: Script, told: Told) -> ScriptFailure | None:
    if not script.pieces:
        return _send(driver, script.text, None, told)
    is_one = len(script.pieces) == 1
    statement = script.statements[0] if is_one else Statement(1, script.text.strip())
    failure = _send(driver, script.text, statement, told)
    if failure is None or is_one or failure.position is None:
        return failure
    number = piece_at(script.pieces, failure.position)
    return ScriptFailure(failure.report, failure.severity, failure.position, failure.sent, number)


def _send(driver: psycopg.Connection, sent: str, statement: Statement | None, told: Told) -> ScriptFailure | None:
    if statement is not None:
        told(statement, None, None)
    begun = time.monotonic()
    try:
        # without parameters and not prepared: the simple protocol, in which a query may be several statements
        with translated():
            driver.execute(sent.encode(), prepare=False)
    except StudioError as error:
        failure = failure_of(error, sent, statement.number if statement is not None else None)
        if statement is not None:
            told(statement, None, failure.report)
        return failure
    if statement is not None:
        told(statement, round((time.monotonic() - begun) * 1000), None)
    return None


def failure_of(error: StudioError, sent: str, number: int | None) -> ScriptFailure:
    """Return what an error of the server's says of what was sent; `number` is the statement's."""
    severity, position, words = said_where(error)
    report = error.report or ServerReport()
    if not report.message:  # libpq's or the driver's own words: the line broke, or COPY waits for rows
        report = replace(report, message=words)
    return ScriptFailure(report, severity, position, sent, number)


def is_in_transaction(driver: psycopg.Connection) -> bool:
    """Tell whether a transaction stands open on the connection."""
    return driver.info.transaction_status in {TransactionStatus.INTRANS, TransactionStatus.INERROR}


@dataclass(slots=True)
class Warnings:
    """What is known before a deploy to go otherwise than one would think. Codes with the migration's name."""

    found: list[tuple[str, str]] = field(default_factory=list)

    def look(self, name: str, script: Script) -> None:
        """Look through a script.

        "begin_open" (BEGIN without COMMIT: all of it is lost at the end), "search_path" (the ledger is not found after
        it), "partial" (what went before a failing statement stays), "concurrently" (it can't run beside others),
        "bom" (the server takes the mark for a name), "copy" (rows of COPY can't be sent).
        """
        words = [each.text for each in script.pieces]
        if script.text.startswith("\ufeff"):
            self.found.append(("bom", name))
        if _leaves_open(words):
            self.found.append(("begin_open", name))
        if any(each.startswith(("SET SEARCH_PATH ", "SET SESSION SEARCH_PATH ")) for each in words) or any(
            "set_config('search_path'" in each.sql.replace(" ", "")
            for each in script.pieces
            if each.words[0] == "SELECT"
        ):
            self.found.append(("search_path", name))
        if any(each.startswith("COPY ") and " FROM STDIN " in each for each in words):
            self.found.append(("copy", name))
        if not script.is_split and len(words) > 1 and any(" CONCURRENTLY " in each for each in words):
            self.found.append(("concurrently", name))
        if script.is_split and len(words) > 1 and not any(each.startswith(("BEGIN ", "START ")) for each in words):
            self.found.append(("partial", name))


def _leaves_open(words: Iterable[str]) -> bool:
    is_open = False
    for each in words:
        if each.startswith(("BEGIN ", "START TRANSACTION ")):
            is_open = True
        elif each.startswith(("COMMIT ", "END ", "ROLLBACK ", "ABORT ")) and not each.startswith("ROLLBACK TO "):
            is_open = False
    return is_open
