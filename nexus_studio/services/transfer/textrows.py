"""Rows as PostgreSQL's texts, for files of a kind that only a library writes."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Final

from sqlalchemy import text

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.session import Session
from nexus_studio.services.transfer.copyout import CopyOut
from nexus_studio.services.transfer.copyreading import reading
from nexus_studio.services.transfer.exportsql import Cut, texts_copy

Rows = list[list[Cell]]

_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_MEANT: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_IN_UTC: Final = text("SELECT pg_catalog.set_config('TimeZone', 'UTC', true)")


def text_rows(session: Session, cut: Cut, ctx: TaskContext, *, in_utc: bool = False) -> Generator[Rows, None, None]:
    """Yield rows, some hundred at a time, in one READ ONLY transaction; moments in the session's zone, or in UTC."""
    with reading(session, cut, ctx) as (connection, driver):
        if in_utc:
            connection.execute(_IN_UTC)
        for messages in CopyOut(driver, texts_copy(connection, driver, cut)).messages():
            yield [_cells(message) for message in messages]


def _cells(line: bytes) -> list[Cell]:
    r"""Take a line of COPY's text format apart (manual, COPY, "Text Format"): tabs between cells, `\N` for NULL."""
    return [
        None if cell == "\\N" else _ESCAPED.sub(_meant, cell) if "\\" in cell else cell
        for cell in line.decode()[:-1].split("\t")
    ]


def _meant(found: re.Match[str]) -> str:
    return _MEANT.get(found[1], found[1])
