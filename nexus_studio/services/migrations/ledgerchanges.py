"""What can be written to a ledger, wherever it is kept: rows are added, completed and settled, never deleted."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from nexus_studio.core.admin.ledgerentries import LedgerEntry
from nexus_studio.core.errors import ServerReport

PURPOSE = "migrate"
"""What application_name says before the run's id, on the connections of a run."""

LONGEST_TEXT = 100_000
"""Characters of a statement or a message that a row keeps."""

ERROR_NAMES = ("schema", "table", "column", "constraint", "datatype")
"""The fields of a ServerReport that are names of objects and quote no value."""


def new_run() -> str:
    """Make the id of a run: short, since application_name holds 63 bytes."""
    return secrets.token_hex(6)


def application_name(run: str) -> str:
    """Return the application_name of a run's connections; by its end the run is recognised."""
    return f"nexus-studio {PURPOSE} {run}"


def new_id() -> str:
    """Make the id of a row."""
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class Added:
    """A new row. Written twice, it is there once."""

    entry: LedgerEntry


@dataclass(frozen=True, slots=True)
class Completed:
    """Some columns of a row have their values now."""

    id: str
    values: Mapping[str, Any]

    def of(self, entry: LedgerEntry) -> LedgerEntry:
        """Return the row with them."""
        known = {name: value for name, value in self.values.items() if name in _PLAIN}
        report = self.values.get("error")
        return replace(entry, **known, error=report if isinstance(report, ServerReport) else entry.error)


@dataclass(frozen=True, slots=True)
class Settled:
    """Open rows of a revision are decided on: they get `rolled_back_at`."""

    revision: str
    at: datetime


Change = Added | Completed | Settled

_PLAIN = frozenset(LedgerEntry.__dataclass_fields__) - {"id", "error", "is_alive"}


class Pen(Protocol):
    """A ledger open for writing, on a connection of its own. One thread at a time; close it.

    Every method raises StudioErrors only.
    """

    @property
    def role(self) -> str:
        """The database role that writes; empty where there is none."""
        ...

    def now(self) -> datetime:
        """Return the ledger's own time (the server's clock, not this machine's), later with each call."""
        ...

    def write(self, *changes: Change, waits: bool = True) -> None:
        """Write all of them or none: committed when this returns. Another try of the same does no harm.

        Args:
            changes: In this order.
            waits: For the disk too. Without, a crash of the server's machine within its next second may lose them, and
                with them whatever was committed there later: its log is written in order.

        Raises:
            ConnectionLost: nothing, or all of it was written, and it was tried on a second connection.
        """
        ...

    def close(self) -> None:
        """Let go of the connection or file."""
        ...


def cut(text: str) -> str:
    """Return a text as a row may keep it: without NUL characters, which PostgreSQL has not, and not endless."""
    text = text.replace("\0", "")
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def logs_of(report: ServerReport, statement: str) -> str:
    """Write an error as one text, as the column `logs` has it: the server's words, and what it was about."""
    lines = (("ERROR", report.message), ("DETAIL", report.detail), ("HINT", report.hint), ("STATEMENT", statement))
    head = f" {report.sqlstate}" if report.sqlstate else ""
    return cut("\n".join(f"{word}{head if word == 'ERROR' else ''}: {said}" for word, said in lines if said))
