"""The round trips of every type: a row is read, changed elsewhere or typed again, saved - and is the same bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql as pgsql

from nexus_studio.core.data.cells import Cell, PageRequest, Row
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.data.changeset import ChangeSet
from nexus_studio.core.data.codecs import built_in_codecs
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.celljudging import CellJudge
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.rowsource import RowSource
from nexus_studio.services.rowwriter import RowWriter
from nexus_studio.services.session import Session
from tests.support.counting_server import counting_server
from tests.support.fix_cluster import make_conninfo_url, profile_of
from tests.support.typematrix import Case, cases_of, make_table

CTX = TaskContext.for_test()
NAME = RelationName("public", "matrix")


class Bench:
    """The table of every type, on one server, and a driver's connection beside it."""

    def __init__(self, url: str) -> None:
        self.plain = psycopg.connect(url, autocommit=True)
        self.session = Session.open(profile_of(url, time_zone="UTC"), None, CTX)
        self.cases = cases_of(self.sql)
        self.columns: Mapping[str, Case] = make_table(self.sql, self.cases)
        self.relation: Relation = CatalogReader(self.session).relation(NAME, CTX)

    def sql(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Run a statement as another client."""
        cursor = self.plain.execute(statement.encode(), parameters or None)
        return cursor.fetchall() if cursor.description else []

    def rows(self) -> list[Row]:
        """Read all rows as the grid does, whole."""
        source, names = RowSource(self.session), [column.name for column in self.relation.columns]
        page = source.fetch(self.relation, RowQuery(NAME), PageRequest(0, 1000), 1, CTX)
        found = []
        for row in page.rows:
            cells = source.whole_cells(self.relation, row.key, names, CTX)
            found.append(replace(row, cells=tuple(cells[name] for name in names), sizes={}))
        return found

    def close(self) -> None:
        """End both connections."""
        self.session.close()
        self.plain.close()


def stored(bench: Bench) -> dict[int, tuple[str, str]]:
    """Return, by row, a digest of its binary form (COPY … BINARY, note left out) and of its texts and sizes."""
    found: dict[int, tuple[str, str]] = {}
    columns = list(bench.columns)
    sendable = [column for column in columns if _has_send(bench, column)]
    names = pgsql.SQL(", ").join(map(pgsql.Identifier, sendable))
    for (number,) in bench.sql("SELECT id FROM matrix ORDER BY id"):
        copy = pgsql.SQL("COPY (SELECT {} FROM matrix WHERE id = {}) TO STDOUT (FORMAT binary)").format(
            names, pgsql.Literal(number)
        )
        digest = hashlib.sha256()
        with bench.plain.cursor() as cursor, cursor.copy(copy) as data:
            for block in data:
                digest.update(block)
        texts = ", ".join(f"{column}::text, pg_column_size({column})" for column in columns)
        line = bench.sql(f"SELECT {texts} FROM matrix WHERE id = {number}")[0]
        found[number] = (digest.hexdigest(), repr(line))
    return found


def _has_send(bench: Bench, column: str) -> bool:
    """Tell whether a type has a binary form, its elements included."""
    try:
        copy = f"COPY (SELECT {column} FROM matrix) TO STDOUT (FORMAT binary)".encode()
        with bench.plain.cursor() as cursor, cursor.copy(copy) as data:
            for _ in data:
                pass
    except psycopg.errors.UndefinedFunction:
        return False
    return True


@pytest.fixture(scope="module", params=["the embedded server", "a server with contrib"])
def bench(request: pytest.FixtureRequest, server_room: Path, make_database: Callable[..., str]) -> Iterator[Bench]:
    """The table on the tests' server, and on a system's PostgreSQL that has the contrib modules (skipped without)."""
    if request.param == "the embedded server":
        found = Bench(make_database())
        yield found
        found.close()
        return
    room = server_room / "types"
    room.mkdir()
    room.chmod(0o755)
    with counting_server(room) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE types TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")
        found = Bench(make_conninfo_url(url, "types"))
        assert {"hstore", "ltree", "citext"} <= {case.extension for case in found.cases}
        yield found
        found.close()


def value_of(bench: Bench, row: Row) -> tuple[str, str]:
    """Return the one column of a row that holds something, and its text."""
    names = [column.name for column in bench.relation.columns]
    return next((name, cell) for name, cell in zip(names[2:], row.cells[2:], strict=True) if cell is not None)


def test_cells_are_what_was_written(bench: Bench) -> None:
    expected = [value for case in bench.columns.values() for value in case.values]
    found = [value_of(bench, row)[1] for row in bench.rows()]
    blind = [(a.rstrip(), b.rstrip()) for a, b in zip(expected, found, strict=True)]  # char(n)::text has no spaces
    assert [pair for pair in blind if pair[0] != pair[1]] == []


def test_another_column_is_edited(bench: Bench) -> None:
    before, changes = stored(bench), ChangeSet(bench.relation)
    for row in bench.rows():
        changes.edit(row, "note", "edited")
    RowWriter(bench.session).apply(changes.freeze(), {NAME: bench.relation}, CTX)
    assert bench.sql("SELECT DISTINCT note FROM matrix") == [("edited",)]
    assert stored(bench) == before


def test_the_same_text_is_typed_again(bench: Bench) -> None:
    """Not through the change set, which would leave it out: the text is really written."""
    before, codecs, changes = stored(bench), built_in_codecs(), []
    for number, row in enumerate(bench.rows(), 1):
        name, cell = value_of(bench, row)
        type_ = bench.relation.column(name).type
        typed = codecs.for_type(type_).check(cell, type_)
        assert typed == cell, (type_.display, cell)
        base: dict[str, Cell] = {name: cell}
        changes.append(RowChange(NAME, ChangeKind.UPDATE, number, row.key, {name: typed}, base))
    versions = dict(bench.sql("SELECT id, xmin::text FROM matrix"))
    RowWriter(bench.session).apply(changes, {NAME: bench.relation}, CTX)
    after = dict(bench.sql("SELECT id, xmin::text FROM matrix"))
    assert all(after[number] != version for number, version in versions.items())
    assert stored(bench) == before


def test_a_change_set_leaves_out_what_is_typed_again(bench: Bench) -> None:
    changes = ChangeSet(bench.relation)
    for row in bench.rows():
        name, cell = value_of(bench, row)
        changes.edit(row, name, cell)
    assert changes.is_empty


def test_taken_away_and_typed_again(bench: Bench) -> None:
    before, writer = stored(bench), RowWriter(bench.session)
    texts: dict[str, tuple[str, str]] = {}
    changes = ChangeSet(bench.relation)
    for row in bench.rows():
        name, cell = value_of(bench, row)
        texts[row.key.cells[0] or ""] = (name, cell)
        changes.edit(row, name, None)
    writer.apply(changes.freeze(), {NAME: bench.relation}, CTX)
    changes = ChangeSet(bench.relation)
    for row in bench.rows():
        name, cell = texts[row.key.cells[0] or ""]
        changes.edit(row, name, cell)
    writer.apply(changes.freeze(), {NAME: bench.relation}, CTX)
    assert stored(bench) == before


def test_the_server_takes_what_it_gave(bench: Bench) -> None:
    judge = CellJudge(bench.session)
    for row in bench.rows():
        name, cell = value_of(bench, row)
        found = judge.judge(bench.relation.column(name).type, cell, CTX)
        assert (found.refusal, found.canonical) == (None, cell), bench.columns[name].type
