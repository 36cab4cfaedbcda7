"""A migration that is being written: what differs between models and database, as a list, as code, as SQL. Values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SchemaDifference:
    """One difference between models and database, as people read it.

    `kind`: "add_table", "remove_table", "add_column", "remove_column", "change_type", "change_nullable",
    "change_default", "change_comment", "add_index", "remove_index", "add_constraint", "remove_constraint",
    "add_enum_value", "change_enum", "add_type", "remove_type", "add_view", "change_view", "remove_view",
    "rename_table", "rename_column", "rename_index", "rename_constraint", "other". `name` is what it is about,
    "table.column" style; `detail` old and new where there are such. `loses_data` marks what drops rows or values.
    """

    kind: str
    name: str
    detail: str = ""
    loses_data: bool = False


@dataclass(frozen=True, slots=True)
class Rename:
    """A drop and an add that look like one rename. `kind`: "table" or "column"; `table` is empty for a table."""

    kind: str
    table: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class MigrationDraft:
    """A migration before its file is written. The code is what stands in `upgrade()` and `downgrade()`, unindented.

    `parents` are the heads it will build on. `imports` are lines for the head of the file. `sql` is what the code would
    run, "" where that can't be said (`sql_error`). `path` is where the file would be written, with its name.
    """

    message: str
    revision: str
    parents: tuple[str, ...]
    upgrade: str
    downgrade: str
    imports: tuple[str, ...] = ()
    differences: tuple[SchemaDifference, ...] = ()
    renames: tuple[Rename, ...] = ()
    sql: str = ""
    sql_error: str = ""
    path: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether models and database agree."""
        return not self.differences
