"""The dry run: every value by its rule, every row by the database's own types and constraints, on temporary tables.

Nothing of the real tables is touched, no sequence moves, and nobody is kept waiting: the temporary tables have the same
types, checks and unique indexes, and what refers to other rows is looked up afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from psycopg import sql
from sqlalchemy import (
    ColumnClause,
    Connection,
    Select,
    TableClause,
    and_,
    column,
    exists,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.sql.elements import quoted_name

from nexus_studio.core.admin.sqliteimport import ImportPlan, Refusal, TablePlan
from nexus_studio.core.data.cells import Cell
from nexus_studio.core.errors import ConstraintViolated, InvalidValue, PermissionDenied, ServerFailed, StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import ForeignKey, Generated, Index
from nexus_studio.core.sql.expressions import table_of
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.dberrors import translated
from nexus_studio.services.sqliteimport.loading import driver_of
from nexus_studio.services.sqliteimport.sheets import Sheet, copy_lines
from nexus_studio.services.sqliteimport.sqlitefile import SqliteFile

MOST_LISTED: Final = 100_000
"""Refusals that are listed; further ones are counted."""

_ROW: Final = "nexus_studio_row"
_SCHEMA: Final = "pg_temp"
_COLUMN: Final = re.compile(r"\ACOPY [^\n]*?, line \d+, column ([^\n]*?)(?:: |, null input|\Z)", re.DOTALL)
_OF_INDEX: Final = text(
    """
    SELECT attname::text FROM pg_catalog.pg_attribute
     WHERE attrelid = pg_catalog.to_regclass('pg_temp.' || pg_catalog.quote_ident(:name)) ORDER BY attnum
    """
)


class Refusals:
    """What was refused so far: listed up to `MOST_LISTED`, then only counted."""

    def __init__(self) -> None:
        self.listed: list[Refusal] = []
        self.more = 0

    def add(self, found: Sequence[Refusal]) -> None:
        """Add refusals."""
        room = max(0, MOST_LISTED - len(self.listed))
        self.listed += found[:room]
        self.more += max(0, len(found) - room)


def check_values(plan: ImportPlan, file: SqliteFile, ctx: TaskContext) -> Refusals:
    """Look at every value by the rules of its column alone. Needs no server."""
    trial = Trial(None, plan, file)
    for planned in plan.tables:
        trial.try_table(planned, ctx)
    return trial.refusals


class Trial:
    """Tries a plan on temporary tables of a connection; without one, only the rules are asked."""

    def __init__(self, connection: Connection | None, plan: ImportPlan, file: SqliteFile) -> None:
        self._connection = connection
        self._plan = plan
        self._file = file
        self._names = {planned.target.name: f"nexus_try_{number}" for number, planned in enumerate(plan.tables)}
        self._done = 0
        self.refusals = Refusals()

    def make_tables(self) -> bool:
        """Make the temporary tables; False where the role may not."""
        if self._connection is None:
            return False
        try:
            with self._connection.begin_nested(), translated():
                for planned in self._plan.tables:
                    self._make(self._connection, planned)
        except PermissionDenied:
            self._connection = None
            return False
        return True

    def try_table(self, planned: TablePlan, ctx: TaskContext) -> None:
        """Try the rows of one table: values that rules refuse, then rows that the database would."""
        sheet = Sheet(planned)
        names = [pair.source for pair in planned.columns]
        for rows in self._file.batches(planned.source, names, numbered=True):
            try:
                columns = sheet.texts([row[1:] for row in rows])
            except InvalidValue:
                refused, numbers, good = sheet.refusals(rows)
                self.refusals.add(refused)
            else:
                numbers, good = [int(row[0] or 0) for row in rows], list(zip(*columns, strict=True))
            if self._connection is not None and good:
                self._put(self._connection, planned, numbers, good)
            self._done += len(rows)
            ctx.report(Progress("import.trying", self._done, max(self._done, self._plan.rows), "rows"))

    def try_references(self, ctx: TaskContext) -> None:
        """Look for rows that point to none, and for keys that a table has already."""
        if self._connection is None:
            return
        for planned in self._plan.tables:
            for key in planned.target.foreign_keys:
                ctx.token.raise_if_cancelled()
                self._look_up(self._connection, planned, key)
            for index in planned.target.indexes:
                if index.unique and not index.partial and all(index.columns):
                    self._look_for_taken(self._connection, planned, index)

    def _make(self, connection: Connection, planned: TablePlan) -> None:
        driver = driver_of(connection)
        name = planned.target.name
        mine, real = sql.Identifier(self._names[name]), sql.Identifier(name.schema, name.name)
        like = "(LIKE {} INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING INDEXES) ON COMMIT DROP"
        driver.execute(sql.SQL("CREATE TEMPORARY TABLE {} " + like).format(mine, real))
        written = {pair.target.name for pair in planned.columns}
        # A column that the file does not have would want its default, perhaps of a sequence: here it just isn't there.
        for each in planned.target.columns:
            if each.name not in written and each.generated not in {Generated.STORED, Generated.VIRTUAL}:
                drop = sql.SQL("ALTER TABLE {} DROP COLUMN IF EXISTS {} CASCADE")
                driver.execute(drop.format(mine, sql.Identifier(each.name)))
        driver.execute(sql.SQL("ALTER TABLE {} ADD COLUMN {} bigint").format(mine, sql.Identifier(_ROW)))

    def _put(
        self, connection: Connection, planned: TablePlan, numbers: Sequence[int], rows: Sequence[tuple[Cell, ...]]
    ) -> None:
        """Copy rows; where the database refuses some, halve them until each refused one is known."""
        lines = copy_lines(numbers, rows)
        waiting = [(0, len(lines))]
        while waiting:
            begin, end = waiting.pop()
            error = self._copied(connection, planned, b"".join(lines[begin:end]))
            if error is None:
                continue
            if end - begin == 1:
                self.refusals.add([self._refusal(connection, planned, numbers[begin], error)])
                continue
            middle = (begin + end) // 2
            waiting += [(middle, end), (begin, middle)]

    def _copied(self, connection: Connection, planned: TablePlan, octets: bytes) -> StudioError | None:
        names = [_ROW, *(pair.target.name for pair in planned.columns)]
        columns = sql.SQL(", ").join(map(sql.Identifier, names))
        mine = sql.Identifier(self._names[planned.target.name])
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(mine, columns)
        try:
            with (
                connection.begin_nested(),
                translated(),
                driver_of(connection).cursor() as cursor,
                cursor.copy(statement) as copy,
            ):
                copy.write(octets)
        except (ConstraintViolated, InvalidValue, ServerFailed) as error:
            return error
        return None

    def _refusal(self, connection: Connection, planned: TablePlan, number: int, error: StudioError) -> Refusal:
        sources = {pair.target.name: pair.source for pair in planned.columns}
        report = error.report
        names: tuple[str, ...] = (report.column,) if report is not None and report.column else ()
        if not names and (found := _COLUMN.match(_context(error))) is not None:
            names = (found[1],)
        constraint = report.constraint if report is not None else ""
        if not names and constraint and error.code in {"constraint.unique", "constraint.exclusion"}:
            names = tuple(connection.execute(_OF_INDEX, {"name": constraint}).scalars())
            constraint = ""  # the temporary table's own name for it says nothing
        shown = ", ".join(sources[name] for name in names if name in sources)
        facts = (("constraint", constraint),) if constraint else ()
        return Refusal(planned.source.name, number, shown, error.code, facts)

    def _look_up(self, connection: Connection, planned: TablePlan, key: ForeignKey) -> None:
        sources = {pair.target.name: pair.source for pair in planned.columns}
        if not sources.keys() >= set(key.columns):
            return
        child = self._table(planned, "child")
        asked = select(child.c[_ROW]).where(and_(*(child.c[name].is_not(None) for name in key.columns)))
        parents = [other for other in self._plan.tables if other.target.name == key.target]
        if not all({pair.target.name for pair in other.columns} >= set(key.target_columns) for other in parents):
            return  # the database makes what is pointed to: nobody can know it before
        tables: list[Any] = [self._table(other, "parent") for other in parents]
        tables.append(_real(key.target, key.target_columns))
        for parent in tables:
            pairs = zip(key.columns, key.target_columns, strict=True)
            found = and_(*(parent.c[theirs] == child.c[mine] for mine, theirs in pairs))
            asked = asked.where(~exists(select(literal_column("1")).select_from(parent).where(found)))
        columns = ", ".join(sources[name] for name in key.columns)
        facts = (("constraint", key.name), ("target", str(key.target)))
        self._add(connection, planned, asked, columns, "constraint.foreign_key", facts)

    def _look_for_taken(self, connection: Connection, planned: TablePlan, index: Index) -> None:
        """Look for rows whose unique values the real table has already."""
        sources = {pair.target.name: pair.source for pair in planned.columns}
        if not sources.keys() >= set(index.columns):
            return
        mine, real = self._table(planned, "mine"), table_of(planned.target).alias("taken")
        same = and_(*(real.c[name] == mine.c[name] for name in index.columns))
        asked = select(mine.c[_ROW]).where(exists(select(literal_column("1")).select_from(real).where(same)))
        columns = ", ".join(sources[name] for name in index.columns)
        self._add(connection, planned, asked, columns, "constraint.unique", (("constraint", index.name),))

    def _add(
        self,
        connection: Connection,
        planned: TablePlan,
        asked: Select[Any],
        columns: str,
        reason: str,
        facts: tuple[tuple[str, Any], ...],
    ) -> None:
        numbers = connection.execute(asked.order_by(literal_column("1"))).scalars().all()
        self.refusals.add([Refusal(planned.source.name, number, columns, reason, facts) for number in numbers])

    def _table(self, planned: TablePlan, alias: str) -> Any:
        name = quoted_name(self._names[planned.target.name], quote=True)
        names = [_ROW, *(pair.target.name for pair in planned.columns)]
        return table(name, *(column(quoted_name(each, quote=True)) for each in names), schema=_SCHEMA).alias(alias)


def _real(name: RelationName, columns: Sequence[str]) -> Any:
    schema = quoted_name(name.schema, quote=True)
    named: list[ColumnClause[Any]] = [column(quoted_name(each, quote=True)) for each in columns]
    found: TableClause = table(quoted_name(name.name, quote=True), *named, schema=schema)
    return found.alias("real")


def _context(error: StudioError) -> str:
    """Return where in COPY the server stood. It quotes the value: only the column's name is taken from it."""
    diag = getattr(error.__cause__, "diag", None)
    return str(getattr(diag, "context", "") or "")
