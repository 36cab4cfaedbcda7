"""A backup opened like a database: looked into, compared with today's, rows brought back; and gone afterwards."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nexus_studio.core.admin.archives import ArchiveKind
from nexus_studio.core.admin.tablecomparison import Fate
from nexus_studio.core.data.cells import PageRequest
from nexus_studio.core.data.changeset import ChangeSet
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.errors import BackupDamaged, ConnectionLost, ForbiddenHere, UnknownRelation
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import Cancelled, CancelToken, Progress, TaskContext
from nexus_studio.services.backups.inside import close_all, open_inside
from nexus_studio.services.migrations import scratch
from nexus_studio.services.migrations.scratch import PREFIX
from nexus_studio.services.migrations.scratchserver import embedded_session
from nexus_studio.services.paths import Paths
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.rowsource import RowSource
from nexus_studio.services.rowwriter import RowWriter
from nexus_studio.services.session import Session
from tests.integration.services.backups.proofdumps import describe, dump

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()
PEOPLE = RelationName("public", "people")


@pytest.fixture(scope="module")
def home(server_room: Path) -> Path:
    return server_room / "inside-home"


@pytest.fixture(scope="module")
def paths(home: Path) -> Paths:
    return Paths.below(home)


@pytest.fixture(scope="module", autouse=True)
def scratch_server(paths: Paths) -> Iterator[Session]:
    with embedded_session(paths, CTX) as session:
        yield session


@pytest.fixture
def file(session: Session, sql: Sql, tmp_path: Path) -> Path:
    """A backup of a database in which much has happened since."""
    sql("CREATE TABLE people (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL)")
    sql("INSERT INTO people (name) SELECT 'person ' || n FROM generate_series(1, 500) n")
    sql("CREATE TABLE dropped (id int PRIMARY KEY)")
    found = dump(session, tmp_path)
    sql("DELETE FROM people WHERE id = 77; UPDATE people SET name = 'somebody else' WHERE id = 78")
    sql("INSERT INTO people (name) VALUES ('new'); DROP TABLE dropped")
    return found


def _scratches(session: Session) -> list[str]:
    with session.read(CTX) as connection:
        names = [str(row[0]) for row in connection.exec_driver_sql("SELECT datname FROM pg_database")]
    return [name for name in names if name.startswith(PREFIX)]


def test_rows_are_read_like_any_databases(session: Session, paths: Paths, file: Path) -> None:
    with open_inside(session, paths, file, CTX) as inside:
        assert [(each.name.name, each.rows) for each in inside.tables(CTX)] == [("dropped", 0), ("people", 500)]
        people = inside.catalog.relation(PEOPLE, CTX)
        page = RowSource(inside.session).fetch(people, RowQuery(PEOPLE), PageRequest(76, 1, skip=76), 1, CTX)
        assert page.rows[0].cells == ("77", "person 77")
        with pytest.raises(ForbiddenHere), inside.session.write(CTX):
            pytest.fail("it only reads")


def test_one_deleted_row_is_brought_back(session: Session, paths: Paths, file: Path, sql: Sql) -> None:
    with open_inside(session, paths, file, CTX) as inside:
        found = inside.compare(PEOPLE, session, CTX)
        assert (found.only_in_backup, found.only_now, found.changed) == (1, 1, 1)
        (gone,) = found.of(Fate.ONLY_IN_BACKUP)
        assert gone.then == ("77", "person 77")
        changes = inside.bring_back(PEOPLE, [gone.key], session, CTX)
    relation = CatalogReader(session).relation(PEOPLE, CTX)
    staged = ChangeSet(relation)
    assert staged.adopt(changes) == 1
    assert sql("SELECT count(*) FROM people WHERE id = 77") == [(0,)]  # staged, not written
    RowWriter(session).apply(staged.freeze(), {PEOPLE: relation}, CTX)
    assert sql("SELECT name FROM people WHERE id IN (77, 78) ORDER BY id") == [("person 77",), ("somebody else",)]


def test_a_table_that_only_one_has_is_said_to_be_missing(session: Session, paths: Paths, file: Path, sql: Sql) -> None:
    sql("CREATE TABLE later (id int)")
    with open_inside(session, paths, file, CTX) as inside:
        for name in ("dropped", "later"):
            with pytest.raises(UnknownRelation):
                inside.compare(RelationName("public", name), session, CTX)


def test_several_are_open_at_once_and_each_goes_when_it_is_closed(
    session: Session, paths: Paths, file: Path, scratch_server: Session
) -> None:
    first = open_inside(session, paths, file, CTX)
    second = open_inside(None, paths, file, CTX)
    assert {each.session.profile.database for each in (first, second)} == set(_scratches(scratch_server))
    first.close()
    first.close()
    assert _scratches(scratch_server) == [second.session.profile.database]
    with pytest.raises(ConnectionLost):
        first.tables(CTX)
    assert second.compare(PEOPLE, session, CTX).only_in_backup == 1
    close_all()  # as at the end of the program
    assert _scratches(scratch_server) == []


def test_the_end_of_the_program_waits_for_what_is_being_closed(
    session: Session, paths: Paths, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the server would be stopped while its database is being dropped."""
    begun, goes_on, real = threading.Event(), threading.Event(), scratch._drop

    def slow(driver: psycopg.Connection, name: str) -> None:
        begun.set()
        goes_on.wait(60)
        real(driver, name)

    inside = open_inside(session, paths, file, CTX)
    monkeypatch.setattr(scratch, "_drop", slow)
    closing, ending = threading.Thread(target=inside.close), threading.Thread(target=close_all)
    closing.start()
    assert begun.wait(60)
    ending.start()
    ending.join(0.2)
    assert ending.is_alive()
    goes_on.set()
    for each in (closing, ending):
        each.join(60)
        assert not each.is_alive()


def test_stopped_while_it_is_opened_it_leaves_nothing(
    session: Session, paths: Paths, file: Path, scratch_server: Session
) -> None:
    for step in ("restore.loading", "inside.analyzing"):
        token = CancelToken()

        def hear(progress: Progress, step: str = step, token: CancelToken = token) -> None:
            if progress.step == step:
                token.cancel()

        with pytest.raises(Cancelled):
            open_inside(session, paths, file, TaskContext(token, hear))
        assert _scratches(scratch_server) == []


def test_what_a_killed_program_has_left_goes_with_the_next_use(
    paths: Paths, home: Path, file: Path, scratch_server: Session
) -> None:
    arguments = (sys.executable, "-m", "tests.support.killed_look", str(file), str(home))
    killed = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert killed.returncode == -9, killed.stderr
    left = killed.stdout.strip()
    assert left in _scratches(scratch_server)
    with open_inside(None, paths, file, CTX) as inside:
        assert _scratches(scratch_server) == [inside.session.profile.database]


def test_what_is_damaged_is_not_opened(session: Session, paths: Paths, file: Path, scratch_server: Session) -> None:
    describe(session, file)
    with file.open("ab") as stream:
        stream.write(b"x")
    with pytest.raises(BackupDamaged):
        open_inside(session, paths, file, CTX)
    assert _scratches(scratch_server) == []


def test_a_plain_dump_is_opened_as_well(session: Session, paths: Paths, file: Path, tmp_path: Path) -> None:
    plain = dump(session, tmp_path, ArchiveKind.PLAIN_ZSTD)
    with open_inside(session, paths, plain, CTX) as inside:
        assert inside.compare(PEOPLE, session, CTX).is_same
