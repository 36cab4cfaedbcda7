"""The program is killed with edits staged (SIGKILL), started again, and nothing that was typed is lost."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nexus_studio.services.draftfiles import FORMER
from tests.support.fix_isolation import environment_of

DEADLINE_S = 90


@dataclass(frozen=True)
class Killed:
    """A database, and a home as it was left by a process that was killed with edits staged on `notes`."""

    url: str
    home: Path


@pytest.fixture(scope="module")
def killed(make_database: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Killed:
    url, home = make_database(), tmp_path_factory.mktemp("killed") / "studio"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE notes (id int PRIMARY KEY, text text)")
    fill(url)
    with running(url, home, "stage") as child:
        assert child.stdout is not None
        assert json.loads(child.stdout.readline()) == {"staged": 3}
        child.kill()
        child.wait(DEADLINE_S)
    assert rows(url) == {number: f"text {number}" for number in range(1, 6)}  # nothing was saved
    return Killed(url, home)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "studio"


@pytest.fixture
def notes_url(killed: Killed, home: Path) -> str:
    """The database as it was when the process was killed, which left `home`."""
    fill(killed.url)
    shutil.copytree(killed.home, home)
    return killed.url


@pytest.fixture
def draft(notes_url: str, home: Path) -> Path:
    """The draft it left: an edit, a new row and a deletion."""
    (file,) = home.rglob("*.draft")
    return file


def fill(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("TRUNCATE notes")
        connection.execute("INSERT INTO notes SELECT n, 'text ' || n FROM generate_series(1, 5) AS n")


@contextmanager
def running(url: str, home: Path, what: str) -> Iterator[subprocess.Popen[str]]:
    environment = environment_of(home) | {"QT_QPA_PLATFORM": "offscreen"}
    command = (sys.executable, "-m", "tests.support.killed_drafts", url, what)
    child = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        yield child
    finally:
        if child.poll() is None:
            child.kill()
        child.communicate()


def started_again(url: str, home: Path, what: str) -> list[dict[str, Any]]:
    with running(url, home, what) as child:
        said, _ = child.communicate(timeout=DEADLINE_S)
    assert child.returncode == 0
    return [json.loads(line) for line in said.splitlines()]


def rows(url: str) -> dict[int, str]:
    with psycopg.connect(url) as connection:
        return dict(connection.execute("SELECT id, text FROM notes ORDER BY id").fetchall())


def test_edits_survive_a_kill_and_are_saved_by_the_next_start(notes_url: str, home: Path) -> None:
    restored, saved = started_again(notes_url, home, "save")

    assert "notes: 3 row" in restored["offered"]
    assert restored["staged"] == ["delete", "insert", "update"]
    assert restored["conflicts"] == []
    assert saved == {"saved": True}
    assert rows(notes_url) == {1: "mine-1", 3: "text 3", 4: "text 4", 5: "text 5", 9: "new-9"}
    assert not list(home.rglob("*.draft*"))


def test_a_row_that_was_changed_meanwhile_is_shown_as_a_conflict(notes_url: str, home: Path) -> None:
    with psycopg.connect(notes_url) as connection:
        connection.execute("UPDATE notes SET text = 'theirs' WHERE id = 1")

    (restored,) = started_again(notes_url, home, "restore")

    assert restored["conflicts"] == [["text", "mine-1", "theirs"]]
    assert rows(notes_url)[1] == "theirs"


def test_a_power_cut_in_the_middle_of_a_step_offers_the_whole_state_before(
    notes_url: str, home: Path, draft: Path
) -> None:
    whole = draft.read_bytes()
    draft.write_bytes(whole[: whole.index(b"new-9") + 3])

    (restored,) = started_again(notes_url, home, "restore")

    assert restored["staged"] == ["update"]  # what was staged a step earlier
    assert "last edits before the crash are missing" in restored["notes"]


def test_a_power_cut_that_spoils_a_file_written_anew_offers_what_it_was_before(
    notes_url: str, home: Path, draft: Path
) -> None:
    draft.with_name(draft.name + FORMER).write_bytes(draft.read_bytes())
    draft.write_bytes(b"\0" * 100)

    (restored,) = started_again(notes_url, home, "restore")

    assert restored["staged"] == ["delete", "insert", "update"]


def test_what_was_saved_as_the_process_died_is_not_saved_twice(make_database: Callable[..., str], home: Path) -> None:
    url = make_database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE notes (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text)")
        connection.execute("INSERT INTO notes (text) VALUES ('one'), ('two')")
    with running(url, home, "commit") as child:
        assert child.wait(DEADLINE_S) < 0  # by the signal
    assert rows(url) == {1: "mine-1", 2: "two", 3: "new"}

    (restored,) = started_again(url, home, "restore")

    assert "A save was under way" in restored["notes"]
    assert restored["staged"] == ["insert"]  # the edit is there already
    assert len(restored["reasons"]) == 1  # nobody can tell of the new row: it is marked
    assert "a row with its values is there" in restored["reasons"][0]


@pytest.mark.parametrize("spoilt", [b"", b"\0" * 4096, b"half a he"])
def test_a_file_of_which_nothing_is_left_is_said(notes_url: str, home: Path, draft: Path, spoilt: bytes) -> None:
    draft.write_bytes(spoilt)

    (said,) = started_again(notes_url, home, "restore")

    assert draft.name in said["offered"]
    assert draft.read_bytes() == spoilt  # it stays, for whoever can make something of it
