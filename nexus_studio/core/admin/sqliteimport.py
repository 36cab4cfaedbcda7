"""The import of a SQLite file as values: what the file has, where it goes, what was refused, what was written.

Names are matched without regard to case, underscores and a plural: `createdAt` is `created_at`, `User` is `users`.
Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from nexus_studio.core.admin.sqlitemoments import MomentForm, MomentForms
from nexus_studio.core.errors import Fact, ImportRefused
from nexus_studio.core.names import RelationName, parse_relation_name
from nexus_studio.core.schema.catalog import Column, ForeignKey, Generated, Relation, RelationKind

PRISMAS_LEDGER: Final = "_prisma_migrations"
BOOKKEEPING: Final = frozenset(
    {PRISMAS_LEDGER, "alembic_version", "_nexus_migrations", "django_migrations", "schema_migrations"}
)
"""Tables of programs that keep a history of the file's own: they say nothing about the database."""

_LOADED: Final = frozenset({RelationKind.TABLE, RelationKind.PARTITIONED})


@dataclass(frozen=True, slots=True)
class SqliteColumn:
    """A column as the file declares it; `declared` is free text, which SQLite does not hold to."""

    name: str
    declared: str = ""


@dataclass(frozen=True, slots=True)
class SqliteTable:
    """A table of the file. Without `has_rowid` rows are told by their number, from 1."""

    name: str
    columns: tuple[SqliteColumn, ...]
    rows: int = 0
    has_rowid: bool = True


@dataclass(frozen=True, slots=True)
class ColumnPair:
    """A column of the file and the one it goes to.

    `forms` says how its numbers are read where they are moments; `counted` names the forms that it has numbers of.
    """

    source: str
    target: Column
    forms: MomentForms | None = None
    counted: tuple[MomentForm, ...] = ()


@dataclass(frozen=True, slots=True)
class TablePlan:
    """A table of the file and the one it goes to.

    `unmatched` are columns of the file that go nowhere, `computed` those whose values PostgreSQL makes itself,
    `lacking` columns of the target that take no NULL, have no default and are not in the file: the rows can't be
    written.
    """

    source: SqliteTable
    target: Relation
    columns: tuple[ColumnPair, ...]
    unmatched: tuple[str, ...] = ()
    computed: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What goes where: `tables` in the order of their foreign keys.

    `circular` are the foreign keys that point to a table loaded later, which must wait until the end. `unmatched` are
    tables of the file without a target, `left_out` those that a person left out, `untouched` the database's tables that
    nothing goes to.
    """

    tables: tuple[TablePlan, ...] = ()
    circular: tuple[ForeignKey, ...] = ()
    unmatched: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    untouched: tuple[RelationName, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows the matched tables of the file have."""
        return sum(table.source.rows for table in self.tables)

    @property
    def lacking(self) -> tuple[str, ...]:
        """Name the columns that keep tables with rows from being imported, as table.column."""
        return tuple(
            f"{table.target.name}.{column}" for table in self.tables if table.source.rows for column in table.lacking
        )


@dataclass(frozen=True, slots=True)
class Refusal:
    """One value that does not fit, or one row that the database would refuse; never the value itself.

    `row` is the rowid (or the row's number); `column` is empty where a whole row is refused. `reason` is a code: of a
    value ("value.not_boolean") or of a constraint ("constraint.unique"), with its facts.
    """

    table: str
    row: int
    column: str
    reason: str
    facts: tuple[tuple[str, Fact], ...] = ()


@dataclass(frozen=True, slots=True)
class TableResult:
    """What became of a table: rows in the file, rows written (0 when only tried), whether both were compared.

    `uncompared` are columns whose type the server may print otherwise than it was sent: of them only NULLs are counted.
    """

    source: str
    target: RelationName
    rows: int
    written: int = 0
    is_compared: bool = False
    uncompared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """How an import, or a dry run of it, went. `more` counts refusals beyond those that are listed.

    `is_tried` tells that the database's own constraints were asked too, and not only the rules of types. `filled` are
    the targets that hold rows already. `sequences` counts those that were moved on.
    """

    plan: ImportPlan
    tables: tuple[TableResult, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    more: int = 0
    is_tried: bool = False
    is_dry: bool = True
    filled: tuple[RelationName, ...] = ()
    sequences: int = 0

    @property
    def refused(self) -> int:
        """How many refusals there are."""
        return len(self.refusals) + self.more


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person says beyond the file.

    `maps` are pairs: "table" or "table.column" of the file and where it goes, "" for nowhere. `forms` say by
    "table.column" how numbers are read. `adds` lets rows be added to tables that hold some already.
    """

    maps: Mapping[str, str] = field(default_factory=dict)
    forms: Mapping[str, MomentForms] = field(default_factory=dict)
    adds: bool = False


def plan_import(
    sources: Sequence[SqliteTable], targets: Mapping[RelationName, Relation], schema: str, wishes: Wishes
) -> ImportPlan:
    """Match the file's tables and columns to the database's.

    Args:
        sources: The tables of the file.
        targets: The relations of the database, of every schema that may be named.
        schema: The schema in which tables are looked for by name.
        wishes: What a person says about it.

    Raises:
        ImportRefused: "import.map_unknown" (facts name), "import.map_twice" (facts target).
    """
    _check_names(sources, wishes)
    loaded = {name: each for name, each in targets.items() if each.kind in _LOADED}
    near = _Names(name.name for name in loaded if name.schema == schema)
    plans: dict[RelationName, TablePlan] = {}
    unmatched: list[str] = []
    left_out: list[str] = []
    for source in sources:
        asked = wishes.maps.get(source.name)
        if asked == "" or (asked is None and source.name in BOOKKEEPING):
            left_out.append(source.name)
            continue
        target = _asked_table(asked, schema, loaded) if asked else near.like(source.name)
        if target is None:
            unmatched.append(source.name)
            continue
        name = target if isinstance(target, RelationName) else RelationName(schema, target)
        if name in plans:
            raise ImportRefused("import.map_twice", target=str(name), tables=(plans[name].source.name, source.name))
        plan = _plan_table(source, loaded[name], wishes)
        if plan.columns:
            plans[name] = plan
        else:
            unmatched.append(source.name)
    order, circular = load_order({name: plan.target for name, plan in plans.items()})
    untouched = tuple(sorted(name for name in loaded if name.schema == schema and name not in plans))
    return ImportPlan(tuple(plans[name] for name in order), circular, tuple(unmatched), tuple(left_out), untouched)


def load_order(
    targets: Mapping[RelationName, Relation],
) -> tuple[tuple[RelationName, ...], tuple[ForeignKey, ...]]:
    """Return tables so that what others refer to comes first, and the foreign keys for which that can't be.

    A table that refers to itself is no circle: a foreign key is looked at when the whole statement has ended.
    """
    order: list[RelationName] = []
    entered: set[RelationName] = set()

    def visit(name: RelationName) -> None:
        entered.add(name)
        for key in sorted(targets[name].foreign_keys, key=lambda key: key.name):
            if key.target in targets and key.target not in entered:
                visit(key.target)
        order.append(name)

    for name in sorted(targets):
        if name not in entered:
            visit(name)
    place = {name: number for number, name in enumerate(order)}
    circular = tuple(
        key for name in order for key in targets[name].foreign_keys if place.get(key.target, -1) > place[name]
    )
    return tuple(order), circular


def normal(name: str) -> str:
    """Return what two spellings of a name have in common: `createdAt`, `created_at` and `CREATED_AT`."""
    return re.sub(r"[\W_]", "", name).lower()


def _singular(name: str) -> str:
    """Return a normal name without its plural, as far as English is regular."""
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("s", "")):
        if name.endswith(ending) and len(name) > len(ending) + 1 and not name.endswith("ss"):
            return name.removesuffix(ending) + instead
    return name


class _Names:
    """The names of a database by how alike others are; a likeness that several have is none."""

    def __init__(self, names: Iterable[str]) -> None:
        self._exact = set(names)
        self._alike: list[dict[str, str | None]] = [{}, {}]
        for name in sorted(self._exact):
            for found, key in zip(self._alike, (normal(name), _singular(normal(name))), strict=True):
                found[key] = None if key in found else name

    def like(self, name: str, *, plural: bool = True) -> str | None:
        """Return the name that is meant: the same, the same but for its spelling, or but for a plural."""
        if name in self._exact:
            return name
        if (found := self._alike[0].get(normal(name))) is not None or not plural:
            return found
        return self._alike[1].get(_singular(normal(name))) if normal(name) not in self._alike[0] else None


def _plan_table(source: SqliteTable, target: Relation, wishes: Wishes) -> TablePlan:
    names = _Names(column.name for column in target.columns)
    pairs: dict[str, ColumnPair] = {}
    unmatched: list[str] = []
    computed: list[str] = []
    for column in source.columns:
        asked = wishes.maps.get(f"{source.name}.{column.name}")
        if asked == "":
            continue
        name = _asked_column(asked, target) if asked else names.like(column.name, plural=False)
        if name is None:
            unmatched.append(column.name)
        elif name in pairs:
            raise ImportRefused(
                "import.map_twice",
                target=f"{target.name}.{name}",
                tables=(f"{source.name}.{pairs[name].source}", f"{source.name}.{column.name}"),
            )
        elif target.column(name).generated in {Generated.STORED, Generated.VIRTUAL}:
            computed.append(column.name)
        else:
            forms = wishes.forms.get(f"{source.name}.{column.name}")
            counted = () if forms is None else (forms.integers,)
            pairs[name] = ColumnPair(column.name, target.column(name), forms, counted)
    lacking = tuple(
        column.name
        for column in target.columns
        if column.name not in pairs and not column.nullable and not column.default and column.generated is Generated.NO
    )
    return TablePlan(source, target, tuple(pairs.values()), tuple(unmatched), tuple(computed), lacking)


def _check_names(sources: Sequence[SqliteTable], wishes: Wishes) -> None:
    """Refuse wishes about tables and columns that the file does not have."""
    known = {source.name for source in sources}
    known |= {f"{source.name}.{column.name}" for source in sources for column in source.columns}
    for name in (*wishes.maps, *wishes.forms):
        if name not in known:
            raise ImportRefused("import.map_unknown", name=name)


def _asked_table(asked: str, schema: str, loaded: Mapping[RelationName, Relation]) -> RelationName:
    try:
        name = parse_relation_name(asked, schema)
    except ValueError:
        raise ImportRefused("import.map_unknown", name=asked) from None
    if name not in loaded:
        raise ImportRefused("import.map_unknown", name=asked)
    return name


def _asked_column(asked: str, target: Relation) -> str:
    """Return the column that is meant by `table.column`, or `column` alone."""
    for name in (asked, asked.rpartition(".")[2]):
        if target.has_column(name.strip('"')):
            return name.strip('"')
    raise ImportRefused("import.map_unknown", name=asked)
