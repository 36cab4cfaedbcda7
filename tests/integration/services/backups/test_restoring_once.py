"""What was read once is not read again before a restore; what somebody has written to since is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nexus_studio.core.admin.archives import RestoreInto, RestoreTarget, Selection
from nexus_studio.core.admin.backups import BackupFormat, BackupSpec, Compression
from nexus_studio.core.errors import BackupDamaged, RestoreRefused
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.backupfiles import read_record, write_record
from nexus_studio.services.backups.archives import look
from nexus_studio.services.backups.creating import create
from nexus_studio.services.backups.origin import system_of
from nexus_studio.services.backups.restoreplan import planned
from nexus_studio.services.backups.restoring import restore
from nexus_studio.services.backups.snapshot import LARGE_OBJECT_STATE
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from tests.integration.services.backups.dumps import at, databases, drop, fill, state_of

CTX = TaskContext.for_test()
NEW = "nxs read once"
INTO = RestoreTarget(RestoreInto.NEW, NEW)
PLAIN = BackupSpec(format=BackupFormat.PLAIN)
SPECS = {
    "custom": BackupSpec(),
    "directory": BackupSpec(format=BackupFormat.DIRECTORY, jobs=2),
    "gzip": PLAIN,
    "none": replace(PLAIN, compression=Compression.NONE),
}


class Told:
    """A context that notes which steps were told."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.ctx = TaskContext(on_progress=self._hear)

    def _hear(self, progress: Progress) -> None:
        self.steps.append(progress.step)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths.below(tmp_path / "home")


@pytest.fixture
def shop(pg_url: str) -> Iterator[str]:
    fill(pg_url)
    yield pg_url
    drop(pg_url, [NEW])


@pytest.mark.parametrize("kind", SPECS)
def test_a_preview_spares_reading_it_again(
    kind: str, shop: str, session: Session, paths: Paths, tmp_path: Path
) -> None:
    file, _ = create(session, paths, SPECS[kind], CTX, folder=tmp_path)
    looked, told = look(file, CTX, session=session), Told()
    restore(session, paths, file, INTO, told.ctx, looked=looked)
    assert "backup.checking" not in told.steps
    assert state_of(at(shop, NEW)) == state_of(shop)


@pytest.mark.parametrize("kind", SPECS)
def test_what_was_written_to_meanwhile_is_read_again(
    kind: str, shop: str, session: Session, paths: Paths, tmp_path: Path
) -> None:
    file, _ = create(session, paths, SPECS[kind], CTX, folder=tmp_path)
    looked, before = look(file, CTX, session=session), databases(shop)
    part = next(each for each in sorted(file.iterdir()) if each.suffix == ".gz") if file.is_dir() else file
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 1
    part.write_bytes(content)
    with pytest.raises(BackupDamaged) as damaged:
        restore(session, paths, file, INTO, CTX, looked=looked)
    assert damaged.value.code == "backup.altered"
    assert databases(shop) == before


def test_what_another_file_holds_is_not_taken_for_it(shop: str, session: Session, paths: Paths, tmp_path: Path) -> None:
    one, _ = create(session, paths, BackupSpec(), CTX, folder=tmp_path)
    other, _ = create(session, paths, BackupSpec(), CTX, folder=tmp_path)
    told = Told()
    restore(session, paths, other, INTO, told.ctx, looked=look(one, CTX))
    assert "backup.checking" in told.steps


def test_of_text_of_ours_the_sidecar_says_what_it_holds(
    shop: str, session: Session, paths: Paths, tmp_path: Path, sql: Callable[..., list[tuple[Any, ...]]]
) -> None:
    offered = sql("SELECT name FROM pg_available_extensions WHERE name <> 'plpgsql' ORDER BY name LIMIT 1")
    for (name,) in offered:
        sql(f'CREATE EXTENSION "{name}"')
    sql("DROP ROLE IF EXISTS nxs_once; CREATE ROLE nxs_once")
    sql("CREATE TABLE theirs (c text); ALTER TABLE theirs OWNER TO nxs_once")
    file, record = create(session, paths, PLAIN, CTX, folder=tmp_path)
    assert record.extensions == tuple(name for (name,) in offered)
    assert record.system == system_of(session, CTX) != ""
    whole, brief = look(file, CTX, session=session), look(file, CTX, session=session, is_brief=True)
    assert (whole.is_brief, brief.is_brief) == (False, True)
    assert set(brief.roles) >= set(whole.roles) >= {"nxs_once"}
    assert brief.extensions == whole.extensions
    counted = {each.relation for each in record.states or ()} - {LARGE_OBJECT_STATE}
    assert counted == set(brief.tables) <= set(whole.tables)
    said = ("server_version", "tool", "encoding", "missing_extensions", "missing_roles", "made_at", "database", "stamp")
    assert [getattr(brief, each) for each in said] == [getattr(whole, each) for each in said]
    for target in (replace(INTO, owners=False), replace(INTO, privileges=False)):  # it does not say whose is what
        told = Told()
        restore(session, paths, file, target, told.ctx, looked=brief)
        assert "backup.checking" in told.steps
        drop(shop, [NEW])
    with psycopg.connect(at(shop, "postgres"), autocommit=True) as connection:
        sql("DROP TABLE theirs")
        connection.execute("DROP ROLE nxs_once")
    assert look(file, CTX, session=session, is_brief=True).missing_roles == ("nxs_once",)
    before = databases(shop)
    with pytest.raises(RestoreRefused) as refused:
        restore(session, paths, file, INTO, CTX)
    assert (refused.value.code, refused.value.facts["names"]) == ("restore.roles_missing", ("nxs_once",))
    assert databases(shop) == before


@pytest.mark.parametrize("counts", [True, False])
def test_text_with_large_objects_is_unpacked_once(
    counts: bool, shop: str, session: Session, paths: Paths, tmp_path: Path
) -> None:
    file, record = create(session, paths, replace(PLAIN, counts=counts), CTX, folder=tmp_path)
    assert (record.states is None, record.tables is None) == (not counts, counts)
    assert read_record(file.with_name(file.name + ".json")) == record
    whole, brief = look(file, CTX, session=session), look(file, CTX, session=session, is_brief=True)
    assert (whole.is_brief, brief.is_brief) == (False, True)
    assert (whole.large_objects, brief.large_objects) == (True, True)
    if not counts:
        assert brief.tables == whole.tables
    told = Told()
    restore(session, paths, file, INTO, told.ctx)
    assert told.steps.count("backup.checking") == told.steps.index("restore.loading")
    assert state_of(at(shop, NEW)) == state_of(shop)


def test_what_one_transaction_has_no_locks_for_is_known_from_the_sidecar(
    shop: str, session: Session, paths: Paths, tmp_path: Path
) -> None:
    file, record = create(session, paths, replace(PLAIN, counts=False), CTX, folder=tmp_path)
    assert record.objects is not None
    assert record.objects >= 15
    assert planned(session, file, INTO, None, CTX).is_atomic
    write_record(replace(record, objects=1_000_000), tmp_path)
    assert not planned(session, file, INTO, None, CTX).is_atomic


def test_where_the_sidecar_knows_too_little_all_is_read(
    shop: str, session: Session, paths: Paths, tmp_path: Path
) -> None:
    file, record = create(session, paths, PLAIN, CTX, folder=tmp_path)
    write_record(replace(record, roles=None), tmp_path)
    assert not look(file, CTX, is_brief=True).is_brief
    write_record(replace(record, objects=None), tmp_path)  # as they were before: large objects need locks too
    assert not look(file, CTX, is_brief=True).is_brief
    write_record(replace(record, states=None), tmp_path)
    assert not look(file, CTX, is_brief=True).is_brief
    sidecar = file.with_name(file.name + ".json")
    write_record(record, tmp_path)
    assert look(file, CTX, is_brief=True).is_brief
    sidecar.unlink()
    assert not look(file, CTX, is_brief=True).is_brief


def test_of_a_choice_no_sidecar_says_what_it_needs(shop: str, session: Session, paths: Paths, tmp_path: Path) -> None:
    file, record = create(session, paths, replace(PLAIN, schemas=("public",)), CTX, folder=tmp_path)
    assert (record.extensions, record.roles, record.tables, record.objects) == (None, None, None, None)
    assert not look(file, CTX, is_brief=True).is_brief
    assert not replace(INTO, selection=Selection(("public",))).takes_all
    assert not RestoreTarget(RestoreInto.EMPTY, "x").takes_all
