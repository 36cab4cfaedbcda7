"""kill -9 in each phase of a reset, in its midst and at either end; then what it says, and that it goes on."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nexus_studio.core.admin.resets import LOSING, ResetKind, ResetPhase, phases_of
from nexus_studio.core.errors import ResetRefused
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backupfiles import is_whole, records
from nexus_studio.services.paths import Paths
from nexus_studio.services.resetting.service import ResetService, Unfinished
from nexus_studio.services.session import Session
from tests.support.fix_cluster import profile_of
from tests.support.killed_reset import scope_of, service_on

ROOT = Path(__file__).parents[4]

# Each phase once at least: what is done and not noted, what is half done, what is noted and not done.
CASES = {
    ResetKind.RESET: (
        "backup-middle", "drop-begun", "drop-middle", "drop-done", "migrate-middle", "grant-begun", "seed-middle",
        "seed-done",
    ),
    ResetKind.RECREATE: (
        "backup-done", "create-done", "fill-begun", "migrate-middle", "grant-done", "seed-done", "swap-begun",
        "swap-middle", "swap-done", "remove-done",
    ),
}  # fmt: skip


def _cases() -> list[Any]:
    return [
        pytest.param(kind, ResetPhase(case.partition("-")[0]), case.partition("-")[2], id=f"{kind.value}-{case}")
        for kind, cases in CASES.items()
        for case in cases
    ]


def _is_lost(kind: ResetKind, phase: ResetPhase, moment: str) -> bool:
    """Tell whether the old rows must be gone: after the end of the phase that takes them away, and never before."""
    phases = phases_of(scope_of(kind))
    losing = next(each for each in phases if each in LOSING)
    place = phases.index(phase) - phases.index(losing)
    return place > 0 or (place == 0 and moment == "done")


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths.below(tmp_path / "home")


@pytest.fixture
def killed(pg_url: str, tmp_path: Path, paths: Paths) -> Iterator[Callable[..., tuple[ResetService, Unfinished]]]:
    """A function that resets in a child which is killed, and returns the service of whoever finds that."""
    opened: list[Session] = []

    def run(kind: ResetKind, phase: ResetPhase, moment: str) -> tuple[ResetService, Unfinished]:
        with psycopg.connect(pg_url, autocommit=True) as connection:
            connection.execute("CREATE TABLE precious AS SELECT generate_series(1, 7) AS id")
        words = [pg_url, str(tmp_path / "home"), kind.value, phase.value, moment]
        child = subprocess.run(
            (sys.executable, "-m", "tests.support.killed_reset", *words),
            cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert child.returncode == -signal.SIGKILL, child.stderr
        session = Session.open(profile_of(pg_url), None, TaskContext())
        opened.append(session)
        resets = service_on(session, paths)
        found = resets.unfinished(TaskContext())
        assert found is not None
        return resets, found

    yield run
    for each in opened:
        each.close()


def _rows(url: str, table: str) -> int | None:
    with psycopg.connect(url) as connection:
        if connection.execute("SELECT to_regclass(%s)", (table,)).fetchone() == (None,):
            return None
        found = connection.execute(psycopg.sql.SQL("SELECT count(*) FROM {}").format(psycopg.sql.Identifier(table)))
        row = found.fetchone()
        return row[0] if row else None


def _left_over(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT datname FROM pg_database WHERE datname ~ '^nexus_(new|shelf)_'")
        return [name for (name,) in found]


@pytest.mark.parametrize(("kind", "phase", "moment"), _cases())
def test_it_says_where_it_stood_and_goes_on(
    killed: Callable[..., tuple[ResetService, Unfinished]],
    paths: Paths,
    pg_url: str,
    kind: ResetKind,
    phase: ResetPhase,
    moment: str,
) -> None:
    resets, found = killed(kind, phase, moment)
    lost = _is_lost(kind, phase, moment)
    assert (found.journal.phase, found.has_lost, found.is_running) == (phase, lost, False)
    assert _rows(pg_url, "precious") == (None if lost else 7)
    if lost:
        assert Path(found.journal.backup).exists()
        assert found.left[0] in {phase, ResetPhase.REMOVE, ResetPhase.MIGRATE}
    result, _ = resets.resume(TaskContext())
    assert _rows(pg_url, "precious") is None
    users = _rows(pg_url, "users")
    assert users
    assert not result.is_seed_in_doubt
    assert _rows(pg_url, "alembic_version") == 1
    assert _left_over(pg_url) == []
    kept = records(paths)
    assert kept
    assert all(is_whole(file, record, TaskContext()) for file, record in kept)
    assert list((paths.data / "backups").rglob("*.part")) == []
    assert resets.unfinished(TaskContext()) is None


@pytest.mark.parametrize(
    ("kind", "statement"),
    [
        (ResetKind.RESET, "CREATE TABLE later AS SELECT 1 AS id"),
        (ResetKind.RESET, "INSERT INTO precious VALUES (8)"),
        (ResetKind.RECREATE, "CREATE TABLE later AS SELECT 1 AS id"),
        (ResetKind.RECREATE, "INSERT INTO precious VALUES (8)"),
    ],
)
def test_what_came_meanwhile_is_not_dropped_by_going_on(
    killed: Callable[..., tuple[ResetService, Unfinished]],
    paths: Paths,
    pg_url: str,
    kind: ResetKind,
    statement: str,
) -> None:
    at = (ResetPhase.DROP, "begun") if kind is ResetKind.RESET else (ResetPhase.MIGRATE, "middle")
    resets, _ = killed(kind, *at)
    made = len(records(paths))
    with psycopg.connect(pg_url, autocommit=True) as other:
        other.execute(statement.encode())
    with pytest.raises(ResetRefused) as refused:
        resets.resume(TaskContext())
    assert refused.value.code == "reset.changed"
    assert len(records(paths)) == made
    assert _rows(pg_url, "later") == (1 if "later" in statement else None)
    assert _rows(pg_url, "precious") == (7 if "later" in statement else 8)
    assert resets.unfinished(TaskContext()) is not None
    resets.forget(TaskContext())
    assert _left_over(pg_url) == []


def test_giving_up_leaves_no_half_backup(killed: Callable[..., tuple[ResetService, Unfinished]], paths: Paths) -> None:
    resets, _ = killed(ResetKind.RESET, ResetPhase.BACKUP, "middle")
    assert list(paths.data.rglob("*.part"))
    resets.forget(TaskContext())
    assert list(paths.data.rglob("*.part")) == []


def test_giving_up_says_what_stays(killed: Callable[..., tuple[ResetService, Unfinished]], pg_url: str) -> None:
    resets, _ = killed(ResetKind.RECREATE, ResetPhase.REMOVE, "begun")
    left = resets.forget(TaskContext())
    assert list(left) == _left_over(pg_url)
    assert len(left) == 1
    assert resets.unfinished(TaskContext()) is None
    with psycopg.connect(pg_url, autocommit=True) as connection:
        connection.execute(psycopg.sql.SQL("DROP DATABASE {}").format(psycopg.sql.Identifier(left[0])))
