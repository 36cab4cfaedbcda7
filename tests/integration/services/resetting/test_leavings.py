"""Files with people's rows: what a kill leaves is removed by whoever comes next, and none is written over."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nexus_studio.core.errors import ResetRefused
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services import shelves as shelves_module
from nexus_studio.services.backupfiles import is_whole, records
from nexus_studio.services.backups import creating, places
from nexus_studio.services.paths import Paths
from nexus_studio.services.resetting.safetybackup import back_up
from nexus_studio.services.session import Session
from nexus_studio.services.shelves import ShelfService
from nexus_studio.services.tools import run_tool

ROOT = Path(__file__).parents[4]


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths.below(tmp_path / "home")


@pytest.fixture
def shelves(session: Session, paths: Paths, pg_url: str) -> Iterator[ShelfService]:
    with psycopg.connect(pg_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE t AS SELECT generate_series(1, 3) AS id")
    service = ShelfService(session, paths, lambda _session, _ctx: ())
    yield service
    for each in service.shelves(TaskContext()):
        service.drop(each.name, TaskContext())


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """A function after which it is one and the same second for backups."""

    class Frozen(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Frozen:
            return cls(2026, 11, 30, 10, 15, tzinfo=tz or UTC)

    return lambda: monkeypatch.setattr(creating, "datetime", Frozen)


def with_rows(paths: Paths) -> set[Path]:
    """Find what may hold rows: all but sidecars and locks."""
    found = (file for folder in (paths.data, paths.cache) for file in folder.rglob("*") if file.is_file())
    return {file for file in found if file.suffix not in {".json", ".lock"}}


@pytest.mark.parametrize("moment", ["dumped", "described", "restoring", "keeping"])
def test_what_a_kill_leaves_is_removed_by_the_next(
    shelves: ShelfService, session: Session, paths: Paths, pg_url: str, moment: str
) -> None:
    kept = Path(shelves.take("one", TaskContext(), as_dump=True).place)
    session.drop_idle()
    child = subprocess.run(
        (sys.executable, "-m", "tests.support.killed_dump", pg_url, str(paths.data.parent), moment),
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert child.returncode == -signal.SIGKILL, child.stderr
    assert with_rows(paths) > {kept}
    assert [each.name for each in shelves.shelves(TaskContext())] == ["one"]
    with pytest.raises(ResetRefused):
        shelves.drop("nobody", TaskContext())
    assert with_rows(paths) == {kept}


def test_a_restoration_that_is_at_work_does_not_need_its_file_any_more(
    shelves: ShelfService, paths: Paths, pg_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelves.take("one", TaskContext(), as_dump=True)
    with psycopg.connect(pg_url, autocommit=True) as connection:
        connection.execute("DELETE FROM t")

    def swept(program: Path, *arguments: Any, **more: Any) -> Any:
        if program.stem == "psql":
            for file in paths.cache.rglob("after.sql"):
                file.unlink()
        return run_tool(program, *arguments, **more)

    monkeypatch.setattr(shelves_module, "run_tool", swept)
    shelves.put_back("one", TaskContext())
    with psycopg.connect(pg_url) as connection:
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (3,)


def test_two_backups_of_one_second_are_two(session: Session, paths: Paths, frozen: Callable[[], None]) -> None:
    frozen()
    made = [back_up(session, paths, "reset", (), TaskContext()) for _ in range(2)]
    assert {file for file, _ in records(paths)} == {file for file, _ in made}
    assert len({file for file, _ in made}) == 2
    assert all(is_whole(file, record, TaskContext()) for file, record in records(paths))


def test_a_backup_is_never_written_over(session: Session, paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(creating, "names_of", lambda *_parts: iter(("same.dump",)))
    file, record = back_up(session, paths, "reset", (), TaskContext())
    with pytest.raises(ResetRefused) as refused:
        back_up(session, paths, "reset", (), TaskContext())
    assert refused.value.code == "reset.backup_failed"
    assert records(paths) == ((file, record),)
    assert is_whole(file, record, TaskContext())


def test_a_backup_that_can_not_be_finished_leaves_nothing(
    session: Session, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_part: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(places, "sync", full)
    with pytest.raises(ResetRefused, match="No space left on device"):
        back_up(session, paths, "reset", (), TaskContext())
    assert [file for file in paths.data.rglob("*") if file.is_file()] == []
