"""Shelves: taken, listed, put back, dropped; as copies and as dumps; and what fails leaves everything as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nexus_studio.core.admin.resets import Others
from nexus_studio.core.admin.shelves import is_usable, read_mark
from nexus_studio.core.errors import BackupFailed, ForbiddenHere, ResetRefused
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services import databases
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from nexus_studio.services.shelves import ShelfService
from tests.support.fix_cluster import profile_of

ENDED = {"others": Others.END}


def run(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths.below(tmp_path / "home")


@pytest.fixture
def shelves(session: Session, paths: Paths, pg_url: str) -> Iterator[ShelfService]:
    run(pg_url, "CREATE TABLE t AS SELECT generate_series(1, 3) AS id")
    service = ShelfService(session, paths, lambda _session, _ctx: ("abc",))
    yield service
    for each in service.shelves(TaskContext()):
        service.drop(each.name, TaskContext())


def leftovers(url: str) -> list[tuple[Any, ...]]:
    return run(url, "SELECT datname FROM pg_database WHERE datname LIKE 'nexus_new_%'")


@pytest.mark.parametrize("as_dump", [False, True], ids=["copy", "dump"])
def test_there_and_back(shelves: ShelfService, pg_url: str, session: Session, as_dump: bool) -> None:
    name = session.server.database
    run(pg_url, f"ALTER DATABASE \"{name}\" SET nexus.note TO 'kept'")
    run(pg_url, f"COMMENT ON DATABASE \"{name}\" IS 'ours'")
    run(pg_url, "CREATE SCHEMA other; CREATE TYPE other.e AS ENUM ('x'); CREATE TABLE other.o (e other.e)")
    taken = shelves.take('before é "it"', TaskContext(), as_dump=as_dump)
    assert (taken.is_dump, taken.revision, taken.of) == (as_dump, "abc", name)
    listed = shelves.shelves(TaskContext())
    assert [(each.name, each.place, each.is_left_over) for each in listed] == [(taken.name, taken.place, False)]
    assert listed[0].size_bytes > 0
    run(pg_url, "DELETE FROM t; CREATE TABLE later (id int); CREATE SCHEMA newer; DROP SCHEMA other CASCADE")
    shelves.put_back(taken.name, TaskContext(), keep_as="the later one")
    assert run(pg_url, "SELECT count(*) FROM t") == [(3,)]
    assert run(pg_url, "SELECT to_regclass('later'), to_regnamespace('newer')") == [(None, None)]
    assert run(pg_url, "SELECT to_regclass('other.o') IS NOT NULL") == [(True,)]
    assert run(pg_url, "SHOW nexus.note") == [("kept",)]
    comment = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
    assert run(pg_url, comment) == [("ours",)]
    shelves.put_back("the later one", TaskContext())
    assert run(pg_url, "SELECT count(*), to_regclass('later') IS NOT NULL FROM t") == [(0, True)]
    assert {each.name for each in shelves.shelves(TaskContext())} == {taken.name, "the later one"}
    assert leftovers(pg_url) == []


def test_names_are_checked(shelves: ShelfService) -> None:
    shelves.take("one", TaskContext())
    for attempt, code in (
        (lambda: shelves.take("one", TaskContext()), "shelf.exists"),
        (lambda: shelves.take(" ", TaskContext()), "shelf.name"),
        (lambda: shelves.take("two\nlines", TaskContext()), "shelf.name"),
        (lambda: shelves.put_back("nobody", TaskContext()), "shelf.unknown"),
        (lambda: shelves.put_back("one", TaskContext(), keep_as="one"), "shelf.exists"),
        (lambda: shelves.drop("nobody", TaskContext()), "shelf.unknown"),
    ):
        with pytest.raises(ResetRefused) as refused:
            attempt()
        assert refused.value.code == code
    assert not is_usable("x" * 61)
    assert read_mark("x", "{}", 0) is None
    assert read_mark("x", "nexus.environment=ci", 0) is None


def test_others_are_in_the_way_unless_ended(shelves: ShelfService, pg_url: str) -> None:
    shelves.take("one", TaskContext())
    with psycopg.connect(pg_url, application_name="bystander") as other:
        other.execute("SELECT 1")
        for attempt in (
            lambda: shelves.take("two", TaskContext()),
            lambda: shelves.put_back("one", TaskContext()),
        ):
            with pytest.raises(ResetRefused) as refused:
                attempt()
            assert refused.value.code == "reset.connected"
            assert "bystander" in str(refused.value.facts["names"])
        assert shelves.take("as a dump", TaskContext(), as_dump=True).is_dump
        shelves.put_back("one", TaskContext(), others=Others.END)
        with pytest.raises(psycopg.OperationalError):
            other.execute("SELECT 1")
    assert leftovers(pg_url) == []


def test_a_failed_exchange_leaves_the_old_one(
    shelves: ShelfService, pg_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelves.take("one", TaskContext())
    run(pg_url, "INSERT INTO t VALUES (4)")
    rename, times = databases._rename, []

    def failing(driver: psycopg.Connection, name: str, to: str) -> None:
        rename(driver, name, to)
        times.append(name)
        if len(times) == 2:
            raise ResetRefused("reset.other_database", database=name)

    monkeypatch.setattr(databases, "_rename", failing)
    with pytest.raises(ResetRefused):
        shelves.put_back("one", TaskContext())
    monkeypatch.undo()
    assert run(pg_url, "SELECT count(*) FROM t") == [(4,)]
    assert leftovers(pg_url) == []
    assert [each.name for each in shelves.shelves(TaskContext())] == ["one"]


def test_a_broken_dump_leaves_the_old_one(shelves: ShelfService, pg_url: str) -> None:
    taken = shelves.take("one", TaskContext(), as_dump=True)
    file = Path(taken.place)
    file.write_bytes(file.read_bytes()[:-40])
    run(pg_url, "INSERT INTO t VALUES (4)")
    with pytest.raises(ResetRefused) as refused:
        shelves.put_back("one", TaskContext())
    assert refused.value.code == "shelf.not_restored"
    assert run(pg_url, "SELECT count(*) FROM t") == [(4,)]


def test_a_dump_takes_the_place_of_what_is_in_no_schema_too(
    shelves: ShelfService, pg_url: str, session: Session
) -> None:
    run(pg_url, "SELECT lo_from_bytea(4711, 'kept'); CREATE PUBLICATION p FOR TABLE t")
    run(pg_url, "CREATE FUNCTION heard() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$")
    run(pg_url, "CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION heard()")
    run(pg_url, "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w")
    run(pg_url, "CREATE USER MAPPING FOR PUBLIC SERVER s; CREATE FOREIGN TABLE f (id int) SERVER s")
    shelves.take("one", TaskContext(), as_dump=True)
    run(pg_url, "SELECT lo_from_bytea(4712, 'later'), lo_put(4711, 0, 'lost'); CREATE PUBLICATION later FOR TABLE t")
    shelves.put_back("one", TaskContext())
    beyond = """SELECT (SELECT array_agg(oid ORDER BY oid) FROM pg_largeobject_metadata),
                       (SELECT array_agg(pubname) FROM pg_publication),
                       (SELECT array_agg(evtname) FROM pg_event_trigger),
                       (SELECT array_agg(srvname) FROM pg_foreign_server), to_regclass('f') IS NOT NULL"""
    assert run(pg_url, beyond) == [([4711], ["p"], ["e"], ["s"], True)]
    assert run(pg_url, "SELECT lo_get(4711), count(*) FROM t") == [(b"kept", 3)]


def test_a_dump_can_be_put_back_where_the_schema_public_is_gone(shelves: ShelfService, pg_url: str) -> None:
    shelves.take("one", TaskContext(), as_dump=True)
    run(pg_url, "DROP SCHEMA public CASCADE")
    shelves.put_back("one", TaskContext())
    assert run(pg_url, "SELECT count(*) FROM public.t") == [(3,)]


def test_a_role_that_may_not_copy_gets_a_dump(pg_url: str, paths: Paths, shelves: ShelfService) -> None:
    role = f"nxs_poor_{run(pg_url, 'SELECT pg_backend_pid()')[0][0]}"
    run(pg_url, f"CREATE ROLE {role} LOGIN; GRANT pg_read_all_data TO {role}")
    session = Session.open(replace(profile_of(pg_url), user=role), None, TaskContext())
    poor = ShelfService(session, paths, lambda _session, _ctx: ())
    try:
        assert poor.take("poor", TaskContext()).is_dump
        run(pg_url, f"CREATE TABLE secrets (id int); REVOKE pg_read_all_data FROM {role}")
        with pytest.raises(BackupFailed) as refused:  # it says what is in the way, and speaks of no safety backup
            poor.take("poorer", TaskContext())
        assert refused.value.code == "backup.may_not_read"
        assert "secrets" in str(refused.value.facts["names"])
        assert [each.name for each in poor.shelves(TaskContext())] == ["poor"]
    finally:
        session.close()


@pytest.mark.parametrize("environment", [Environment.STAGING, Environment.PRODUCTION])
def test_shelves_are_refused_where_they_may_not_be(
    profile: ConnectionProfile, paths: Paths, shelves: ShelfService, environment: Environment, pg_url: str
) -> None:
    shelves.take("one", TaskContext())
    session = Session.open(replace(profile, environment=environment), None, TaskContext())
    strict = ShelfService(session, paths, lambda _session, _ctx: ())
    attempts: list[Callable[[], object]] = [
        lambda: strict.take("two", TaskContext()),
        lambda: strict.put_back("one", TaskContext()),
        lambda: strict.drop("one", TaskContext()),
    ]
    try:
        for attempt in attempts:
            with pytest.raises(ForbiddenHere):
                attempt()
        assert [each.name for each in strict.shelves(TaskContext())] == ["one"]
    finally:
        session.close()
