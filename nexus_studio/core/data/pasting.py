"""A block of a spreadsheet as new rows: which column takes what, what is left out, and why. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nexus_studio.core.data.cells import DEFAULT, StagedCell
from nexus_studio.core.data.codecs import CodecRegistry
from nexus_studio.core.data.rowformats import MASK, Missing
from nexus_studio.core.errors import InvalidValue
from nexus_studio.core.schema.catalog import Column
from nexus_studio.core.schema.types import TypeKind

Block = Sequence[Sequence[StagedCell | Missing]]


@dataclass(frozen=True, slots=True)
class BadCell:
    """A cell that its column does not take: the line of the block, from 1, the column, and why."""

    line: int
    column: str
    error: InvalidValue


@dataclass(frozen=True, slots=True)
class PastePlan:
    """What a block becomes. `targets` are the columns that take its columns, None where one is left out.

    `unknown` are headings that are no column, `computed` columns that PostgreSQL fills in itself, `forbidden` those the
    role may not fill; `surplus` is the number of the block's columns beyond the table's last.
    """

    targets: tuple[Column | None, ...]
    rows: tuple[Mapping[str, StagedCell], ...]
    unknown: tuple[str, ...] = ()
    computed: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    surplus: int = 0
    bad: tuple[BadCell, ...] = field(default_factory=tuple)

    @property
    def is_ready(self) -> bool:
        """Whether the rows can be staged: there are some, and each column takes what it is given."""
        return bool(self.rows) and not self.bad and any(target is not None for target in self.targets)


def looks_like_headings(block: Block, columns: Sequence[Column]) -> bool:
    """Tell whether the first line of a block names columns: all of it, each once."""
    if not block[1:]:
        return False
    names = {column.name.lower() for column in columns}
    first = [cell.strip().lower() if isinstance(cell, str) else "" for cell in block[0]]
    return bool(first) and len(set(first)) == len(first) and set(first) <= names


def plan_paste(
    block: Block,
    columns: Sequence[Column],
    codecs: CodecRegistry,
    *,
    has_headings: bool,
    null: str = "\\N",
    most_bad: int = 100,
) -> PastePlan:
    """Say what becomes of a block.

    `columns` are those it may fill, in their order: without headings the first of the block's goes into the first of
    them. A field that reads `null` is NULL. An empty one is an empty text where the type has that, else it is left to
    the database.
    """
    headings = block[0] if has_headings and block else ()
    lines = block[1:] if has_headings else block
    width = max((len(line) for line in lines), default=0)
    width = max(width, len(headings))
    wanted, unknown = _by_headings(headings, columns) if has_headings else ([*columns][:width], [])
    surplus = 0 if has_headings else max(0, width - len(columns))
    targets = tuple(None if column is None or not _may_fill(column) else column for column in wanted)
    rows: list[Mapping[str, StagedCell]] = []
    bad: list[BadCell] = []
    for number, line in enumerate(lines, 1 + has_headings):
        row: dict[str, StagedCell] = {}
        for column, cell in zip(targets, line, strict=False):
            if column is None or isinstance(cell, Missing) or cell == MASK:
                continue
            try:
                row[column.name] = _fitting(cell, column, codecs, null)
            except InvalidValue as error:
                if len(bad) < most_bad:
                    bad.append(BadCell(number, column.name, error))
        rows.append({name: cell for name, cell in row.items() if cell is not DEFAULT})
    named = [column for column in wanted if column is not None]
    return PastePlan(
        targets,
        tuple(rows),
        tuple(unknown),
        tuple(column.name for column in named if column.is_computed),
        tuple(column.name for column in named if not column.is_computed and not column.may_insert),
        surplus,
        tuple(bad),
    )


def _by_headings(
    headings: Sequence[StagedCell | Missing], columns: Sequence[Column]
) -> tuple[list[Column | None], list[str]]:
    exact = {column.name: column for column in columns}
    loose = {column.name.lower(): column for column in columns}
    found: list[Column | None] = []
    unknown: list[str] = []
    for heading in headings:
        name = heading.strip() if isinstance(heading, str) else ""
        column = exact.get(name) or loose.get(name.lower())
        is_new = column is not None and column not in found
        found.append(column if is_new else None)
        if not is_new:
            unknown.append(name)
    return found, unknown


def _may_fill(column: Column) -> bool:
    return column.may_insert and not column.is_computed


def _fitting(cell: StagedCell, column: Column, codecs: CodecRegistry, null: str) -> StagedCell:
    if not isinstance(cell, str):
        return cell
    if cell == null:
        return None
    if cell == "" and column.type.kind is not TypeKind.TEXT:
        return DEFAULT
    return codecs.for_type(column.type).check(cell, column.type)
