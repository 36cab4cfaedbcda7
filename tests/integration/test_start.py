"""What the command line says of the database holds for the window's start, wherever the database was found."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from nexus_studio import app, cli
from nexus_studio.composition import HouseDoors
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.paths import Paths
from nexus_studio.services.profile_store import ProfileStore
from nexus_studio.ui.shell.doors import Start, Target

CTX = TaskContext.for_test()
URL = "postgresql://ada@localhost/books"
LOOKS_GRAVE = "postgresql://ada@db.prod.example.com/books"

FLAGS: dict[str, tuple[list[str], Environment | None, bool]] = {
    "nothing": ([], None, False),
    "read-only": (["--read-only"], None, True),
    "staging": (["--environment", "staging"], Environment.STAGING, False),
    "production": (["--environment", "production"], Environment.PRODUCTION, False),  # locked, not read-only for good
    "both": (["--environment", "ci", "--read-only"], Environment.CI, True),
}


@pytest.fixture(scope="module")
def demo_folder() -> Iterator[Path]:
    """A short path: a socket's may have 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="nxs-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "demo"


def started(monkeypatch: pytest.MonkeyPatch, *words: str) -> Start:
    """Return what the command line hands to the window."""
    seen: list[Start] = []

    def run(start: Start) -> int:
        seen.append(start)
        return 0

    monkeypatch.setattr(app, "run", run)
    assert cli.main(words) == 0
    return seen[0]


def found(start: Start) -> ConnectionProfile:
    """Return the profile that the window would open."""
    target = HouseDoors(start, Paths.default()).find_target(CTX)
    assert target is not None
    return target.profile


@pytest.mark.parametrize("flags", FLAGS)
@pytest.mark.parametrize("source", ["argument", "--url", "--profile", "DATABASE_URL", ".env"])
def test_flags_hold_for_every_source(source: str, flags: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    words: list[str] = []
    match source:
        case "argument":
            words = [URL]
        case "--url":
            words = ["--url", URL]
        case "--profile":
            ProfileStore(Paths.default()).save((ConnectionProfile("books", host="localhost", database="books"),))
            words = ["--profile", "books"]
        case "DATABASE_URL":
            monkeypatch.setenv("DATABASE_URL", URL)
        case ".env":
            (tmp_path / ".env").write_text(f"DATABASE_URL={URL}\n")
    more, environment, read_only = FLAGS[flags]
    profile = found(started(monkeypatch, "open", *words, *more))
    assert (profile.database, profile.host) == ("books", "localhost")
    assert profile.environment is (environment or Environment.DEVELOPMENT)
    assert profile.read_only is read_only


@pytest.mark.parametrize("flags", FLAGS)
def test_flags_hold_for_the_demo(flags: str, monkeypatch: pytest.MonkeyPatch, demo_folder: Path) -> None:
    more, environment, read_only = FLAGS[flags]
    start = started(monkeypatch, "demo", "--data-dir", str(demo_folder), *more)
    doors = HouseDoors(start, Paths.default())
    try:
        target = doors.find_target(CTX)
        assert target is not None
        assert target.source == "demo"
        assert target.profile.environment is (environment or Environment.DEMO)
        assert target.profile.read_only is read_only
    finally:
        doors.stop_demo(CTX)


def test_a_guess_gives_way_to_what_is_said_and_a_saved_choice_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def target(*words: str) -> Target:
        made = HouseDoors(started(monkeypatch, *words), Paths.default()).find_target(CTX)
        assert made is not None
        return made

    guessed = target(LOOKS_GRAVE)
    assert (guessed.profile.environment, guessed.profile.read_only) == (Environment.PRODUCTION, False)
    said = target(LOOKS_GRAVE, "--environment", "staging")
    assert (said.profile.environment, said.profile.read_only) == (Environment.STAGING, False)
    ProfileStore(Paths.default()).save((ConnectionProfile("books", read_only=True),))
    saved = target("--profile", "books", "--environment", "staging")
    assert (saved.profile.environment, saved.profile.read_only) == (Environment.STAGING, True)
    # what nobody said, the database may say itself
    assert (guessed.is_assumed, said.is_assumed, saved.is_assumed) == (True, False, False)
    assert not target("--profile", "books").is_assumed


def test_the_first_paint_waits_for_nothing_heavy() -> None:
    """What is imported before it delays every start."""
    heavy = {
        "sqlalchemy",
        "psycopg",
        "alembic",
        "subprocess",
        "json",
        "nexus_studio.cli_run",
        "nexus_studio.composition",
    }
    program = (
        "import sys; from nexus_studio import cli; code = cli.main(['--exit-after-paint']); "
        f"print(code, sorted({heavy!r} & set(sys.modules)))"
    )
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    found = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
    )
    assert found.stdout == "0 []\n", found.stdout + found.stderr


def test_a_target_does_not_show_its_secret() -> None:
    assert "hunter2" not in repr(Target(ConnectionProfile("books"), "hunter2"))
