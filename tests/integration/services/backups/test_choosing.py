"""Which program is chosen, and why: the server's own version, else the next newer one."""

from __future__ import annotations

from pathlib import Path

import pytest

from nexus_studio.core.admin.backups import BackupFormat, BackupSpec, Compression
from nexus_studio.core.errors import BackupFailed, ToolMissing
from nexus_studio.services.backups import choosing
from nexus_studio.services.backups.choosing import chosen_dump, chosen_restore
from nexus_studio.services.tools import programs_of

ZSTD = BackupSpec(compression=Compression.ZSTD)


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> dict[int, Path]:
    """The programs of this machine, by major version; none of them is run."""
    found: dict[int, Path] = {}
    monkeypatch.setattr(choosing, "programs_of", lambda _name: found)
    monkeypatch.setattr(choosing, "_knows_zstd", lambda program: "zstd" in program)
    return found


def having(programs: dict[int, Path], *majors: int) -> None:
    programs.update({each: Path(f"/{each}/pg_dump") for each in majors})


@pytest.mark.parametrize(
    ("there", "server", "major", "reason"),
    [
        ((18, 16, 15), 150_004, 15, "same"),
        ((18, 16, 15), 170_001, 18, "newer"),
        ((18, 16), 120_022, 16, "newer"),
        ((18,), 150_004, 18, "only"),
        ((18,), 180_000, 18, "same"),
    ],
)
def test_the_nearest_that_is_new_enough(
    there: tuple[int, ...], server: int, major: int, reason: str, programs: dict[int, Path]
) -> None:
    having(programs, *there)
    found = chosen_dump(server)
    assert (found.major, found.reason, found.path) == (major, reason, f"/{major}/pg_dump")


def test_an_older_one_than_the_server_is_refused(programs: dict[int, Path]) -> None:
    having(programs, 15, 16)
    with pytest.raises(ToolMissing) as refused:
        chosen_dump(170_001)
    assert refused.value.facts == {"tool": "pg_dump", "version": 17}


def test_a_dump_for_an_older_target_is_warned_of_now(programs: dict[int, Path]) -> None:
    having(programs, 16, 18)
    assert chosen_dump(160_000).warnings == ()
    assert chosen_dump(160_000, BackupSpec(target_version=17)).warnings == ()
    assert chosen_dump(160_000, BackupSpec(target_version=15)).warnings == ("tool.newer_than_target",)
    assert chosen_dump(150_000).warnings == ("tool.newer_than_target",)  # for its own server, by a newer program
    assert chosen_dump(150_000, BackupSpec(target_version=16)).warnings == ()


def test_a_compression_may_need_another_program(programs: dict[int, Path]) -> None:
    having(programs, 15, 16)
    with pytest.raises(BackupFailed) as refused:
        chosen_dump(150_000, ZSTD)
    assert (refused.value.code, refused.value.facts) == ("backup.compression", {"name": "zstd", "tool": "pg_dump 15"})
    plain = BackupSpec(format=BackupFormat.PLAIN, compression=Compression.ZSTD)
    assert chosen_dump(150_000, plain).major == 15  # its text is compressed here
    programs[18] = Path("/zstd/18/pg_dump")
    assert chosen_dump(150_000, ZSTD).major == 18
    programs[15] = Path("/zstd/15/pg_dump")  # 15 knows no compression by name, whatever it was built with
    assert chosen_dump(150_000, ZSTD).major == 18


def test_a_backup_is_read_by_what_is_as_new_as_what_wrote_it(programs: dict[int, Path]) -> None:
    having(programs, 15, 16, 18)
    assert chosen_restore(16).major == 16
    assert chosen_restore(15, 160_002).major == 16
    assert chosen_restore(17, 160_002).major == 18
    assert chosen_restore(0, 150_002, program="psql").major == 15
    with pytest.raises(ToolMissing):
        chosen_restore(19)


def test_the_programs_of_this_machine_are_asked_whether_they_know_zstd(server_version: int) -> None:
    for major, program in programs_of("pg_dump").items():
        assert choosing.compresses(program, Compression.GZIP, major)
        if major < 16:
            assert not choosing.compresses(program, Compression.ZSTD, major)
    assert chosen_dump(server_version).major >= server_version // 10_000
