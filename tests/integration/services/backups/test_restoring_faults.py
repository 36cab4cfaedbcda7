"""What goes wrong while a backup is restored: it is said, what was there is as it was, and nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from nexus_studio.core.admin.archives import RestoreInto, RestoreTarget
from nexus_studio.core.errors import BackupDamaged, ConnectionFailed, ResetRefused, RestoreRefused
from nexus_studio.core.tasks import Cancelled, CancelToken, TaskContext
from nexus_studio.services.backups import restoreplan, restoring
from nexus_studio.services.backups.emptydatabase import BareState, bare_state, contents_of
from nexus_studio.services.backups.loading import load
from nexus_studio.services.backups.restoring import restore
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from tests.integration.services.backups.dumps import (
    OwnServer,
    at,
    databases,
    drop,
    dump,
    fill,
    make,
)
from tests.support.fix_cluster import profile_of
from tests.support.processes import children_named, kill
from tests.support.waiting import until

CTX = TaskContext.for_test()
PATHS = Paths.below(Path("/nonexistent"))
NEW = RestoreTarget(RestoreInto.NEW, "a new one")

# Rows that take a minute to be restored, and no time to be written.
SLOW = """
    CREATE FUNCTION public.waits(id int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
        IF current_database() <> '{own}' THEN PERFORM pg_sleep(60); END IF;
        RETURN true;
    END $$;
    CREATE TABLE public.a (id int);
    INSERT INTO public.a SELECT generate_series(1, 1000);
    CREATE TABLE public.slow (id int CHECK (public.waits(id)));
    INSERT INTO public.slow VALUES (1);
    SELECT lo_create(0);
"""
WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND application_name ~ 'psql|pg_restore'"
OURS = "SELECT 1 FROM pg_stat_activity WHERE application_name ~ 'nexus-studio (psql|pg_restore)'"


@dataclass
class Place:
    """A server with a slow dump in all kinds, and an empty database."""

    url: str
    files: dict[str, Path]
    empty: str

    def __post_init__(self) -> None:
        self.before = databases(self.url)

    def assert_as_before(self, session: Session) -> None:
        """Nothing is left, neither a database nor a row nor a program."""
        until(lambda: not restores())
        assert databases(self.url) == self.before
        with psycopg.connect(at(self.url, "postgres"), autocommit=True) as connection:
            until(lambda: not connection.execute(OURS).fetchall())
        assert contents_in(session, self.empty) == ((), self.bare)

    @property
    def bare(self) -> BareState:
        """How an empty database is."""
        with closing(Session.open(profile_of(self.url), None, CTX)) as opened:
            return bare_state(opened, CTX)


def contents_in(session: Session, database: str) -> tuple[tuple[str, ...], BareState]:
    opened = Session.open(session.profile.with_database(database), session.secret, CTX)
    with closing(opened):
        return contents_of(opened, CTX), bare_state(opened, CTX)


def restores() -> list[psutil.Process]:
    return children_named("pg_restore", "psql")


def kill_restores(_pid: int) -> None:
    for each in restores():
        kill(each)


def place_on(url: str, folder: Path) -> Place:
    fill(url, SLOW.format(own=conninfo_to_dict(url)["dbname"]))
    files = {
        "custom": dump(url, folder / "x.dump", "--format=custom"),
        "directory": dump(url, folder / "x.dir", "--format=directory"),
        "plain": dump(url, folder / "x.sql"),
    }
    make(url, "an empty one")
    return Place(url, files, "an empty one")


@pytest.fixture
def place(pg_url: str, tmp_path: Path) -> Iterator[Place]:
    found = place_on(pg_url, tmp_path)
    yield found
    drop(pg_url, [found.empty, "a new one"])


def when_waiting(url: str, act: Callable[[int], object]) -> threading.Thread:
    """Begin a thread that does something once rows are being loaded; it gets the backend's number."""

    def run() -> None:
        with psycopg.connect(at(url, "postgres"), autocommit=True) as connection:
            found = until(lambda: connection.execute(WAITING).fetchone())
        assert found is not None
        act(found[0])

    thread = threading.Thread(target=run)
    thread.start()
    return thread


# what is restored, where, with how many jobs, in one transaction where that is possible
WAYS = [
    ("custom", NEW, True),
    ("custom", RestoreTarget(RestoreInto.EMPTY, "an empty one"), True),
    ("custom", RestoreTarget(RestoreInto.EMPTY, "an empty one"), False),
    ("directory", RestoreTarget(RestoreInto.EMPTY, "an empty one", jobs=2), True),
    ("plain", NEW, True),
    ("plain", RestoreTarget(RestoreInto.EMPTY, "an empty one"), True),
    ("plain", RestoreTarget(RestoreInto.EMPTY, "an empty one"), False),
]


@pytest.fixture(params=WAYS, ids=lambda way: f"{way[0]}-{way[1].into.value}-{way[1].jobs}-{way[2]}")
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[str, RestoreTarget]:
    kind, target, is_atomic = request.param
    if not is_atomic:  # as on a server that has few locks
        monkeypatch.setattr(restoreplan, "_SHARE_OF_LOCKS", 0)
    return kind, target


def test_cancelling_leaves_nothing(way: tuple[str, RestoreTarget], place: Place, session: Session) -> None:
    token = CancelToken()
    thread = when_waiting(place.url, lambda _pid: token.cancel())
    with pytest.raises(Cancelled):
        restore(session, PATHS, place.files[way[0]], way[1], TaskContext(token))
    thread.join()
    place.assert_as_before(session)


def test_a_killed_program_leaves_nothing(way: tuple[str, RestoreTarget], place: Place, session: Session) -> None:
    thread = when_waiting(place.url, kill_restores)
    with pytest.raises(RestoreRefused) as refused:
        restore(session, PATHS, place.files[way[0]], way[1], CTX)
    thread.join()
    assert (refused.value.code, refused.value.facts["reason"]) == ("restore.failed", "killed")
    place.assert_as_before(session)


def test_a_connection_that_is_ended_leaves_nothing(
    way: tuple[str, RestoreTarget], place: Place, session: Session
) -> None:
    def end(pid: int) -> None:
        with psycopg.connect(at(place.url, "postgres"), autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(%s)", (pid,))

    thread = when_waiting(place.url, end)
    with pytest.raises(RestoreRefused) as refused:
        restore(session, PATHS, place.files[way[0]], way[1], CTX)
    thread.join()
    assert (refused.value.code, refused.value.facts["reason"]) == ("restore.failed", "connection_lost")
    place.assert_as_before(session)


BAD_ROW = """
    CREATE FUNCTION public.most() RETURNS int LANGUAGE sql AS 'SELECT 9999999';
    CREATE TABLE public.good (id int PRIMARY KEY);
    INSERT INTO public.good VALUES (1);
    CREATE TABLE public.bad (secret int CHECK (secret < public.most()));
    INSERT INTO public.bad VALUES (1), (7777777), (3);
    CREATE OR REPLACE FUNCTION public.most() RETURNS int LANGUAGE sql AS 'SELECT 50';
    SELECT lo_create(0);
"""


def test_errors_in_one_table_are_named_without_the_row(
    way: tuple[str, RestoreTarget], session: Session, pg_url: str, tmp_path: Path
) -> None:
    fill(pg_url, BAD_ROW)
    kind, target = way
    file = dump(pg_url, tmp_path / "x", f"--format={kind}")
    make(pg_url, "an empty one")
    place = Place(pg_url, {}, "an empty one")
    try:
        with pytest.raises(RestoreRefused) as refused:
            restore(session, PATHS, file, target, CTX)
        facts = refused.value.facts
        assert (facts["reason"], facts["table"], facts["line"]) == ("statement", "bad", 2)
        assert "bad_secret_check" in str(facts["words"])
        assert "7777777" not in str(facts)
        place.assert_as_before(session)
    finally:
        drop(pg_url, ["an empty one"])


@pytest.mark.logs("left over database removed")
def test_a_killed_studio_leaves_nothing_for_long(place: Place, session: Session) -> None:
    """What it was restoring is either undone by the server, or removed by the next restore."""
    code = """
import sys
from pathlib import Path
from nexus_studio.core.admin.archives import RestoreInto, RestoreTarget
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backups.restoring import restore
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from tests.support.fix_cluster import profile_of
url, file, into, name = sys.argv[1:]
session = Session.open(profile_of(url), None, TaskContext())
restore(session, Paths.below(Path("/nonexistent")), Path(file), RestoreTarget(RestoreInto(into), name), TaskContext())
"""
    for into, name in (("empty", place.empty), ("new", "a new one")):
        arguments = (sys.executable, "-c", code, place.url, str(place.files["plain"]), into, name)
        with subprocess.Popen(arguments, stderr=subprocess.DEVNULL) as studio:
            when_waiting(place.url, partial(_kill, studio)).join()
        assert studio.returncode == -signal.SIGKILL
        with psycopg.connect(at(place.url, "postgres"), autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM (" + WAITING + ") w")
            until(partial(_is_alone, connection))
    assert contents_in(session, place.empty)[0] == ()
    left = databases(place.url) - place.before
    assert len(left) == 1
    assert next(iter(left)).startswith("nexus_restore_")
    with pytest.raises(RestoreRefused):
        token = TaskContext()
        thread = when_waiting(place.url, kill_restores)
        restore(session, PATHS, place.files["plain"], NEW, token)
    thread.join()
    place.assert_as_before(session)


def _kill(studio: subprocess.Popen[bytes], _backend: int) -> None:
    studio.kill()


def _is_alone(connection: psycopg.Connection) -> bool:
    return not connection.execute(OURS).fetchall()


@pytest.fixture(scope="module")
def own_server(server_room: Path) -> Iterator[OwnServer]:
    found = OwnServer(server_room / "restoring")
    yield found
    found.server.cleanup()


@pytest.fixture
def own_place(own_server: OwnServer, tmp_path: Path) -> Iterator[Place]:
    found = place_on(make(own_server.url, "source"), tmp_path)
    yield found
    drop(own_server.url, [found.empty, "a new one", "source"])


@pytest.fixture
def own_session(own_server: OwnServer, own_place: Place) -> Iterator[Session]:
    opened = Session.open(replace(profile_of(own_place.url), user="nxs"), "right", CTX)
    yield opened
    opened.close()


def test_a_server_that_is_restarted_leaves_nothing(
    way: tuple[str, RestoreTarget], own_server: OwnServer, own_place: Place, own_session: Session
) -> None:
    thread = when_waiting(own_place.url, lambda pid: os.kill(pid, signal.SIGKILL))
    with pytest.raises(RestoreRefused) as refused:
        restore(own_session, PATHS, own_place.files[way[0]], way[1], CTX)
    thread.join()
    assert (refused.value.code, refused.value.facts["reason"]) == ("restore.failed", "connection_lost")
    own_place.assert_as_before(own_session)


@pytest.fixture(scope="module")
def full_server(server_room: Path) -> Iterator[OwnServer]:
    """A server whose files can't grow any more: that is to it what a full disk is."""
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20 * 1024**2, limits[1]))
    try:
        found = OwnServer(server_room / "full")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    yield found
    found.server.cleanup()


def test_a_full_disk_on_the_server_is_said(
    way: tuple[str, RestoreTarget], full_server: OwnServer, pg_url: str, tmp_path: Path
) -> None:
    fill(pg_url, "CREATE TABLE small AS SELECT 1")
    fill(pg_url, "CREATE TABLE t AS SELECT repeat('x', 1000) AS x FROM generate_series(1, 30000)")
    kind, target = way
    file = dump(pg_url, tmp_path / "large", f"--format={kind}")
    place = Place(full_server.url, {}, "an empty one")
    make(place.url, place.empty)
    place.before = databases(place.url)
    opened = Session.open(profile_of(place.url), None, CTX)
    try:
        with pytest.raises(RestoreRefused) as refused:
            restore(opened, PATHS, file, target, CTX)
        assert (refused.value.code, refused.value.facts["reason"]) == ("restore.failed", "disk_full")
        place.assert_as_before(opened)
    finally:
        opened.close()
        drop(place.url, [place.empty])


def test_a_wrong_password_is_said(own_server: OwnServer, own_place: Place, own_session: Session) -> None:
    own_server.run("ALTER ROLE nxs PASSWORD 'another'")
    try:
        for kind in own_place.files:
            with pytest.raises(RestoreRefused) as refused:
                profile = own_session.profile.with_database(own_place.empty)
                load(None, own_place.files[kind], profile, "not-this-one", CTX, server_version=180000)
            assert refused.value.facts["reason"] == "connection"
            assert "not-this-one" not in str(refused.value.facts)
        with pytest.raises(ConnectionFailed) as failed:
            restore(own_session, PATHS, own_place.files["plain"], NEW, CTX)
        assert failed.value.code == "connection.password_wrong"
    finally:
        own_server.run("ALTER ROLE nxs PASSWORD 'right'")
    own_place.assert_as_before(own_session)


def test_a_damaged_file_is_named_before_anything_is_touched(
    place: Place, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring, "fresh", lambda *_: pytest.fail("it was begun"))
    monkeypatch.setattr(restoring, "load", lambda *_, **__: pytest.fail("it was begun"))
    for name in ("custom", "plain"):
        cut = tmp_path / f"cut-{name}"
        cut.write_bytes(place.files[name].read_bytes()[:-200])
        for target in (NEW, RestoreTarget(RestoreInto.EMPTY, place.empty)):
            with pytest.raises(BackupDamaged):
                restore(session, PATHS, cut, target, CTX)
    (place.files["directory"] / "toc.dat").unlink()
    with pytest.raises(BackupDamaged, match="no_dump"):
        restore(session, PATHS, place.files["directory"], NEW, CTX)
    place.assert_as_before(session)


def test_who_is_connected_stops_a_swap_before_it_begins(
    place: Place, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoreplan, "look", lambda *_, **__: pytest.fail("it was begun"))
    with psycopg.connect(place.url), pytest.raises(ResetRefused, match="connected"):
        restore(session, PATHS, place.files["custom"], RestoreTarget(RestoreInto.SWAP), CTX)
