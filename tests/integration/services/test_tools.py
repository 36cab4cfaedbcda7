"""PostgreSQL's programs as children: the one that fits, its password where nobody reads it, and its end."""

from __future__ import annotations

import gc
import os
import stat
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nexus_studio.core.errors import ToolMissing
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import Cancelled, CancelToken, TaskContext
from nexus_studio.services.postmaster import bundled_programs
from nexus_studio.services.tools import conninfo_of, find_tool, run_tool, secret_environment
from tests.support.processes import children_named

CTX = TaskContext.for_test()
SECRET = "a secret that nobody else may read"
Sql = Callable[..., list[tuple[Any, ...]]]


def test_the_program_of_the_servers_own_version_is_found() -> None:
    for version, folder in bundled_programs().items():
        assert find_tool("pg_dump", version * 10_000 + 3) == folder / "pg_dump"


def test_else_the_next_newer_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    oldest = min(bundled_programs())
    assert find_tool("pg_dump", (oldest - 5) * 10_000).parent.name == "bin"
    found = find_tool("pg_dump", (oldest - 5) * 10_000)
    version = run_tool(found, ["--version"], CTX).output.decode().split()[-1]
    assert int(version.split(".", maxsplit=1)[0]) >= oldest - 5


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script")
def test_one_on_the_path_stands_beside_the_bundled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = _script(tmp_path / "pg_dump", "echo 'pg_dump (PostgreSQL) 99.1'")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert find_tool("pg_dump", 990_001) == ours


def test_too_new_a_server_has_none() -> None:
    with pytest.raises(ToolMissing) as caught:
        find_tool("pg_dump", 2_000_000)
    assert caught.value.facts == {"tool": "pg_dump", "version": 200}


def test_a_program_that_vanished_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing):
        run_tool(tmp_path / "pg_dump", [], CTX)


def test_it_reads_what_it_is_given_and_says_how_it_ended(profile: ConnectionProfile, session: Any) -> None:
    psql = find_tool("psql", session.server.version_num)
    arguments = ["-X", "-A", "-t", f"--dbname={conninfo_of(profile)}", "--set=ON_ERROR_STOP=1"]
    secret = secret_environment(profile, None)
    good = run_tool(psql, arguments, CTX, environment=secret, stdin=b"SELECT current_database();\n")
    assert (good.status, good.output.decode().strip()) == (0, profile.database)
    bad = run_tool(psql, arguments, CTX, environment=secret, stdin=b"SELECT nonsense;\n")
    assert bad.status == 3
    assert "nonsense" in bad.words


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_the_password_is_in_no_argument(pg_url: str, profile: ConnectionProfile, session: Any, sql: Sql) -> None:
    """pg_dump waits for a lock that is held here, so that it can be looked at while it runs."""
    sql("CREATE TABLE held (id int)")
    hidden = replace(profile, libpq=tuple(pair for pair in profile.libpq if pair[0] != "password"))
    real = dict(profile.libpq).get("password")
    secret = real or SECRET
    token = CancelToken()
    arguments = ["--schema-only", f"--dbname={conninfo_of(hidden, purpose='pg_dump')}"]
    ended: list[BaseException] = []

    def dump() -> None:
        try:
            run_tool(
                find_tool("pg_dump", session.server.version_num), arguments, TaskContext(token),
                environment=secret_environment(hidden, secret),
            )  # fmt: skip
        except BaseException as error:
            ended.append(error)

    with psycopg.connect(pg_url) as holder, psycopg.connect(pg_url, autocommit=True) as watcher:
        holder.execute("LOCK TABLE held IN ACCESS EXCLUSIVE MODE")
        thread = threading.Thread(target=dump)
        thread.start()
        locks = "pg_locks l JOIN pg_stat_activity a USING (pid)"
        waiting = f"SELECT count(*) FROM {locks} WHERE NOT granted AND application_name = %s"
        while watcher.execute(waiting.encode(), ("nexus-studio pg_dump",)).fetchone() != (1,):
            assert thread.is_alive()
        (child,) = children_named("pg_dump")
        command = Path(f"/proc/{child.pid}/cmdline").read_bytes()
        environment = Path(f"/proc/{child.pid}/environ").read_bytes()
        token.cancel()
        thread.join()
        assert watcher.execute(waiting.encode(), ("nexus-studio pg_dump",)).fetchone() == (0,), (
            "the server was told to stop"
        )
    assert profile.database.encode() in command
    assert secret.encode() not in command
    assert b"PGPASSWORD=" + secret.encode() in environment
    assert [type(error) for error in ended] == [Cancelled]
    assert not child.is_running()


def test_a_program_that_nobody_waits_for_leaves_no_pipe(tmp_path: Path) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        run_tool(_script(tmp_path / "sleeper", "exec sleep 60"), [], TaskContext(token))
    gc.collect()  # an open pipe would be told as a warning now, and fail the test


def test_a_password_among_the_profiles_parameters_is_a_secret_too() -> None:
    profile = ConnectionProfile("p", host="h", database="d", libpq=(("password", SECRET), ("sslpassword", SECRET)))
    assert SECRET not in conninfo_of(profile)
    assert secret_environment(profile, None) == {"PGPASSWORD": SECRET}


def _script(path: Path, body: str) -> Path:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path
