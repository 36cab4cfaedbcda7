"""Children of a project's interpreter: forked from a warm one where that can be, else started anew."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from nexus_studio.services.migrations import children
from nexus_studio.services.migrations.children import Child, close_servers, start_child

pytestmark = pytest.mark.skipif(not children._HAS_FORKS, reason="no fork server on this system")

PYTHON = Path(sys.executable)


@pytest.fixture(autouse=True)
def _no_servers() -> Iterator[None]:
    close_servers()
    yield
    close_servers()


def _server_pids() -> list[int]:
    return [each.process.pid for each in children._servers.values()]


def _ask(child: Child, request: Mapping[str, object]) -> dict[str, object]:
    """Send a request, hear the first event, answer it, and wait for the end."""
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(json.dumps(request) + "\n")
    child.stdin.flush()
    event: dict[str, object] = json.loads(child.stdout.readline())
    child.stdin.write("{}\n")
    child.stdin.close()
    child.wait(20)
    child.stdout.close()
    if child.stderr is not None:
        child.stderr.close()
    return event


def _end(child: Child) -> int:
    child.kill()
    status = child.wait(20)
    for pipe in (child.stdin, child.stdout, child.stderr):
        if pipe is not None:
            pipe.close()
    return status


def test_a_fork_works_in_its_own_folder_and_environment(tmp_path: Path) -> None:
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
    versions = tmp_path / "migrations" / "versions"
    versions.mkdir(parents=True)
    (versions.parent / "env.py").write_text("")
    (versions / "a.py").write_text(
        "import os, sys\nraise RuntimeError(os.getcwd() + os.environ['OWN'] + str('nexus_studio' in sys.modules))\n"
    )
    project = {"folder": str(tmp_path), "config_file": str(tmp_path / "alembic.ini")}
    request = {"do": "sql", "steps": [], "project": project, "parameters": {}, "settings": {}, "pooler": False}
    for number in range(2):
        child = start_child(PYTHON, tmp_path, {"PATH": os.environ["PATH"], "OWN": f"<{number}>"})
        event = _ask(child, request)
        assert event["event"] == "broken"
        assert f"{tmp_path}<{number}>False" in str(event["words"])
    assert len(_server_pids()) == 1


def test_a_killed_fork_says_so_and_its_server_serves_on(tmp_path: Path) -> None:
    environment = dict(os.environ)
    first = start_child(PYTHON, tmp_path, environment)
    assert _end(first) == -signal.SIGKILL
    first.kill()  # long gone: nobody else is hit
    (server,) = _server_pids()
    second = start_child(PYTHON, tmp_path, environment)
    assert _end(second) == -signal.SIGKILL
    assert _server_pids() == [server]


def test_a_server_that_has_left_is_replaced(tmp_path: Path) -> None:
    environment = dict(os.environ)
    _end(start_child(PYTHON, tmp_path, environment))
    (server,) = children._servers.values()
    server.process.kill()
    server.process.wait()
    assert _end(start_child(PYTHON, tmp_path, environment)) == -signal.SIGKILL
    assert _server_pids() != [server.process.pid]


def test_a_fork_at_work_outlives_its_server_and_can_be_killed(tmp_path: Path) -> None:
    child = start_child(PYTHON, tmp_path, dict(os.environ))
    close_servers()
    with pytest.raises(subprocess.TimeoutExpired):
        child.wait(0.1)
    assert _end(child) == -signal.SIGKILL


def test_modules_beside_the_project_are_found_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    child = start_child(PYTHON, tmp_path, {**os.environ, "PYTHONPATH": "lib"})
    assert isinstance(child, subprocess.Popen)
    _end(child)


def test_packages_installed_meanwhile_make_a_new_one(tmp_path: Path) -> None:
    packages = tmp_path / "site-packages"
    packages.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(packages)}
    _end(start_child(PYTHON, tmp_path, environment))
    before = _server_pids()
    (packages / "new.dist-info").mkdir()
    _end(start_child(PYTHON, tmp_path, environment))
    assert _server_pids() != before


def test_what_an_interpreter_reads_at_its_start_tells_servers_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "_MOST_SERVERS", 1)
    pids = []
    for seed in ("1", "2"):
        _end(start_child(PYTHON, tmp_path, {**os.environ, "PYTHONHASHSEED": seed}))
        pids += _server_pids()
    assert len(set(pids)) == 2


def test_an_interpreter_that_is_none_speaks_for_itself(tmp_path: Path) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho not a Python >&2\nexit 3\n")
    broken.chmod(0o755)
    child = start_child(broken, tmp_path, dict(os.environ))
    assert child.stderr is not None
    assert child.stderr.read() == "not a Python\n"
    assert child.wait(20) == 3
    _end(child)
    with pytest.raises(OSError):
        start_child(tmp_path / "nowhere", tmp_path, dict(os.environ))
