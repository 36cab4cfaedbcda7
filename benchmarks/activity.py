"""What looking at who is connected costs a server with 200 sessions: its processor, at the default interval."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil  # type: ignore[import-untyped]

from benchmarks.measure import Measurement, seconds_of
from nexus_studio.core.admin.activity import DEFAULT_INTERVAL_S
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.connecting import connect
from nexus_studio.services.embedded import EmbeddedServer
from nexus_studio.services.health.activity import ActivityService
from nexus_studio.services.session import Session

SESSIONS = 200
WAITING = 20  # of them, for one who holds a row's lock
LOOKS = 100
SHARE = 1.0  # percent of one core


def measure(_server: EmbeddedServer, runs: int) -> Iterator[Measurement]:
    """Measure on a server of its own, which has room for a crowd: idle ones, transactions, a queue for one lock."""
    ctx = TaskContext.for_test()
    with _roomy_server() as profile, _crowd(profile), closing(Session.open(profile, None, ctx)) as session:
        service = ActivityService(session)
        rows = service.snapshot(ctx).sessions
        assert sum(each.is_client for each in rows) == SESSIONS + 1
        assert sum(bool(each.waits_for) for each in rows) == WAITING
        process = psutil.Process(next(each.pid for each in rows if each.is_self))
        walls, burnt = [], []
        for _ in range(max(3, runs)):
            before = _processor_s(process)
            walls.append(statistics.median(seconds_of(lambda: service.snapshot(ctx)) for _ in range(LOOKS)))
            burnt.append((_processor_s(process) - before) / LOOKS)
    share = 100 * statistics.median(burnt) / DEFAULT_INTERVAL_S
    yield Measurement(f"activity of {SESSIONS} sessions: one core of the server", share, "%", None, SHARE)
    yield Measurement(f"activity of {SESSIONS} sessions: one look", statistics.median(walls) * 1000, "ms", None, 100.0)


@contextmanager
def _roomy_server() -> Iterator[ConnectionProfile]:
    with TemporaryDirectory(prefix="nxs-bench-", ignore_cleanup_errors=True) as folder:
        room = Path(folder)
        room.chmod(0o755)
        server = EmbeddedServer.start(room, TaskContext())
        with closing(connect(server.profile("postgres"), None)) as admin:
            admin.autocommit = True
            admin.execute(f"ALTER SYSTEM SET max_connections = {SESSIONS + 20}".encode())
        server.stop()
        server = EmbeddedServer.start(room, TaskContext())
        try:
            yield server.profile("postgres")
        finally:
            server.stop()


@contextmanager
def _crowd(profile: ConnectionProfile) -> Iterator[None]:
    with ExitStack() as crowd:
        for number in range(SESSIONS):
            other = crowd.enter_context(closing(connect(profile, None)))
            if number == 0:
                other.execute("CREATE TABLE busy AS SELECT 1 AS id, 0 AS n")
                other.commit()
                other.execute("UPDATE busy SET n = n + 1")
            elif number <= WAITING:
                other.pgconn.send_query(b"UPDATE busy SET n = n + 1 WHERE id = 1")
                crowd.callback(other.cancel_safe)
            else:
                other.execute(
                    "SELECT pg_catalog.count(*) FROM pg_catalog.pg_class WHERE relname <> %s", ("x" * number,)
                )
                if number % 2:
                    other.commit()
        yield


def _processor_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
