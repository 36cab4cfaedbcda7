"""The `.env` of a folder: made of its example, private, changed whole or not at all."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nexus_studio.core.admin.envchecks import Fault
from nexus_studio.core.errors import EnvFailed
from nexus_studio.services.dotenv_file import EnvFolder, parse_env

EXAMPLE = (
    "# Who.\nPOSTGRES_USER=postgres\n\n# Secret.\nPOSTGRES_PASSWORD=postgres\nAPP_SECRET=\nX=${POSTGRES_PASSWORD}\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".env.example").write_text(EXAMPLE)
    return tmp_path


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def refused(code: str) -> pytest.RaisesExc[EnvFailed]:
    return pytest.RaisesExc(EnvFailed, check=lambda error: error.code == code)


def test_it_is_made_of_the_example_for_its_owner_only(folder: Path) -> None:
    env = EnvFolder(folder, {})
    before = env.report()
    assert (before.exists, before.findings, [each.raw for each in before.entries]) == (False, (), [None] * 4)
    report = env.create()
    assert env.file.read_text() == EXAMPLE
    assert mode(env.file) == 0o600
    assert [each.fault for each in report.findings] == [Fault.DEFAULT_PASSWORD]
    with refused("env.exists"):
        env.create()
    assert env.file.read_text() == EXAMPLE


def test_with_random_passwords(folder: Path) -> None:
    report = EnvFolder(folder, {}).create(strong=True)
    made = parse_env(report.text or "")
    passwords = {made.raw("POSTGRES_PASSWORD"), made.raw("APP_SECRET")}
    assert len(passwords) == 2
    assert all(each is not None and len(each) >= 32 for each in passwords)
    assert made.raw("X") == "${POSTGRES_PASSWORD}"
    assert report.findings == ()


def test_without_an_example(tmp_path: Path) -> None:
    env = EnvFolder(tmp_path, {})
    with refused("env.no_example"):
        env.create()
    assert env.set("A", "1").text == env.file.read_text() == "A=1\n"


def test_a_change_leaves_the_rest_and_makes_the_file_private(folder: Path) -> None:
    file = folder / ".env"
    file.write_text(EXAMPLE + "EXTRA='x' # mine\n")
    file.chmod(0o644)
    env = EnvFolder(folder, {}, frozenset({"EXTRA"}))
    report = env.report()
    assert Fault.READABLE in {each.fault for each in report.findings} or sys.platform == "win32"
    after = env.save({"EXTRA": "y", "APP_SECRET": None, "POSTGRES_USER": "postgres"}, report.text)
    assert file.read_text() == EXAMPLE.replace("APP_SECRET=\n", "") + "EXTRA='y' # mine\n"
    assert mode(file) == 0o600
    assert {each.fault for each in after.findings} == {Fault.DEFAULT_PASSWORD, Fault.MISSING}
    assert sorted(path.name for path in folder.iterdir()) == [".env", ".env.example"]


def test_saving_nothing_touches_nothing(folder: Path) -> None:
    env = EnvFolder(folder, {})
    report = env.create()
    moment = env.file.stat().st_mtime_ns
    env.save({"POSTGRES_USER": "postgres", "NOT_THERE": None}, report.text)
    assert env.file.stat().st_mtime_ns == moment


def test_a_file_that_changed_meanwhile_is_left_alone(folder: Path) -> None:
    env = EnvFolder(folder, {})
    report = env.create()
    env.file.write_text("POSTGRES_USER=somebody\n")
    with refused("env.changed"):
        env.save({"POSTGRES_USER": "me"}, report.text)
    assert env.file.read_text() == "POSTGRES_USER=somebody\n"
    env.file.unlink()
    with refused("env.changed"):
        env.save({"POSTGRES_USER": "me"}, report.text)


def test_bytes_survive(folder: Path) -> None:
    file = folder / ".env"
    file.write_bytes("\ufeffA=1\r\n# é\r\nB=2".encode())
    EnvFolder(folder, {}).set("B", "3")
    assert file.read_bytes() == "\ufeffA=1\r\n# é\r\nB=3".encode()


def test_a_link_is_followed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    real = tmp_path_factory.mktemp("elsewhere") / "shared.env"
    real.write_text("A=1\n")
    (folder / ".env").symlink_to(real)
    EnvFolder(folder, {}).set("A", "2")
    assert (folder / ".env").is_symlink()
    assert real.read_text() == "A=2\n"


def test_what_can_not_be_read_or_written(folder: Path) -> None:
    file = folder / ".env"
    file.write_bytes(b"A=\xff\n")
    with refused("env.encoding"):
        EnvFolder(folder, {}).report()
    file.unlink()
    file.mkdir()
    with refused("env.unreadable"):
        EnvFolder(folder, {}).report()
    with refused("env.exists"):
        EnvFolder(folder, {}).create()


def test_a_write_that_fails_leaves_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env = EnvFolder(folder, {})
    env.create()

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with refused("env.unwritable"):
        env.set("POSTGRES_USER", "me")
    assert env.file.read_text() == EXAMPLE
    assert sorted(path.name for path in folder.iterdir()) == [".env", ".env.example"]


def test_the_report_says_where_the_url_leads_and_holds_no_value(folder: Path) -> None:
    env = EnvFolder(folder, {})
    env.set("DATABASE_URL", "postgresql://me:hunter2@localhost:5434/shop")
    report = env.report()
    assert report.url_place == "shop @ localhost:5434"
    assert "hunter2" not in repr(report)


KILLED = """
import os, signal, sys
from pathlib import Path
from nexus_studio.services.dotenv_file import EnvFolder
os.fsync = lambda _handle: os.kill(os.getpid(), signal.SIGKILL)
EnvFolder(Path(sys.argv[1]), {}).create()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="nothing is killed in that way there")
def test_a_kill_leaves_no_half_file_and_what_it_leaves_is_private_and_swept(folder: Path) -> None:
    child = subprocess.run((sys.executable, "-c", KILLED, str(folder)), timeout=60, check=False)
    assert child.returncode == -signal.SIGKILL
    env = EnvFolder(folder, {})
    assert not env.file.exists()
    (room,) = (each for each in folder.iterdir() if each.name != ".env.example")
    assert (mode(room), [each.name for each in room.iterdir()]) == (0o700, [".env"])  # what ignores .env ignores it
    assert mode(room / ".env") == 0o600
    mine = folder / ".env.nexus-studio-notes"
    mine.mkdir()
    env.create()
    assert room.exists()  # it may be that of somebody at work
    past = time.time() - 3600
    os.utime(room, (past, past))
    env.set("POSTGRES_USER", "me")
    assert sorted(path.name for path in folder.iterdir()) == [".env", ".env.example", mine.name]


def test_a_new_file_does_not_replace_one_that_came_meanwhile(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env, fsync = EnvFolder(folder, {}), os.fsync

    def slow(handle: int) -> None:
        fsync(handle)
        if not env.file.exists():
            env.file.write_text("A=theirs\n")

    monkeypatch.setattr(os, "fsync", slow)
    with refused("env.exists"):
        env.create()
    assert env.file.read_text() == "A=theirs\n"
    assert sorted(path.name for path in folder.iterdir()) == [".env", ".env.example"]


@pytest.mark.parametrize(
    ("text", "name", "value", "line"),
    [
        ('A="open\n', "NEW", "two words", 1),  # it would be read as a part of A
        ('A="open\n', "NEW", "5", 1),  # others would read it so
        ("# c\n\nA='open\nB=2\n", "B", "7", 3),
        ('A="open\nB="2 3"\n', "NEW", "5", 1),
        ('B=1\nA="open\n', "B", "7", 0),
        ('A="closed" and more\n', "NEW", "5", 0),
        ("A=it's\n", "NEW", "two words", 0),
    ],
)
def test_nothing_is_set_behind_an_open_quote(tmp_path: Path, text: str, name: str, value: str, line: int) -> None:
    env = EnvFolder(tmp_path, {})
    env.file.write_text(text)
    if line:
        with pytest.raises(EnvFailed) as failed:
            env.set(name, value)
        assert (failed.value.code, failed.value.facts["line"]) == ("env.quote_open", line)
        assert env.file.read_text() == text
    else:
        env.set(name, value)
        assert parse_env(env.file.read_text()).raw(name) == value
