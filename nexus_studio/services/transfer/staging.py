"""Lines of a file in the database before they are rows: a temporary table of texts, and the statements on it.

What is refused stands in a second temporary table, by line, so that nothing of it has to travel before it is listed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import psycopg
from psycopg import sql
from sqlalchemy import Connection

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.data.rowformats import MASK
from nexus_studio.core.data.transfer import TextStyle
from nexus_studio.core.data.transferplan import ImportMode, ImportPlan, Mapped, Source
from nexus_studio.core.errors import BugError
from nexus_studio.core.schema.catalog import Generated
from nexus_studio.core.schema.types import PgType, TypeKind
from nexus_studio.services.quietly import run_quietly
from nexus_studio.services.transfer.filereading import Told, records, utf8_blocks

LINES: Final = sql.Identifier("pg_temp", "nexus_lines")
ROWS: Final = sql.Identifier("pg_temp", "nexus_rows")
REFUSED: Final = sql.Identifier("pg_temp", "nexus_refused")

_NOW: Final = "SET CONSTRAINTS ALL IMMEDIATE"
_END: Final = (b"\n\\.", b"\r\\.")
_EMPTY_IS_NULL: Final = frozenset(
    {
        TypeKind.NUMBER, TypeKind.BOOLEAN, TypeKind.DATE, TypeKind.TIME, TypeKind.TIMESTAMP, TypeKind.INTERVAL,
        TypeKind.UUID, TypeKind.JSON, TypeKind.ENUM, TypeKind.ARRAY, TypeKind.RANGE, TypeKind.NETWORK,
    }
)  # fmt: skip
"""Kinds that have no empty text: many programs put quotes around every cell."""


class Unfit(Exception):
    """COPY would not read this file as it is meant. It never leaves the import."""


class Taker(Protocol):
    """Takes what a statement gives back of the rows that it wrote."""

    @property
    def returning(self) -> sql.Composable:
        """The clause that asks for it."""

    def take(self, records: Sequence[tuple[Cell, ...]]) -> None:
        """Take it."""


@dataclass(frozen=True, slots=True)
class Range:
    """Lines `first` to `last`, both included; None: all."""

    first: int | None = None
    last: int | None = None


NOTHING: Final = Range(0, -1)
"""No line at all."""


def driver_of(connection: Connection) -> psycopg.Connection:
    """Return the driver's connection."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise BugError("bug.driver")
    return driver


def is_null_when_empty(type_: PgType) -> bool:
    """Tell whether empty text between quotes can only mean NULL."""
    return type_.kind in _EMPTY_IS_NULL and not type_.domain_of


def copy_file(
    driver: psycopg.Connection, target: sql.Composable, columns: Sequence[str], plan: ImportPlan, source: Source,
    path: Path, told: Told,
) -> int:  # fmt: skip
    """Have the server itself read a file of cells; returns the number of lines.

    Args:
        driver: A connection inside a transaction.
        target: The table.
        columns: Of the table, for each column of the file.
        plan: What goes where; names the columns that have no empty text.
        source: How the file is written.
        path: The file.
        told: Hears how far it is.

    Raises:
        Unfit: a line would be taken for the end of the data by servers before 18.
        UnicodeDecodeError: as `utf8_blocks`.
    """
    forced = [columns[each.place] for each in plan.columns if is_null_when_empty(each.target.type)]
    statement = sql.SQL("COPY {} ({}) FROM STDIN ({})").format(
        target, sql.SQL(", ").join(map(sql.Identifier, columns)), _options(source.style, forced)
    )
    with driver.cursor() as cursor:
        with cursor.copy(statement) as copy:
            before = b"\n"
            for block in utf8_blocks(path, source, told):
                edge = before + block[:3]
                if any(end in block or end in edge for end in _END):
                    raise Unfit
                copy.write(block)
                before = block[-2:]
        return cursor.rowcount


def _options(style: TextStyle, forced: Sequence[str]) -> sql.Composable:
    options = sql.SQL(
        "FORMAT csv, HEADER {}, DELIMITER {}, QUOTE {}, ESCAPE {}, NULL {}, ENCODING 'UTF8'"
    ).format(
        sql.SQL("true" if style.has_header else "false"),
        sql.Literal(style.delimiter), sql.Literal(style.quote), sql.Literal(style.quote), sql.Literal(style.null),
    )  # fmt: skip
    if not forced:
        return options
    return sql.SQL("{}, FORCE_NULL ({})").format(options, sql.SQL(", ").join(map(sql.Identifier, forced)))


class Stage:
    """The temporary tables of one import, in its transaction. Errors are the driver's."""

    def __init__(self, driver: psycopg.Connection, plan: ImportPlan, source: Source, *, is_quiet: bool = False) -> None:
        """Take a connection in a transaction. `is_quiet`: refusals must not quote rows (see `quietly`)."""
        self.driver, self.plan, self.source = driver, plan, source
        self._is_quiet = is_quiet
        self.is_by_server = False
        self.lines = 0

    def make(self) -> None:
        """Make the tables, empty."""
        cells = [sql.SQL("{} text").format(cell_name(place)) for place in range(self._width)]
        columns = sql.SQL(", ").join([sql.SQL("line bigint GENERATED BY DEFAULT AS IDENTITY"), *cells])
        self.driver.execute(sql.SQL("CREATE TEMPORARY TABLE nexus_lines ({}) ON COMMIT DROP").format(columns))
        self.driver.execute(
            "CREATE TEMPORARY TABLE nexus_refused (line bigint, places text, code text, words text, other bigint,"
            " expected bigint) ON COMMIT DROP"
        )

    def copy(self, path: Path, told: Told) -> None:
        """Have the server read the file. Then a line's number is that of its record, the first behind the header 1."""
        names = [f"c{place}" for place in range(len(self.source.names))]
        self.lines = copy_file(self.driver, LINES, names, self.plan, self.source, path, told)
        self.is_by_server = True
        self._look_at()

    def read(self, path: Path, told: Told) -> None:
        """Read the file here, line by line; what is no line is refused."""
        types = {each.name: each.target.type for each in self.plan.columns}
        forced = {each.place for each in self.plan.columns if is_null_when_empty(each.target.type)}
        null, width, filled = self.source.style.null, len(self.source.names), self.plan.filled
        bad: list[tuple[int, str, int]] = []
        names = sql.SQL(", ").join([sql.Identifier("line"), *map(cell_name, range(self._width))])
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(LINES, names)
        with self.driver.cursor() as cursor, cursor.copy(statement) as copy:
            for record in records(path, self.source, types, told):
                self.lines += 1
                if record.problem:
                    bad.append((record.line, record.problem, len(record.cells)))
                    continue
                cells: Iterable[Cell] = record.cells
                if forced:
                    cells = [None if c == null and n in forced else c for n, c in enumerate(record.cells)]
                copy.write_row((record.line, *cells, *(each.make() for each in filled)))
        self._look_at()
        with self.driver.cursor() as cursor, cursor.copy(_REFUSE) as copy:
            for line, problem, found in bad:
                copy.write_row((line, problem, found or None, width if problem == "transfer.width" else None))

    def _look_at(self) -> None:
        self.driver.execute(sql.SQL("ANALYZE {}").format(LINES))

    def write(self, lines: Range, keeper: Taker | None = None) -> int:
        """Write lines into the table as the mode wants it; returns how many rows were written."""
        statement = self._statement(lines)
        if self._is_quiet:
            whole = statement if keeper is None else sql.Composed([statement, keeper.returning])
            (quietly,) = run_quietly(self.driver, (whole.as_string(self.driver),), returns=keeper is not None)
            if keeper is not None:
                keeper.take(quietly.cells)
            return quietly.rows
        if keeper is None:
            return self.driver.execute(statement).rowcount
        done = self.driver.execute(sql.Composed([statement, keeper.returning]))
        keeper.take(done.fetchall())
        return done.rowcount

    def check_now(self) -> None:
        """Have the constraints checked that would be at the end."""
        if self._is_quiet:
            run_quietly(self.driver, (_NOW,))
        else:
            self.driver.execute(_NOW)

    def refuse_masked(self) -> None:
        """Refuse lines with the dots of an export that hid values: they would go over what they stand for."""
        for each in self.plan.columns:
            if each.target.type.kind is TypeKind.TEXT:
                self.driver.execute(
                    sql.SQL(
                        "INSERT INTO {} (line, places, code, words) SELECT line, {}, 'transfer.masked', ''"
                        " FROM {} WHERE {} = {}"
                    ).format(
                        REFUSED, sql.Literal(str(each.place)), LINES, cell_name(each.place), sql.Literal(MASK)
                    )
                )  # fmt: skip

    def has_refused(self) -> bool:
        """Tell whether lines were refused already."""
        return bool(self._number(sql.SQL("SELECT count(*) FROM {}").format(REFUSED)))

    def matched(self) -> int:
        """Count the lines whose key a row has."""
        statement = sql.SQL("SELECT count(*) FROM {} s WHERE EXISTS (SELECT FROM {} t WHERE {})").format(
            LINES, self.target, self.same_key(lambda each: cast_cell(each, "s"))
        )
        return self._number(statement)

    def spoiled_keys(self) -> int:
        """Count the lines that have no whole key, or one that another line has too."""
        keys = [self.plan.mapped(name) for name in self.plan.key]
        values = sql.SQL(", ").join(cast_cell(each) for each in keys)
        whole = sql.SQL(" AND ").join(sql.SQL("{} IS NOT NULL").format(cell_name(each.place)) for each in keys)
        statement = sql.SQL(
            "SELECT (SELECT count(*) FROM {0} WHERE NOT ({1})) + coalesce((SELECT sum(n - 1) FROM"
            " (SELECT count(*) AS n FROM {0} WHERE {1} GROUP BY {2} HAVING count(*) > 1) d), 0)"
        ).format(LINES, whole, values)
        return self._number(statement)

    @property
    def changes_rows(self) -> bool:
        """Whether a line changes anything of the row that has its key."""
        return bool(self._changed())

    @property
    def target(self) -> sql.Identifier:
        """The table that is imported into."""
        return sql.Identifier(self.plan.relation.schema, self.plan.relation.name)

    def same_key(self, value: Callable[[Mapped], sql.Composable]) -> sql.Composable:
        """Return the condition that a row of the target, as t, has the key of a line."""
        pairs = [
            sql.SQL("t.{} = {}").format(sql.Identifier(name), value(self.plan.mapped(name))) for name in self.plan.key
        ]
        return sql.SQL(" AND ").join(pairs)

    def _number(self, statement: sql.Composed) -> int:
        found = self.driver.execute(statement).fetchone()
        return int(found[0]) if found else 0

    def _statement(self, lines: Range) -> sql.Composed:
        values = sql.SQL(", ").join(
            sql.SQL("{} AS {}").format(cast_cell(each), value_name(each.place)) for each in self.plan.written
        )
        between: sql.Composable = sql.SQL("")
        if lines.first is not None:
            between = sql.SQL(" WHERE line BETWEEN {} AND {}").format(sql.Literal(lines.first), sql.Literal(lines.last))
        chosen = sql.SQL("SELECT {} FROM {}{}").format(values, LINES, between)
        return self._update(chosen) if self.plan.mode is ImportMode.UPDATE else self._insert(chosen)

    def _insert(self, chosen: sql.Composable) -> sql.Composed:
        columns = sql.SQL(", ").join(sql.Identifier(each.target.name) for each in self.plan.written)
        always = any(each.target.generated is Generated.IDENTITY_ALWAYS for each in self.plan.columns)
        statement = sql.SQL("INSERT INTO {} AS t ({}) {}{} ORDER BY line").format(
            self.target, columns, sql.SQL("OVERRIDING SYSTEM VALUE " if always else ""), chosen
        )
        if self.plan.mode is ImportMode.INSERT:
            return statement
        key = sql.SQL(", ").join(map(sql.Identifier, self.plan.key))
        changes = [sql.SQL("{0} = EXCLUDED.{0}").format(sql.Identifier(each.target.name)) for each in self._changed()]
        then = sql.SQL("UPDATE SET {}").format(sql.SQL(", ").join(changes)) if changes else sql.SQL("NOTHING")
        return sql.SQL("{} ON CONFLICT ({}) DO {}").format(statement, key, then)

    def _update(self, chosen: sql.Composable) -> sql.Composed:
        changes = sql.SQL(", ").join(
            sql.SQL("{} = s.{}").format(sql.Identifier(each.target.name), value_name(each.place))
            for each in self._changed()
        )
        return sql.SQL("UPDATE {} AS t SET {} FROM ({}) AS s WHERE {}").format(
            self.target, changes, chosen, self.same_key(lambda each: sql.SQL("s.{}").format(value_name(each.place)))
        )

    def _changed(self) -> list[Mapped]:
        """List what of a row that is there changes: nothing is filled where the file itself changes nothing."""
        own: list[Mapped] = [
            each
            for each in self.plan.columns
            if each.target.name not in self.plan.key and each.target.generated is not Generated.IDENTITY_ALWAYS
        ]
        return [*own, *(each for each in self.plan.filled if not each.is_id)] if own else []

    @property
    def _width(self) -> int:
        return len(self.source.names) + len(self.plan.filled)


def cell_name(place: int) -> sql.Identifier:
    """Return the name of a column of texts."""
    return sql.Identifier(f"c{place}")


def value_name(place: int) -> sql.Identifier:
    """Return the name of a column of values."""
    return sql.Identifier(f"v{place}")


def cast_cell(each: Mapped, alias: str = "") -> sql.Composable:
    """Return a cell as a value of its column's type; what the column limits beyond it, it does on assignment."""
    name = sql.Identifier(alias, f"c{each.place}") if alias else cell_name(each.place)
    return sql.SQL("CAST({} AS {})").format(name, sql.SQL(each.target.type.sql))


_REFUSE: Final = sql.SQL("COPY {} (line, code, other, expected) FROM STDIN").format(REFUSED)
