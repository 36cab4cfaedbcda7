"""The ways in which a migration can fail, each with a project that fails so and what brings it about."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg

from nexus_studio.core.admin.ledgerentries import LedgerPlace
from nexus_studio.core.admin.migrations import RunEvent, RunResult
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import CancelToken, TaskContext
from nexus_studio.services.migrations.project import find_project
from nexus_studio.services.migrations.service import MigrationService
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from tests.support.fix_projects import Rev
from tests.support.waiting import until

Sql = Callable[..., list[tuple[Any, ...]]]

BASE = Rev(
    "a1",
    None,
    'op.execute("CREATE TABLE a (id int, word text)")\nop.execute("INSERT INTO a VALUES (7), (7), (8)")',
    'op.execute("DROP TABLE a")',
)
LAST = Rev("c1", "b1", 'op.execute("CREATE TABLE c (id int)")', 'op.execute("DROP TABLE c")')

_SLEEP = "SELECT pg_sleep(60)"
_DOWN = 'op.execute("DROP TABLE b")'

# A process of its own that deploys and can be killed.
_DEPLOY = """
import sys
from dataclasses import replace
from pathlib import Path
from nexus_studio.core.admin.ledgerentries import LedgerPlace
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.project import find_project
from nexus_studio.services.migrations.service import MigrationService
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from tests.support.fix_cluster import profile_of

url, folder, home, in_process = sys.argv[1:]
project = find_project(Path(folder))
if in_process == "True":
    project = replace(project, is_bundled=True, python=None)
session = Session.open(profile_of(url), None, TaskContext())
service = MigrationService(session, project, Paths.below(Path(home)))
service.deploy(TaskContext(), ledger=LedgerPlace.DATABASE)
"""


@dataclass
class Stage:
    """One database and one project that is to fail on it.

    `in_process`: the project runs here, as the bundled one does; its env.py is `handed_env_source`.
    """

    session: Session
    profile: ConnectionProfile
    url: str
    folder: Path
    home: Path
    sql: Sql
    events: list[RunEvent] = field(default_factory=list)
    in_process: bool = False

    @property
    def service(self) -> MigrationService:
        """The service on both, read anew."""
        project = find_project(self.folder)
        if self.in_process:
            project = replace(project, is_bundled=True, python=None)
        return MigrationService(self.session, project, Paths.below(self.home))

    def deploy(self, ctx: TaskContext | None = None, **more: Any) -> RunResult:
        """Deploy, and keep the events."""
        listener = more.pop("listener", self.events.append)
        result, _effects = self.service.deploy(
            ctx or TaskContext(), listener=listener, ledger=LedgerPlace.DATABASE, **more
        )
        return result


def _plainly(stage: Stage) -> RunResult | None:
    return stage.deploy()


def _locked(stage: Stage) -> RunResult | None:
    stage.deploy(target="a1")
    with psycopg.connect(stage.url) as other:
        other.execute("LOCK TABLE a IN ACCESS EXCLUSIVE MODE")
        return stage.deploy(lock_timeout_ms=200)


def _cancelled_in_statement(stage: Stage) -> RunResult | None:
    token = CancelToken()

    def cancel() -> None:
        _await_sleep(stage.url)
        token.cancel()

    watcher = threading.Thread(target=cancel)
    watcher.start()
    try:
        return stage.deploy(TaskContext(token))
    finally:
        watcher.join()


def _cancelled_between(stage: Stage) -> RunResult | None:
    token = CancelToken()

    def listen(event: RunEvent) -> None:
        stage.events.append(event)
        if event.kind == "statement_done" and event.revision == "b1":
            token.cancel()

    return stage.deploy(TaskContext(token), listener=listen)


def _cut(stage: Stage) -> RunResult | None:
    def end() -> None:
        pid = _await_sleep(stage.url)
        with psycopg.connect(stage.url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", (pid,))

    watcher = threading.Thread(target=end)
    watcher.start()
    try:
        return stage.deploy()
    finally:
        watcher.join()


def _killed(stage: Stage) -> RunResult | None:
    command = [sys.executable, "-c", _DEPLOY, stage.url, str(stage.folder), str(stage.home), str(stage.in_process)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root) as process:
        pid = _await_sleep(stage.url)
        process.kill()
    until(lambda: not stage.sql("SELECT 1 FROM pg_stat_activity WHERE pid = %s", pid))
    return None


def _await_sleep(url: str) -> int:
    """Wait until a revision sleeps on the server, and return its process there."""
    asked = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query = %s AND state = 'active'"
    with psycopg.connect(url, autocommit=True) as other:
        found = until(lambda: other.execute(asked, (_SLEEP,)).fetchone(), patience_s=60)  # two processes start first
    assert found is not None
    return int(found[0])


@dataclass(frozen=True)
class WayToFail:
    """One way.

    `up` is the failing upgrade; `cured` what its author makes of it where the file itself is wrong; `remedy` the SQL
    that takes the reason away where the data are. `provoke` deploys until it fails. Afterwards: `state` "failed" or
    "interrupted", the SQLSTATE, the number of the failed statement, how many are known to be committed, and which of
    the relations b, b_x, b_y are there. `rest` is the SQL that completes it by hand, `undo` that which takes it back.
    """

    name: str
    up: str
    provoke: Callable[[Stage], RunResult | None] = _plainly
    cured: str = ""
    remedy: str = ""
    state: str = "failed"
    sqlstate: str = ""
    number: int | None = 2
    committed: int = 0
    there: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()
    undo: tuple[str, ...] = ()
    cancelled: bool = False

    @property
    def revisions(self) -> list[Rev]:
        """The project's revisions: a1 succeeds, b1 fails, c1 would come next."""
        return [BASE, Rev("b1", "a1", self.up, _DOWN), LAST]

    @property
    def cured_revisions(self) -> list[Rev]:
        """The same, with the failing file as it should have been."""
        return [BASE, Rev("b1", "a1", self.cured or self.up, _DOWN), LAST]


def _up(*statements: str) -> str:
    return "\n".join(f"op.execute({each!r})" for each in statements)


def _block(before: str, *statements: str) -> str:
    inside = "\n".join(f"    op.execute({each!r})" for each in statements)
    return f"op.execute({before!r})\nwith op.get_context().autocommit_block():\n{inside}"


_B = "CREATE TABLE b (id int)"
_X = "CREATE INDEX CONCURRENTLY b_x ON b (id)"
_Y = "CREATE UNIQUE INDEX CONCURRENTLY b_y ON a (id)"
_UNIQUE = "ALTER TABLE a ADD CONSTRAINT a_id UNIQUE (id)"
_COLUMN = "ALTER TABLE a ADD COLUMN more int"
_NO_TWINS = "DELETE FROM a WHERE ctid NOT IN (SELECT min(ctid) FROM a GROUP BY id)"
_NO_SLEEP = "SELECT 1"

WAYS_TO_FAIL = (
    WayToFail("syntax", _up(_B, "CREATE TABEL x (id int)"), cured=_up(_B), sqlstate="42601", rest=(_B,)),
    WayToFail("constraint", _up(_B, _UNIQUE), remedy=_NO_TWINS, sqlstate="23505", rest=(_B, _UNIQUE)),
    WayToFail(
        "autocommit_block",
        _block(_B, _X, _Y),
        remedy=_NO_TWINS,
        sqlstate="23505",
        number=3,
        committed=2,
        there=("b", "b_x", "b_y"),
        rest=("DROP INDEX b_y", _Y),
        undo=("DROP INDEX b_y", "DROP TABLE b"),
    ),
    WayToFail("lock_timeout", _up(_B, _COLUMN), _locked, sqlstate="55P03", rest=(_B, _COLUMN)),
    WayToFail(
        "cancel_in_statement",
        _up(_B, _SLEEP),
        _cancelled_in_statement,
        cured=_up(_B, _NO_SLEEP),
        sqlstate="57014",
        rest=(_B,),
        cancelled=True,
    ),
    WayToFail(
        "cancel_between",
        _up(_B, _COLUMN),
        _cancelled_between,
        sqlstate="57014",
        number=None,
        rest=(_B, _COLUMN),
        cancelled=True,
    ),
    WayToFail("cut", _up(_B, _SLEEP), _cut, cured=_up(_B, _NO_SLEEP), sqlstate="57P01", rest=(_B,)),
    WayToFail(
        "killed", _up(_B, _SLEEP), _killed, cured=_up(_B, _NO_SLEEP), state="interrupted", number=None, rest=(_B,)
    ),
    WayToFail(
        "killed_in_block",
        _block(_B, _X, _SLEEP),
        _killed,
        cured=_block(_B, _X, _NO_SLEEP),
        state="interrupted",
        number=None,
        committed=2,
        there=("b", "b_x"),
        undo=("DROP TABLE b",),
    ),
    WayToFail("python", _up(_B) + '\nraise ValueError("no")', cured=_up(_B), number=None, rest=(_B,)),
)
