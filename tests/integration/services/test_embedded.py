"""The embedded server: starts, is shared, stops with its last user, and survives every kind of death."""

from __future__ import annotations

import json
import logging
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from nexus_studio.core.errors import EmbeddedFailed
from nexus_studio.core.profiles import Environment
from nexus_studio.core.tasks import Cancelled, CancelToken, Progress, TaskContext
from nexus_studio.services.connecting import connect
from nexus_studio.services.embedded import EmbeddedServer, discard_unusable
from nexus_studio.services.migrations.scratchserver import FOLDER, embedded_session
from nexus_studio.services.paths import Paths
from tests.support.processes import is_gone
from tests.support.waiting import until

CTX = TaskContext.for_test()

# A program of its own: it starts the server, says so, and waits to be killed.
USER = """
import sys
from pathlib import Path
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.embedded import EmbeddedServer
server = EmbeddedServer.start(Path(sys.argv[1]), TaskContext())
print("ready", flush=True)
sys.stdin.readline()
"""


def postmaster_pid(folder: Path) -> int:
    return int((folder / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])


def wait_until_gone(pid: int) -> None:
    until(lambda: is_gone(pid))


def stop_whatever_runs(folder: Path) -> None:
    pid_file = folder / "postgres" / "data" / "postmaster.pid"
    if pid_file.exists():
        pid = postmaster_pid(folder)
        os.kill(pid, signal.SIGINT)  # fast shutdown
        wait_until_gone(pid)


@pytest.fixture(scope="module")
def shared_folder(server_room: Path) -> Iterator[Path]:
    """A data folder with odd signs in its name, made once: initdb is the slow part."""
    folder = server_room / "embedded" / "Application Support's"
    EmbeddedServer.start(folder, CTX).stop()
    yield folder
    stop_whatever_runs(folder)


@pytest.fixture
def other_user(shared_folder: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    made: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [sys.executable, "-c", USER, str(shared_folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        made.append(child)
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        return child

    yield start
    for child in made:
        child.kill()
        child.communicate()


def test_start_use_stop(shared_folder: Path) -> None:
    server = EmbeddedServer.start(shared_folder, CTX)
    assert server.is_running
    assert server.create_database_if_missing('no "quotes"; é')
    assert not server.create_database_if_missing('no "quotes"; é')
    profile = server.profile('no "quotes"; é')
    assert profile.environment is Environment.DEMO
    assert profile.is_local
    with connect(profile, None) as connection:
        assert connection.execute("SELECT current_database(), current_setting('listen_addresses')").fetchone() == (
            'no "quotes"; é',
            "",
        )
    server.stop()
    assert not server.is_running
    server.stop()  # again: nothing


def test_two_handles_share_one_server_and_the_last_stops_it(shared_folder: Path) -> None:
    first = EmbeddedServer.start(shared_folder, CTX)
    pid = postmaster_pid(shared_folder)
    second = EmbeddedServer.start(shared_folder, CTX)
    assert postmaster_pid(shared_folder) == pid
    first.stop()
    first.stop()
    assert second.is_running
    second.stop()
    assert not second.is_running


def test_another_process_shares_it(shared_folder: Path, other_user: Callable[[], subprocess.Popen[str]]) -> None:
    child = other_user()
    server = EmbeddedServer.start(shared_folder, CTX)
    child.communicate("leave\n")  # ends orderly: gives its handle back, and we still hold one
    assert child.returncode == 0
    assert server.is_running
    server.stop()
    assert not server.is_running


def test_a_killed_user_leaves_a_server_that_is_adopted_and_then_stopped(
    shared_folder: Path, other_user: Callable[[], subprocess.Popen[str]]
) -> None:
    child = other_user()
    pid = postmaster_pid(shared_folder)
    child.kill()
    child.wait()
    server = EmbeddedServer.start(shared_folder, CTX)
    assert postmaster_pid(shared_folder) == pid
    server.stop()
    assert not server.is_running
    assert is_gone(pid)


def test_everything_killed_at_once_opens_again_with_its_data(
    shared_folder: Path, other_user: Callable[[], subprocess.Popen[str]]
) -> None:
    child = other_user()
    keeper = EmbeddedServer.start(shared_folder, CTX)
    with connect(keeper.profile("postgres"), None) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    pid = postmaster_pid(shared_folder)
    child.kill()
    child.wait()
    os.kill(pid, signal.SIGKILL)
    wait_until_gone(pid)
    server = EmbeddedServer.start(shared_folder, CTX)
    assert postmaster_pid(shared_folder) != pid
    with connect(server.profile("postgres"), None) as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (7,)
    keeper.stop()
    assert server.is_running
    server.stop()
    assert not server.is_running


def test_a_stale_pid_file_that_names_another_program(shared_folder: Path) -> None:
    data = shared_folder / "postgres" / "data"
    lines = [str(os.getppid()), str(data), "1", "5432", str(data), "", "1 1", "ready"]
    (data / "postmaster.pid").write_text("\n".join(lines) + "\n")
    server = EmbeddedServer.start(shared_folder, CTX)
    assert server.is_running
    server.stop()


def test_a_stale_pid_file_that_names_another_cluster_leaves_that_one_alone(
    shared_folder: Path, server_room: Path
) -> None:
    """After a crash and a reboot the number may be that of the server of another folder."""
    neighbour = EmbeddedServer.start(server_room / "neighbour", CTX)
    pid = postmaster_pid(server_room / "neighbour")
    try:
        data = shared_folder / "postgres" / "data"
        lines = [str(pid), str(data), "1", "5432", str(data), "", "1 1", "ready"]
        (data / "postmaster.pid").write_text("\n".join(lines) + "\n")
        server = EmbeddedServer.start(shared_folder, CTX)
        assert postmaster_pid(shared_folder) != pid
        with connect(server.profile("postgres"), None) as connection:
            assert connection.execute("SHOW data_directory").fetchone() == (str(data),)
        server.stop()
        assert not server.is_running
        assert neighbour.is_running
        assert not is_gone(pid)
    finally:
        neighbour.stop()


def test_a_cluster_whose_processes_can_not_be_looked_at_is_known_by_its_start(
    shared_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(process: psutil.Process) -> str:
        raise psutil.AccessDenied(process.pid)

    server = EmbeddedServer.start(shared_folder, CTX)
    monkeypatch.setattr(psutil.Process, "cwd", denied)
    assert server.is_running
    pid_file = shared_folder / "postgres" / "data" / "postmaster.pid"
    text = pid_file.read_text()
    lines = text.splitlines()
    pid_file.write_text("\n".join([*lines[:2], str(int(lines[2]) - 3600), *lines[3:]]) + "\n")
    assert not server.is_running
    pid_file.write_text(text)
    server.stop()
    monkeypatch.undo()
    assert not server.is_running


def test_handles_of_dead_and_reused_processes_do_not_count(shared_folder: Path) -> None:
    server = EmbeddedServer.start(shared_folder, CTX)
    handles = shared_folder / "postgres" / "handles.json"
    listed = json.loads(handles.read_text())
    assert len(listed) == 1
    listed.append({"handle": "x", "pid": os.getppid(), "started": 5.0})
    listed.append({"nonsense": True})
    handles.write_text(json.dumps(listed))
    server.stop()
    assert not server.is_running


@pytest.mark.skipif(not psutil.LINUX, reason="elsewhere the start is noted once")
def test_a_clock_that_is_corrected_ends_no_server_under_its_users(
    shared_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When a process has begun is reckoned from the boot, whose time is in whole seconds and moves with the clock."""
    one, other = (EmbeddedServer.start(shared_folder, CTX) for _ in range(2))
    began, booted = psutil.Process.create_time, psutil.boot_time
    monkeypatch.setattr(psutil.Process, "create_time", lambda process: began(process) + 3601.0)
    monkeypatch.setattr(psutil, "boot_time", lambda: booted() + 3600.0)
    other.stop()
    assert one.is_running
    one.stop()
    assert not one.is_running


def test_what_another_has_made_anew_meanwhile_is_not_thrown_away(
    server_room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two Studios come upon a scratch server of another version; one has made it anew before the other says so."""
    paths = Paths.below(server_room)
    with embedded_session(paths, CTX) as quicker:
        start, refusals = EmbeddedServer.start, [EmbeddedFailed(reason="version")]

        def late(data_dir: Path, ctx: TaskContext) -> EmbeddedServer:
            if refusals:
                raise refusals.pop()
            return start(data_dir, ctx)

        monkeypatch.setattr(EmbeddedServer, "start", late)
        with embedded_session(paths, CTX) as other, quicker.read(CTX) as one, other.read(CTX) as two:
            asked = "SELECT pg_catalog.pg_postmaster_start_time()"
            assert one.exec_driver_sql(asked).scalar() == two.exec_driver_sql(asked).scalar()
    assert not refusals
    discard_unusable(paths.cache / FOLDER, CTX)
    assert not (paths.cache / FOLDER / "postgres" / "data").exists()


def test_a_path_too_long_for_a_socket(server_room: Path) -> None:
    folder = server_room / ("long" * 20) / ("longer" * 12)
    server = EmbeddedServer.start(folder, CTX)
    socket_dir = Path(server.profile("x").host)
    assert folder not in socket_dir.parents
    assert stat.S_IMODE(socket_dir.stat().st_mode) == 0o700
    with connect(server.profile("postgres"), None) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    server.stop()
    socket_dir.rmdir()


def test_a_link_in_the_place_of_the_short_socket_folder_is_not_followed(server_room: Path, tmp_path: Path) -> None:
    """Anybody may put one into /tmp, and root must not give away what it leads to."""
    folder = server_room / ("long" * 20) / ("linked" * 12)
    server = EmbeddedServer.start(folder, CTX)
    socket_dir = Path(server.profile("x").host)
    server.stop()
    socket_dir.rmdir()
    victim = tmp_path / "victim"
    victim.mkdir(mode=0o700)
    owner = victim.stat().st_uid
    socket_dir.symlink_to(victim)
    try:
        with pytest.raises(EmbeddedFailed) as caught:
            EmbeddedServer.start(folder, CTX)
    finally:
        socket_dir.unlink()
    assert caught.value.facts["reason"] == "permission"
    assert victim.stat().st_uid == owner


def test_first_start_reports_what_it_does_and_can_be_cancelled(tmp_path: Path) -> None:
    token = CancelToken()
    steps: list[str] = []

    def seen(progress: Progress) -> None:
        steps.append(progress.step)
        token.cancel()

    with pytest.raises(Cancelled):
        EmbeddedServer.start(tmp_path / "new", TaskContext(token, seen))
    assert steps == ["embedded.preparing"]
    assert not (tmp_path / "new" / "postgres" / "data" / "postmaster.pid").exists()


@pytest.mark.parametrize(
    ("prepare", "reason"),
    [
        (lambda folder: folder.write_text("a file"), "permission"),
        (lambda folder: (folder / "postgres" / "data").mkdir(parents=True)
         or (folder / "postgres" / "data" / "PG_VERSION").write_text("99\n"), "version"),
        (lambda folder: folder.mkdir() or (folder / "PG_VERSION").write_text("16\n"), "foreign"),
    ],
)  # fmt: skip
def test_a_folder_that_can_not_be_used(tmp_path: Path, prepare: Callable[[Path], object], reason: str) -> None:
    folder = tmp_path / "data"
    prepare(folder)
    with pytest.raises(EmbeddedFailed) as caught:
        EmbeddedServer.start(folder, CTX)
    assert caught.value.facts["reason"] == reason
    assert caught.value.facts["data_dir"] == str(folder)


def test_a_server_that_will_not_start_says_why(shared_folder: Path) -> None:
    settings = shared_folder / "postgres" / "data" / "postgresql.auto.conf"
    before = settings.read_text()
    settings.write_text("max_connections = 'many'\n")
    try:
        with pytest.raises(EmbeddedFailed) as caught:
            EmbeddedServer.start(shared_folder, CTX)
    finally:
        settings.write_text(before)
    assert caught.value.facts["reason"] == "start"
    assert caught.value.report is not None
    assert "max_connections" in caught.value.report.message


def test_the_user_of_the_data_is_the_only_one_let_in(shared_folder: Path) -> None:
    assert stat.S_IMODE((shared_folder / "postgres").stat().st_mode) == 0o700


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root runs the server as another user")
def test_root_opens_closed_parents_and_says_so(server_room: Path, caplog: pytest.LogCaptureFixture) -> None:
    closed = server_room / "closed"
    closed.mkdir(mode=0o700)
    with caplog.at_level(logging.INFO, "nexus_studio"):
        EmbeddedServer.start(closed / "demo", CTX).stop()
    assert stat.S_IMODE(closed.stat().st_mode) == 0o701
    told = [record.folder for record in caplog.records if record.msg.startswith("folder opened")]  # type: ignore[attr-defined]
    assert str(closed) in told
    caplog.clear()
