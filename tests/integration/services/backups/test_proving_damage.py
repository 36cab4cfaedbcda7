"""A backup that was damaged on purpose is never proven, in any format, and it is said what is wrong with it."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nexus_studio.core.admin.archives import ArchiveKind
from nexus_studio.core.admin.backups import Difference, Proof
from nexus_studio.core.errors import BackupDamaged
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backups.proving import prove
from nexus_studio.services.migrations.scratchserver import embedded_session
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from tests.integration.services.backups.proofdumps import describe, dump, sidecar, vouch

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()

ALL = [
    ArchiveKind.CUSTOM,
    ArchiveKind.DIRECTORY,
    ArchiveKind.TAR,
    ArchiveKind.PLAIN,
    ArchiveKind.PLAIN_GZIP,
    ArchiveKind.PLAIN_ZSTD,
]
PEOPLE = RelationName("public", "people")


@pytest.fixture(scope="module")
def paths(server_room: Path) -> Iterator[Paths]:
    """Paths whose embedded server runs as long as the tests."""
    found = Paths.below(server_room / "damage-home")
    with embedded_session(found, CTX):
        yield found


@pytest.fixture
def people(sql: Sql) -> None:
    sql("CREATE TABLE people (id int PRIMARY KEY, name text NOT NULL, note text)")
    sql("INSERT INTO people SELECT n, 'person number ' || n, md5(n::text) FROM generate_series(1, 400) n")
    sql("CREATE TABLE pets (id int PRIMARY KEY, person int REFERENCES people)")
    sql("INSERT INTO pets SELECT n, n FROM generate_series(1, 100) n")


def _tried(paths: Paths, file: Path) -> Proof | None:
    """What came of proving a file that its sidecar vouches for; None where it was found to be damaged before."""
    vouch(file)
    found: BackupDamaged | None = None
    try:
        prove(None, paths, file, CTX)
    except BackupDamaged as error:
        found = error
    said = sidecar(file)
    assert said.proven_at is None
    assert said.proof is not None
    if found is None:
        return said.proof
    assert found.code in {"backup.no_dump", "backup.truncated", "backup.altered"}
    assert said.proof.problems == (found.code,)
    return None


def _heart(file: Path) -> Path:
    """The file of a backup with most in it."""
    if not file.is_dir():
        return file
    return max((each for each in file.iterdir() if each.name != "toc.dat"), key=lambda each: each.stat().st_size)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.value)
def test_a_byte_that_was_turned_is_found_by_the_checksum(
    session: Session, people: None, paths: Paths, tmp_path: Path, kind: ArchiveKind
) -> None:
    file = dump(session, tmp_path, kind)
    describe(session, file)
    heart = _heart(file)
    whole = heart.read_bytes()
    for part in (0.02, 0.5, 0.98):
        turned = bytearray(whole)
        turned[int(len(whole) * part)] ^= 0x20
        heart.write_bytes(turned)
        with pytest.raises(BackupDamaged) as caught:
            prove(None, paths, file, CTX)
        assert caught.value.code == "backup.altered"
        assert sidecar(file).proven_at is None


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.value)
def test_a_byte_that_was_turned_is_found_although_the_sidecar_vouches_for_it(
    session: Session, people: None, paths: Paths, tmp_path: Path, kind: ArchiveKind
) -> None:
    """As if the sidecar had been written of the damaged file: the rows themselves tell."""
    file = dump(session, tmp_path, kind)
    describe(session, file)
    heart = _heart(file)
    turned = bytearray(heart.read_bytes())
    at = turned.find(b"person number 33\t") if kind in {ArchiveKind.PLAIN, ArchiveKind.TAR} else len(turned) // 2
    turned[at] ^= 0x20
    heart.write_bytes(turned)
    proof = _tried(paths, file)
    if kind in {ArchiveKind.PLAIN, ArchiveKind.TAR}:
        assert proof is not None
        assert [(each.relation, each.kind) for each in proof.differences] == [(PEOPLE, Difference.CHECKSUM)]
    elif proof is not None:
        assert proof.problems or proof.differences


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.value)
def test_one_row_less_is_found(
    session: Session, people: None, paths: Paths, tmp_path: Path, kind: ArchiveKind, sql: Sql
) -> None:
    """Taken away and packed again: a whole, flawless file, but for a row."""
    file = dump(session, tmp_path, kind)
    describe(session, file)
    sql("DELETE FROM people WHERE id = 399")
    if file.is_dir():
        for each in file.iterdir():
            each.unlink()
        file.rmdir()
    else:
        file.unlink()
    dump(session, tmp_path, kind)
    proof = _tried(paths, file)
    assert proof is not None
    assert not proof.problems
    (difference,) = proof.differences
    assert difference.relation == PEOPLE
    assert (difference.kind, difference.expected, difference.found) == (Difference.ROWS, 400, 399)


def test_a_row_cut_out_of_the_text_is_found(session: Session, people: None, paths: Paths, tmp_path: Path) -> None:
    file = dump(session, tmp_path, ArchiveKind.PLAIN_GZIP)
    describe(session, file)
    lines = gzip.decompress(file.read_bytes()).splitlines(keepends=True)
    file.write_bytes(gzip.compress(b"".join(line for line in lines if not line.startswith(b"7\tperson"))))
    proof = _tried(paths, file)
    assert proof is not None
    assert [(each.relation, each.found) for each in proof.differences] == [(PEOPLE, 399)]


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.value)
@pytest.mark.parametrize("part", [0.3, 0.9])
def test_a_file_that_was_cut_off_is_not_proven(
    session: Session, people: None, paths: Paths, tmp_path: Path, kind: ArchiveKind, part: float
) -> None:
    file = dump(session, tmp_path, kind)
    describe(session, file)
    heart = _heart(file)
    whole = heart.read_bytes()
    heart.write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(BackupDamaged) as caught:
        prove(None, paths, file, CTX)
    assert caught.value.code == "backup.truncated"
    proof = _tried(paths, file)
    assert proof is None or proof.problems or proof.differences


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.value)
def test_a_table_whose_rows_do_not_fit_is_named_and_the_others_are_compared(
    session: Session, people: None, paths: Paths, tmp_path: Path, kind: ArchiveKind, sql: Sql
) -> None:
    sql("CREATE FUNCTION fits(n int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN true; END'")
    sql("CREATE TABLE picky (n int CHECK (public.fits(n)), secret text); INSERT INTO picky VALUES (7, 'my secret')")
    sql("CREATE OR REPLACE FUNCTION fits(n int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN n > 7; END'")
    file = dump(session, tmp_path, kind)
    describe(session, file)
    proof = _tried(paths, file)
    assert proof is not None
    (problem,) = proof.problems
    assert "picky" in problem
    assert "my secret" not in problem
    assert [(each.relation.name, each.kind, each.expected, each.found) for each in proof.differences] == [
        ("picky", Difference.ROWS, 1, 0)
    ]
