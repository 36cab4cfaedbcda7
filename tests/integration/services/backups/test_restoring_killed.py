"""Studio is killed before a new database says what it is: the next restore removes that, and nobody else's."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backups.freshdatabase import fresh
from nexus_studio.services.session import Session
from tests.integration.services.backups.dumps import at, databases, drop, fill, make
from tests.support.fix_cluster import profile_of

ROOT = Path(__file__).parents[4]
CTX = TaskContext.for_test()
HELD, FULL, SAID, OTHER = (
    "nexus_restore_0123456789ab",
    "nexus_restore_0123456789ac",
    "nexus_restore_0123456789ad",
    ("nexus_restore_mine"),
)

pytestmark = pytest.mark.logs("left over database removed")


@pytest.fixture
def killed(pg_url: str) -> Iterator[str]:
    """The name of a database that a killed restore has left."""
    before = databases(pg_url)
    child = subprocess.run(
        (sys.executable, "-m", "tests.support.killed_restore", pg_url),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr
    (left,) = databases(pg_url) - before
    yield left
    drop(pg_url, sorted(databases(pg_url) - before))


def next_restore(url: str) -> None:
    with closing(Session.open(profile_of(url), None, CTX)) as session, fresh(session, CTX) as made:
        drop(url, [made.name])


def test_a_kill_before_the_comment_leaves_what_the_next_restore_removes(killed: str, pg_url: str) -> None:
    next_restore(pg_url)
    assert killed not in databases(pg_url)


def test_nobody_elses_is_removed(killed: str, pg_url: str) -> None:
    theirs = {HELD, FULL, SAID, OTHER}
    for name in theirs:
        make(pg_url, name)
    fill(at(pg_url, FULL), "CREATE TABLE t (id int)")
    fill(pg_url, f"COMMENT ON DATABASE {SAID} IS 'mine'")
    with psycopg.connect(at(pg_url, "postgres"), autocommit=True) as maker:  # somebody is about to fill it
        maker.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", (HELD,))
        next_restore(pg_url)
        assert theirs <= databases(pg_url)
    next_restore(pg_url)
    assert theirs - databases(pg_url) == {HELD}
    assert killed not in databases(pg_url)
