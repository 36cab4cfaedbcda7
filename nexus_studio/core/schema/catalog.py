"""An immutable snapshot of what a database contains: relations, columns, keys, foreign keys, indexes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from nexus_studio.core.errors import UnknownRelation
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.types import PgType


class RelationKind(Enum):
    """pg_class.relkind of the relations one can look into."""

    TABLE = "r"
    PARTITIONED = "p"
    VIEW = "v"
    MATERIALIZED_VIEW = "m"
    FOREIGN = "f"


class Generated(Enum):
    """How a column's value comes about when nobody gives one."""

    NO = ""
    STORED = "s"  # generated always as (...) stored
    VIRTUAL = "v"  # generated always as (...) virtual, PostgreSQL 18
    IDENTITY_ALWAYS = "a"
    IDENTITY_BY_DEFAULT = "d"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `default` is PostgreSQL's expression text, empty for none. `position` is attnum.

    `masked`: the connection hides its values. Then `may_select` is False, so that nothing reads them; what shows rows
    gets dots from the server in their place. `is_checked`: a check of the table's or of its domain looks at it.
    """

    name: str
    type: PgType
    position: int
    nullable: bool = True
    default: str = ""
    generated: Generated = Generated.NO
    comment: str = ""
    may_update: bool = True
    may_insert: bool = True
    may_select: bool = True
    masked: bool = False
    is_checked: bool = False

    @property
    def is_shown(self) -> bool:
        """Whether rows are shown with it: with its values, or with dots in their place."""
        return self.may_select or self.masked

    @property
    def is_computed(self) -> bool:
        """Whether PostgreSQL alone decides the value, so that no editor opens."""
        return self.generated in {Generated.STORED, Generated.VIRTUAL, Generated.IDENTITY_ALWAYS}


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key from `table.columns` to `target.target_columns`; actions as words ("cascade", "set null" ...)."""

    name: str
    table: RelationName
    columns: tuple[str, ...]
    target: RelationName
    target_columns: tuple[str, ...]
    on_delete: str = "no action"
    on_update: str = "no action"
    deferrable: bool = False


@dataclass(frozen=True, slots=True)
class Index:
    """An index on plain columns; an expression column's name is empty. `exclusion`: that of an EXCLUDE constraint.

    `deferrable`: its constraint may be checked at the end. `nulls_alike`: it takes one NULL only (NULLS NOT DISTINCT).
    """

    name: str
    columns: tuple[str, ...]
    descending: tuple[bool, ...] = ()
    unique: bool = False
    primary: bool = False
    valid: bool = True
    partial: bool = False
    method: str = "btree"
    exclusion: bool = False
    deferrable: bool = False
    nulls_alike: bool = False


class RelationSummary(NamedTuple):
    """A line of the schema tree: a named tuple, since thousands are made at a time.

    `rows` is pg_class.reltuples: an estimate, None when never analysed.
    `parent` is the partitioned table (or the inheritance parent that is partitioned) this is a partition of.
    """

    name: RelationName
    kind: RelationKind
    rows: int | None = None
    comment: str = ""
    parent: RelationName | None = None
    may_select: bool = True


class Editing(Enum):
    """Whether rows can be changed, and if not, why: a code that `wording` turns into a sentence."""

    BY_KEY = "by_key"
    BY_ALL_CELLS = "by_all_cells"  # no key: ctid and all old cells must match exactly one row
    READ_ONLY_VIEW = "view"  # the view is not updatable
    READ_ONLY_MATERIALIZED = "materialized_view"
    READ_ONLY_FOREIGN = "foreign_table"
    READ_ONLY_NO_COLUMNS = "no_columns"
    READ_ONLY_PRIVILEGE = "privilege"
    READ_ONLY_NO_KEY = "no_key"


@dataclass(frozen=True, slots=True)
class Relation:
    """Everything about one relation that a grid, an editor or a statement needs.

    `key` names the primary key's columns, else those of a unique index over NOT NULL columns, else it is empty.
    `editing` is the verdict for UPDATE and DELETE; `may_insert`, `may_update`, `may_delete` are privileges.
    """

    name: RelationName
    kind: RelationKind
    columns: tuple[Column, ...] = ()
    key: tuple[str, ...] = ()
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    referenced_by: tuple[ForeignKey, ...] = ()
    indexes: tuple[Index, ...] = ()
    comment: str = ""
    rows: int | None = None
    editing: Editing = Editing.BY_KEY
    may_insert: bool = True
    may_update: bool = True
    may_delete: bool = True
    row_security: bool = False
    """Whether policies apply to this role: rows may be hidden from it, and refused when they are written."""
    fires_on_update: bool = False
    """Whether triggers or rules that people made look at what is changed."""
    has_ctid: bool = True
    """Whether rows have a physical place: tables and materialized views do, views and foreign tables don't."""

    def column(self, name: str) -> Column:
        """Return a column by name.

        Raises:
            UnknownRelation: code "column.unknown" when there is none.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise UnknownRelation("column.unknown", relation=str(self.name), column=name)

    def has_column(self, name: str) -> bool:
        """Tell whether a column of that name exists."""
        return any(column.name == name for column in self.columns)

    @property
    def masked(self) -> frozenset[str]:
        """The columns whose values this connection hides."""
        return frozenset(column.name for column in self.columns if column.masked)

    @property
    def editable(self) -> bool:
        """Whether existing rows can be changed or deleted."""
        return self.editing in {Editing.BY_KEY, Editing.BY_ALL_CELLS} and (self.may_update or self.may_delete)

    @property
    def insertable(self) -> bool:
        """Whether rows can be added."""
        return self.may_insert and self.editing in {Editing.BY_KEY, Editing.BY_ALL_CELLS}

    @property
    def operator_schemas(self) -> tuple[str, ...]:
        """Schemas to be looked into for the operators of the columns' types, besides the session's own."""
        return tuple(sorted({column.type.operators_in for column in self.columns} - {""}))

    def foreign_key_on(self, column: str) -> ForeignKey | None:
        """Return the foreign key a column takes part in; the shortest one when there are several."""
        mine = [key for key in self.foreign_keys if column in key.columns]
        return min(mine, key=lambda key: len(key.columns)) if mine else None


@dataclass(frozen=True, slots=True)
class Catalog:
    """A snapshot: the tree's summaries at once, relations in full as they were asked for.

    `stale_reason` is the code of the error that kept a refresh from replacing this snapshot, empty when fresh.
    """

    summaries: Mapping[RelationName, RelationSummary] = field(default_factory=dict)
    read_at: datetime | None = None
    stale_reason: str = ""

    def summary(self, name: RelationName) -> RelationSummary:
        """Return the tree's line for a relation.

        Raises:
            UnknownRelation: when the snapshot has none.
        """
        try:
            return self.summaries[name]
        except KeyError:
            raise UnknownRelation(relation=str(name)) from None

    def staled(self, reason: str) -> Catalog:
        """Return the same snapshot, marked as old."""
        return replace(self, stale_reason=reason)
