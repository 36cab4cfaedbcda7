"""The lock on production, by the clock of the test."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from nexus_studio.core.errors import UserError
from nexus_studio.core.profiles import Environment
from nexus_studio.services.writelock import LONGEST_MINUTES, WriteLock, checked, record


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_it_opens_for_a_while() -> None:
    clock = Clock()
    lock = WriteLock(Environment.PRODUCTION, clock)
    assert (lock.is_lockable, lock.is_locked, lock.refuses, lock.unlocked_until) == (True, True, True, None)
    until = lock.unlock(15)
    assert (lock.is_locked, lock.unlocked_until) == (False, until)
    clock.now += 15 * 60 - 1
    assert not lock.refuses
    clock.now += 1
    assert (lock.is_locked, lock.refuses, lock.unlocked_until) == (True, True, None)
    lock.unlock(1)
    lock.lock()
    assert lock.is_locked


def test_what_was_begun_is_ended() -> None:
    clock = Clock()
    lock, other = WriteLock(Environment.PRODUCTION, clock), WriteLock(Environment.PRODUCTION, clock)
    lock.unlock(1)
    with lock.open_for():
        clock.now += 3600
        assert (lock.is_locked, lock.refuses, other.refuses) == (True, False, True)
    assert lock.refuses


@pytest.mark.parametrize("environment", [each for each in Environment if each is not Environment.PRODUCTION])
def test_elsewhere_there_is_none(environment: Environment) -> None:
    lock = WriteLock(environment)
    assert (lock.is_lockable, lock.is_locked, lock.refuses) == (False, False, False)


def test_a_reason_is_written_down(tmp_path: Path) -> None:
    file = tmp_path / "data" / "unlocks.jsonl"
    record(file, "shop @ db:5432", "ada", 15, checked("  ticket\n 4711 ", 15))
    record(file, "shop @ db:5432", "ada", 30, "again")
    first, second = (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())
    assert (first["reason"], first["minutes"], first["place"], first["role"]) == (
        "ticket 4711",
        15,
        "shop @ db:5432",
        "ada",
    )
    assert first["at"]
    assert "@" in first["who"]
    assert second["reason"] == "again"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("reason", "minutes", "code"),
    [(" \n", 15, "unlock.reason"), ("why", 0, "unlock.minutes"), ("why", LONGEST_MINUTES + 1, "unlock.minutes")],
)
def test_no_reason_and_no_end_are_refused(reason: str, minutes: int, code: str) -> None:
    with pytest.raises(UserError) as refused:
        checked(reason, minutes)
    assert refused.value.code == code


def test_what_cannot_be_written_down_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where a folder is wanted", encoding="utf-8")
    with pytest.raises(UserError) as refused:
        record(tmp_path / "data" / "unlocks.jsonl", "p", "r", 15, "why")
    assert refused.value.code == "unlock.unrecorded"
