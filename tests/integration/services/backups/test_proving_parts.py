"""Backups of a part are proven as well: of chosen tables, of schemas, of rows alone, of the schema alone; encrypted."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nexus_studio.core.admin.backups import BackupFormat, BackupSpec, Compression, Contents, Difference
from nexus_studio.core.errors import BackupDamaged, RestoreRefused
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backupfiles import write_record
from nexus_studio.services.backups.creating import create
from nexus_studio.services.backups.encrypting import IDENTITY_VARIABLE
from nexus_studio.services.backups.inside import open_inside
from nexus_studio.services.backups.proving import prove
from nexus_studio.services.migrations.scratchserver import embedded_session
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from tests.integration.services.backups.proofdumps import sidecar, vouch

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()
FORMATS = [BackupFormat.CUSTOM, BackupFormat.PLAIN]
ORDERS = RelationName("Sh op", "orders")


@pytest.fixture(scope="module")
def paths(server_room: Path) -> Iterator[Paths]:
    found = Paths.below(server_room / "parts-home")
    with embedded_session(found, CTX):
        yield found


@pytest.fixture
def shop(sql: Sql) -> None:
    sql('CREATE SCHEMA "Sh op"')
    sql("CREATE TYPE mood AS ENUM ('ok', 'so so')")
    sql("CREATE TABLE people (id int PRIMARY KEY, boss int REFERENCES people)")
    sql("INSERT INTO people SELECT n, nullif(1001 - n, n) FROM generate_series(1, 1000) n")
    sql("CREATE FUNCTION fits(n int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT n > 0'")
    sql(
        'CREATE TABLE "Sh op".orders (id serial PRIMARY KEY, person int REFERENCES people, m mood,'
        " CHECK (public.fits(id)))"
    )
    sql("INSERT INTO \"Sh op\".orders (person, m) SELECT n, 'so so' FROM generate_series(1, 1000) n")
    sql("CREATE VIEW bosses AS SELECT DISTINCT boss FROM people")


@pytest.mark.parametrize("form", FORMATS)
def test_chosen_tables_stand_on_what_the_database_has(
    session: Session, shop: None, paths: Paths, tmp_path: Path, form: BackupFormat
) -> None:
    """Its type, its function, the table its foreign key leads to: none of them is in the backup."""
    file, record = create(session, paths, BackupSpec(form, tables=(ORDERS,)), CTX, folder=tmp_path)
    assert record.states is not None
    assert [each.relation for each in record.states] == [ORDERS]
    proof = prove(session, paths, file, CTX).proof
    assert proof is not None
    assert proof.is_good, proof
    assert proof.compared == 1
    alone = prove(None, paths, file, CTX).proof
    assert alone is not None
    assert not alone.is_good
    assert any("mood" in problem for problem in alone.problems)


@pytest.mark.parametrize("form", FORMATS)
def test_a_chosen_schema(session: Session, shop: None, paths: Paths, tmp_path: Path, form: BackupFormat) -> None:
    file, _ = create(session, paths, BackupSpec(form, schemas=("Sh op",)), CTX, folder=tmp_path)
    proof = prove(session, paths, file, CTX).proof
    assert proof is not None
    assert proof.is_good, proof


@pytest.mark.parametrize("form", FORMATS)
def test_rows_alone_go_into_todays_tables(
    session: Session, shop: None, paths: Paths, tmp_path: Path, form: BackupFormat, sql: Sql
) -> None:
    file, _ = create(session, paths, BackupSpec(form, contents=Contents.DATA), CTX, folder=tmp_path)
    sql("CREATE TABLE later (id int); DELETE FROM people WHERE id = 500 AND boss IS NULL")
    proof = prove(session, paths, file, CTX).proof
    assert proof is not None
    assert proof.is_good, proof
    assert proof.compared == 2
    with pytest.raises(RestoreRefused) as caught:
        prove(None, paths, file, CTX)
    assert caught.value.code == "restore.needs_schema"
    sql('DROP TABLE "Sh op".orders')
    proof = prove(session, paths, file, CTX).proof
    assert proof is not None
    assert [(each.relation, each.kind) for each in proof.differences] == [(ORDERS, Difference.MISSING)]


@pytest.mark.parametrize("kind", BackupFormat)
def test_the_schema_alone(kind: BackupFormat, session: Session, shop: None, paths: Paths, tmp_path: Path) -> None:
    spec = BackupSpec(kind, Compression.NONE, contents=Contents.SCHEMA)
    file, _ = create(session, paths, spec, CTX, folder=tmp_path)
    proof = prove(session, paths, file, CTX).proof
    assert proof is not None
    assert (proof.is_good, proof.compared) == (True, 0)


@pytest.mark.skipif(shutil.which("age") is None, reason="needs age")
def test_an_encrypted_backup_is_plain_for_a_moment_only(
    session: Session, shop: None, paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "key"
    subprocess.run(("age-keygen", "-o", key), check=True, capture_output=True)
    recipient = next(line.split()[-1] for line in key.read_text().splitlines() if "public key" in line)
    private = paths.cache / "decrypted"
    monkeypatch.setenv(IDENTITY_VARIABLE, str(key))
    folder = tmp_path / "kept"
    file, record = create(session, paths, BackupSpec(), CTX, folder=folder)
    secret = folder / (file.name + ".age")
    subprocess.run(("age", "--recipient", recipient, "--output", secret, file), check=True)
    write_record(replace(record, file=secret.name, encrypted="age"), folder)
    vouch(secret)
    file.unlink()
    proof = prove(session, paths, secret, CTX).proof
    assert proof is not None
    assert (proof.is_good, proof.compared) == (True, 2)
    assert sidecar(secret).encrypted == "age"
    with open_inside(session, paths, secret, CTX) as inside:
        assert list(private.iterdir()) == []
        assert inside.compare(ORDERS, session, CTX).is_same
    alone = secret.rename(tmp_path / "foreign.age")
    foreign = prove(None, paths, alone, CTX)
    assert (foreign.encrypted, foreign.format, foreign.proven_at is not None) == ("age", "custom", True)
    secret = alone.rename(secret)
    content = bytearray(secret.read_bytes())
    content[-20] ^= 1
    secret.write_bytes(content)
    with pytest.raises(BackupDamaged):
        prove(session, paths, secret, CTX)
    assert list(private.iterdir()) == []
