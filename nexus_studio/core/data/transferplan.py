"""An import of rows from a file: what is wished for, what of the file goes where, and what became of it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.data.transfer import FileFormat, Packing, TextStyle
from nexus_studio.core.data.transferdetect import folded
from nexus_studio.core.errors import TransferRefused
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Column, Editing, Generated, Relation


class ImportMode(Enum):
    """What becomes of a line; the values are the command line's."""

    INSERT = "insert"
    """It is a new row."""

    UPSERT = "upsert"
    """It is a new row, or changes the one that has its key."""

    UPDATE = "update"
    """It changes the row that has its key."""


class Unkept(Enum):
    """Why the history can't keep the rows of an import, so that it can't be taken back."""

    MANY = "many"
    """There are more lines, or larger ones, than it takes."""

    MASKED = "masked"
    """A column is written whose values this connection hides."""

    FOLLOWED = "followed"
    """A column is written that foreign keys of other tables follow."""

    UNREAD = "unread"
    """The role may not read what it writes, or rows can't be told from one another."""

    UNTOLD = "untold"
    """A trigger or a rule wrote otherwise than the lines say: which row was which is not known."""


class DateOrder(Enum):
    """How days written with slashes are read; the values are DateStyle's."""

    YMD = "YMD"
    DMY = "DMY"
    MDY = "MDY"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What somebody wants otherwise than it would be found out.

    `maps`: columns of the file to columns of the table, "" leaves one out. `key` are the columns that a row is found
    by; () is the primary key, or another unique one that the file has. `skips_missing`: lines of an update whose row is
    not there are passed over. None is found out by the file.
    """

    mode: ImportMode = ImportMode.INSERT
    key: tuple[str, ...] = ()
    maps: Mapping[str, str] = field(default_factory=dict)
    skips_missing: bool = False
    dates: DateOrder = DateOrder.YMD
    format: FileFormat | None = None
    delimiter: str | None = None
    quote: str | None = None
    has_header: bool | None = None
    null: str | None = None
    encoding: str | None = None
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """How a file is read, and the names of its columns. `mark` is the length of the mark in front of the text.

    `sheets` are a workbook's; `sheet` the one that is read.
    """

    format: FileFormat
    packing: Packing
    style: TextStyle
    names: tuple[str, ...]
    mark: int = 0
    sheet: str = ""
    sheets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """The beginning of a file: how it is read, its first rows, its size on the disk.

    `lines` are counted as far as the history keeps them; None: there are more (see `transferkeeping.MOST_KEPT`).
    """

    source: Source
    rows: tuple[tuple[Cell, ...], ...]
    size_bytes: int
    lines: int | None = None


@dataclass(frozen=True, slots=True)
class Mapped:
    """A column of the file (by place, from 0) and the column of the table that it goes to."""

    name: str
    place: int
    target: Column


@dataclass(frozen=True, slots=True)
class Filled(Mapped):
    """A column that the file has not, filled here as the grid fills a new row: `make` gives the cell of each line.

    Its `place` is behind those of the file. An id is for new rows alone: a row that is there keeps its own.
    """

    make: Callable[[], Cell]
    is_id: bool


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What of a file goes where.

    `unmatched` columns of the file go nowhere, `left_out` on request, `computed` because PostgreSQL makes those values.
    `kept` are columns of the table that the file has not: their defaults, or what is there, stay. `lacking` ones of
    them must have a value. `triggers` are those that lines set off. `unkept` says why the history would keep no rows
    of it, None where it can be taken back. `filled` are columns that the file has not and that are filled here.
    """

    relation: RelationName
    mode: ImportMode
    columns: tuple[Mapped, ...]
    key: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    computed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()
    unkept: Unkept | None = None
    filled: tuple[Filled, ...] = ()

    @property
    def written(self) -> tuple[Mapped, ...]:
        """All that is written: what the file has, then what is filled."""
        return (*self.columns, *self.filled)

    @property
    def new_ids(self) -> tuple[str, ...]:
        """Columns whose new rows are given an id like those there are."""
        return tuple(each.target.name for each in self.filled if each.is_id)

    @property
    def set_to_now(self) -> tuple[str, ...]:
        """Columns named updatedAt that are set to now."""
        return tuple(each.target.name for each in self.filled if not each.is_id)

    def mapped(self, column: str) -> Mapped:
        """Return what goes to a column of the table."""
        return next(each for each in self.columns if each.target.name == column)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line that is not taken: its number in the file, from 1, the file's columns it is about, and why.

    `code` is of "constraint.…", "value.…", "transfer.…" or "server.…"; `words` are PostgreSQL's own, "" where it was
    not asked. They may quote values: they are for the screen and the person's own file, never for a log.
    """

    line: int
    columns: tuple[str, ...]
    code: str
    words: str = ""
    facts: tuple[tuple[str, str | int], ...] = ()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or a dry run of it would do.

    `refused` counts the lines that are refused, not all of which need be listed; `is_complete` False: after many the
    rest was not tried. `missing` are lines of an update that were passed over. `sequences` were moved on. `unkept`: why
    the history has no rows of it.
    """

    plan: ImportPlan
    source: Source
    lines: int = 0
    inserted: int = 0
    updated: int = 0
    missing: int = 0
    refusals: tuple[Refusal, ...] = ()
    refused: int = 0
    is_complete: bool = True
    is_dry: bool = True
    sequences: int = 0
    unkept: Unkept | None = None

    @property
    def unwritten(self) -> int:
        """Lines that were neither refused nor written: a trigger of the table let them fall."""
        taken = self.inserted + self.updated + self.missing
        return 0 if self.refused else max(0, self.lines - taken)


def plan_import(
    relation: Relation, source: Source, wishes: Wishes, triggers: Sequence[str] = (), *, takes_rows: bool = False
) -> ImportPlan:
    """Match the columns of a file to those of a table: by name, then without case, accents and marks.

    `takes_rows`: PostgreSQL takes new rows for it, also where none is changed here (a view).

    Raises:
        TransferRefused: "transfer.read_only" (facts relation, reason), "transfer.no_match", "transfer.map_unknown"
            (name), "transfer.map_twice" (column, columns), and what `_key` raises.
    """
    _require_writable(relation, wishes.mode, takes_rows=takes_rows)
    places = _places(relation, source, wishes)
    taken = Counter(column for column in places.values() if column is not None)
    for column, number in taken.items():
        if number > 1:
            twice = tuple(source.names[place] for place, found in places.items() if found == column)
            raise TransferRefused("transfer.map_twice", column=column, columns=twice)
    mapped = tuple(
        Mapped(source.names[place], place, relation.column(column))
        for place, column in sorted(places.items())
        if column is not None
    )
    given = tuple(each for each in mapped if not _is_made(each.target))
    if not given:
        raise TransferRefused("transfer.no_match", relation=str(relation.name))
    names = {each.target.name for each in given}
    others = [column for column in relation.columns if column.name not in names and not _is_made(column)]
    lacking = tuple(column.name for column in others if _must_be_given(column))
    key = _key(relation, wishes, names)
    return ImportPlan(
        relation.name,
        wishes.mode,
        given,
        key,
        tuple(name for place, name in enumerate(source.names) if place not in places),
        tuple(source.names[place] for place, column in sorted(places.items()) if column is None),
        tuple(each.name for each in mapped if _is_made(each.target)),
        tuple(column.name for column in others),
        () if wishes.mode is ImportMode.UPDATE else lacking,
        tuple(triggers),
    )


def with_filled(
    plan: ImportPlan, source: Source, ids: Mapping[str, Callable[[], Cell]], stamps: Mapping[str, Callable[[], Cell]],
    relation: Relation,
) -> ImportPlan:  # fmt: skip
    """Return a plan that fills columns the file has not: `ids` of new rows, `stamps` of all that are written.

    What this role may not write is left to the database.
    """
    found: list[Filled] = []
    for name in plan.kept:
        column = relation.column(name)
        is_id = name in ids
        make = ids.get(name) if is_id else stamps.get(name)
        may = (
            (plan.mode is ImportMode.UPDATE or column.may_insert)
            and (is_id or plan.mode is ImportMode.INSERT or column.may_update)
            and not (is_id and plan.mode is ImportMode.UPDATE)
        )
        if make is not None and may:
            found.append(Filled("", len(source.names) + len(found), column, make, is_id))
    names = {each.target.name for each in found}
    return replace(
        plan,
        filled=tuple(found),
        kept=tuple(name for name in plan.kept if name not in names),
        lacking=tuple(name for name in plan.lacking if name not in names),
    )


def keys_of(relation: Relation) -> tuple[tuple[str, ...], ...]:
    """Return the keys that a row of a table can be found by, the primary one first."""
    found = [relation.primary_key] if relation.primary_key else []
    found += [
        index.columns
        for index in relation.indexes
        if index.unique and index.valid and not index.partial and all(index.columns) and not index.exclusion
    ]
    return tuple(dict.fromkeys(found))


def _require_writable(relation: Relation, mode: ImportMode, *, takes_rows: bool) -> None:
    is_new = mode is ImportMode.INSERT and takes_rows
    is_editable = is_new or relation.editing in {Editing.BY_KEY, Editing.BY_ALL_CELLS}
    may = {
        ImportMode.INSERT: relation.may_insert,
        ImportMode.UPSERT: relation.may_insert and relation.may_update,
        ImportMode.UPDATE: relation.may_update,
    }
    if not is_editable:
        raise TransferRefused("transfer.read_only", relation=str(relation.name), reason=relation.editing.value)
    if not may[mode]:
        raise TransferRefused("transfer.read_only", relation=str(relation.name), reason="privilege")


def _places(relation: Relation, source: Source, wishes: Wishes) -> dict[int, str | None]:
    """Return where the file's columns go, by place; None for those that are left out on request."""
    places: dict[int, str | None] = {}
    if unknown := set(wishes.maps) - set(source.names):
        raise TransferRefused("transfer.map_unknown", name=min(unknown))
    for place, name in enumerate(source.names):
        if name in wishes.maps:
            places[place] = relation.column(wishes.maps[name]).name if wishes.maps[name] else None
    if not source.style.has_header:
        rest = [column.name for column in relation.columns if not _is_made(column)]
        for place, column in zip(range(len(source.names)), rest, strict=False):
            places.setdefault(place, column)
        return places
    spoken = {column for column in places.values() if column}
    free = [column.name for column in relation.columns if column.name not in spoken]
    ways: tuple[Callable[[str], str], ...] = (str, folded)
    for same in ways:
        columns, names = _by(free, same), _by(source.names, same)
        for place, name in enumerate(source.names):
            found = columns.get(same(name), [])
            if place not in places and len(found) == 1 and len(names[same(name)]) == 1 and found[0] not in spoken:
                places[place] = found[0]
                spoken.add(found[0])
    return places


def _by(names: Sequence[str], same: Callable[[str], str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(same(name), []).append(name)
    return found


def _is_made(column: Column) -> bool:
    return column.generated in {Generated.STORED, Generated.VIRTUAL}


def _must_be_given(column: Column) -> bool:
    return not column.nullable and not column.default and column.generated is Generated.NO


def _key(relation: Relation, wishes: Wishes, names: set[str]) -> tuple[str, ...]:
    """Return the key that lines are matched by; () for an insert.

    Raises:
        TransferRefused: "transfer.key_not_unique", "transfer.key_missing" (fact key), "transfer.no_key".
        UnknownRelation: "column.unknown".
    """
    if wishes.mode is ImportMode.INSERT:
        return ()
    keys = keys_of(relation)
    if not wishes.key:
        for key in keys:
            if set(key) <= names:
                return key
        raise TransferRefused("transfer.no_key", relation=str(relation.name), columns=keys[0] if keys else ())
    asked = tuple(relation.column(name).name for name in wishes.key)
    found = next((key for key in keys if set(key) == set(asked)), None)
    if found is None:
        raise TransferRefused("transfer.key_not_unique", relation=str(relation.name), key=asked)
    if not set(asked) <= names:
        raise TransferRefused("transfer.key_missing", key=tuple(sorted(set(asked) - names)))
    return found
