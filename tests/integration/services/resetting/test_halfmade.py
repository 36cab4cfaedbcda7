"""Databases that a kill leaves half made are known, and removed by whoever comes next; nobody else's are touched."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nexus_studio.core.admin.resets import ResetKind, ResetScope
from nexus_studio.core.errors import ResetRefused
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.halfmade import HalfMade
from nexus_studio.services.paths import Paths
from nexus_studio.services.resetting.journal import JournalFile
from nexus_studio.services.session import Session
from nexus_studio.services.shelves import ShelfService
from tests.support.killed_reset import service_on
from tests.support.waiting import until

ROOT = Path(__file__).parents[4]
MADE = "SELECT datname FROM pg_database WHERE datname ~ '^nexus_(new|shelf)_[0-9a-f]{12}$' ORDER BY 1"


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
    service = ShelfService(session, paths, lambda _session, _ctx: ())
    yield service
    for each in service.shelves(TaskContext()):
        service.drop(each.name, TaskContext())


def begun(url: str, paths: Paths, moment: str) -> subprocess.Popen[str]:
    command = (sys.executable, "-m", "tests.support.killed_dump", url, str(paths.data.parent), moment)
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def touch(shelves: ShelfService) -> None:
    """Do something with shelves that comes to nothing."""
    with pytest.raises(ResetRefused):
        shelves.drop("nobody", TaskContext())


@pytest.mark.parametrize("what", ["reset", "recreate", "empty"])
def test_whoever_resets_or_empties_removes_it_too(
    shelves: ShelfService, session: Session, paths: Paths, pg_url: str, what: str
) -> None:
    shelves.take("one", TaskContext())
    before = run(pg_url, MADE)
    run(pg_url, "CREATE DATABASE nexus_new_0123456789ab")
    (note,) = [file.with_suffix(".making") for file in (paths.data / "resets").glob("*.lock")]
    note.write_text('["nexus_new_0123456789ab"]', encoding="utf-8")
    resets, ctx = service_on(session, paths), TaskContext()
    if what == "empty":
        tables = [RelationName("public", "t")]
        resets.empty(tables, resets.emptying(tables, ctx), ctx, backs_up=False)
    else:
        scope = ResetScope(ResetKind(what), ("public",) if what == "reset" else (), migrates=False, backs_up=False)
        resets.reset(scope, resets.loss(scope, ctx), ctx)
    assert run(pg_url, MADE) == before
    assert not note.exists()


@pytest.mark.parametrize("moment", ["copied", "returning"])
def test_what_a_kill_leaves_is_removed_by_the_next(
    shelves: ShelfService, session: Session, paths: Paths, pg_url: str, moment: str
) -> None:
    shelves.take("one", TaskContext())
    before = run(pg_url, MADE)
    session.drop_idle()
    child = begun(pg_url, paths, moment)
    _, errors = child.communicate(timeout=120)
    assert child.returncode == -signal.SIGKILL, errors
    assert len(run(pg_url, MADE)) == len(before) + 1
    touch(shelves)
    assert run(pg_url, MADE) == before
    assert [each.name for each in shelves.shelves(TaskContext())] == ["one"]
    assert not list(paths.data.rglob("*.making"))


def test_what_the_server_goes_on_with_is_ended(
    shelves: ShelfService, session: Session, paths: Paths, pg_url: str
) -> None:
    place = shelves.take("one", TaskContext()).place
    before = run(pg_url, MADE)
    session.drop_idle()
    with psycopg.connect(pg_url.replace(session.server.database, "postgres")) as holder:
        holder.execute(f"ALTER DATABASE {place} RENAME TO {place}_held".encode())  # whoever copies it waits for that
        child = begun(pg_url, paths, "waiting")
        making = (
            f"SELECT pid FROM pg_stat_activity WHERE query LIKE 'CREATE DATABASE%{place}%' AND wait_event IS NOT NULL"
        )
        try:
            until(lambda: run(pg_url, making) != [])
        finally:
            child.kill()
            child.communicate()
        assert run(pg_url, making) != []
        session.drop_idle()
        touch(shelves)
        assert run(pg_url, making) == []
        holder.rollback()
    assert run(pg_url, MADE) == before
    assert not list(paths.data.rglob("*.making"))


def test_a_shelf_that_was_not_closed_yet_stays_and_is_closed(
    shelves: ShelfService, session: Session, paths: Paths, pg_url: str
) -> None:
    place = shelves.take("one", TaskContext()).place
    run(pg_url, f"ALTER DATABASE {place} ALLOW_CONNECTIONS true")
    (note,) = [file.with_suffix(".making") for file in (paths.data / "resets").glob("*.lock")]
    note.write_text(f'["{place}"]', encoding="utf-8")
    touch(shelves)
    assert run(pg_url, f"SELECT datallowconn FROM pg_database WHERE datname = '{place}'") == [(False,)]
    assert not note.exists()


def test_making_another_one_does_not_forget_what_is_left(tmp_path: Path) -> None:
    half_made, note = HalfMade(tmp_path / "x.json"), tmp_path / "x.making"
    note.write_text('["nexus_new_000000000000"]', encoding="utf-8")
    with half_made.noted("nexus_shelf_111111111111"):
        assert json.loads(note.read_text(encoding="utf-8")) == ["nexus_new_000000000000", "nexus_shelf_111111111111"]
    assert json.loads(note.read_text(encoding="utf-8")) == ["nexus_new_000000000000"]


@pytest.mark.logs("half made database not removed")
def test_a_note_stays_where_the_server_can_not_be_asked(
    shelves: ShelfService, session: Session, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelves.take("one", TaskContext())
    note = HalfMade(paths.data / "resets" / "x.json")
    (paths.data / "resets" / "x.making").write_text('["nexus_new_000000000000"]', encoding="utf-8")
    monkeypatch.setattr("nexus_studio.services.databases._MAINTENANCE", ("no_such_database",))
    note.sweep(session, TaskContext())
    assert (paths.data / "resets" / "x.making").exists()
    monkeypatch.undo()
    note.sweep(session, TaskContext())
    assert not (paths.data / "resets" / "x.making").exists()


@pytest.mark.parametrize("goes_on", [True, False], ids=["going on", "giving up"])
def test_a_new_database_that_the_server_still_makes_is_not_in_the_way(
    shelves: ShelfService, session: Session, paths: Paths, pg_url: str, goes_on: bool
) -> None:
    place = shelves.take("one", TaskContext()).place
    session.drop_idle()
    command = [sys.executable, "-m", "tests.support.killed_reset", pg_url, str(paths.data.parent)]
    child = subprocess.run([*command, "recreate", "create", "begun"], cwd=ROOT, check=False, capture_output=True)
    assert child.returncode == -signal.SIGKILL, child.stderr
    journal = JournalFile(paths, session.profile).read()
    assert journal is not None
    name = str(journal.facts["new"])
    beside = pg_url.replace(session.server.database, "postgres")
    failed: list[psycopg.Error] = []

    def make() -> None:
        try:
            run(beside, f"CREATE DATABASE {name} TEMPLATE {place}")
        except psycopg.Error as error:
            failed.append(error)

    maker = threading.Thread(target=make)
    with psycopg.connect(beside) as holder:
        holder.execute(f"ALTER DATABASE {place} RENAME TO {place}_held".encode())
        maker.start()
        making = f"SELECT pid FROM pg_stat_activity WHERE query LIKE 'CREATE%{name}%' AND wait_event IS NOT NULL"
        until(lambda: run(beside, making) != [])
        resets = service_on(session, paths)
        if goes_on:
            resets.resume(TaskContext())
        else:
            resets.forget(TaskContext())
        holder.rollback()
    maker.join()
    assert failed
    assert run(pg_url, MADE) == [(place,)]
