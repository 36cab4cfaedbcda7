"""The checksum of a file that is being written: of all of it, whenever it was looked at."""

from __future__ import annotations

import errno
import hashlib
from pathlib import Path

import pytest

from nexus_studio.core.tasks import Cancelled, CancelToken, TaskContext
from nexus_studio.services.backups.hashing import followed, settled

CTX = TaskContext.for_test()


def test_what_is_written_meanwhile_is_in_it(tmp_path: Path) -> None:
    file, found = tmp_path / "x", hashlib.sha256()
    file.touch()
    with followed(file) as growing, file.open("ab", buffering=0) as stream:
        for number in range(200):
            chunk = bytes((number,)) * 40_000
            stream.write(chunk)
            found.update(chunk)
        assert growing.checksum(CTX) == found.hexdigest()


def test_a_file_in_which_somebody_went_back_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"a" * 10)
    with followed(file) as growing:
        while growing._read < 10:
            pass
        file.write_bytes(b"short")
        assert growing.checksum(CTX) == hashlib.sha256(b"short").hexdigest()


def test_an_empty_one_and_one_that_is_gone(tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    with followed(tmp_path / "x") as growing:
        assert growing.checksum(CTX) == hashlib.sha256().hexdigest()
    with followed(tmp_path / "gone") as growing, pytest.raises(FileNotFoundError):
        growing.checksum(CTX)


def test_it_can_be_left_and_cancelled(tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    with followed(tmp_path / "x") as growing:
        pass
    assert not growing._thread.is_alive()
    token = CancelToken()
    token.cancel()
    (tmp_path / "y").write_bytes(b"y")
    with followed(tmp_path / "y") as growing, pytest.raises(Cancelled):
        growing.checksum(TaskContext(token))


def test_what_the_disk_does_not_take_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x").write_bytes(b"x")
    assert settled(tmp_path / "x", None, CTX) == hashlib.sha256(b"x").hexdigest()

    def full(_: Path) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("nexus_studio.services.backups.hashing.sync", full)
    with followed(tmp_path / "x") as growing, pytest.raises(OSError, match="full"):
        settled(tmp_path / "x", growing, CTX)
