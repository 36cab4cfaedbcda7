"""Restoring: each format comes back whole, by a swap, into a new and into an empty database."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from nexus_studio.core.admin.archives import RestoreInto, RestoreTarget, Selection
from nexus_studio.core.admin.backups import BackupFormat, BackupSpec, Compression, Contents
from nexus_studio.core.admin.resets import Others
from nexus_studio.core.effects import Kind
from nexus_studio.core.errors import ForbiddenHere, ResetRefused, RestoreRefused
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backups.creating import create
from nexus_studio.services.backups.keptdatabases import dismiss, kept
from nexus_studio.services.backups.restoring import restore
from nexus_studio.services.backups.zstd import ZstdCompressor
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from tests.integration.services.backups.dumps import (
    ITEMS,
    at,
    databases,
    drop,
    dump,
    fill,
    make,
    schema_of,
    state_of,
)
from tests.support.fix_cluster import profile_of

CTX = TaskContext.for_test()
SWAP = RestoreTarget(RestoreInto.SWAP)
AWKWARD = "a \"new\" 'data' base"


def packed(file: Path, kind: str) -> Path:
    """Compress a plain dump."""
    if kind == "gzip":
        found = file.with_name(file.name + ".gz")
        found.write_bytes(gzip.compress(file.read_bytes()))
        return found
    found = file.with_name(file.name + ".zst")
    compressor = ZstdCompressor()
    found.write_bytes(compressor.compress(file.read_bytes()) + compressor.flush())
    return found


FORMATS: dict[str, Callable[[str, Path], Path]] = {
    "custom": lambda url, folder: dump(url, folder / "x.dump", "--format=custom"),
    "directory": lambda url, folder: dump(url, folder / "x.dir", "--format=directory", "--jobs=2"),
    "tar": lambda url, folder: dump(url, folder / "x.tar", "--format=tar"),
    "plain": lambda url, folder: dump(url, folder / "x.sql"),
    "inserts": lambda url, folder: dump(url, folder / "x.sql", "--inserts"),
    "clean": lambda url, folder: dump(url, folder / "x.sql", "--clean"),
    "create": lambda url, folder: dump(url, folder / "x.sql", "--create", "--clean"),
    "gzip": lambda url, folder: packed(dump(url, folder / "x.sql"), "gzip"),
    "zstd": lambda url, folder: packed(dump(url, folder / "x.sql"), "zstd"),
}

SPECS = {
    "custom": BackupSpec(),
    "directory": BackupSpec(format=BackupFormat.DIRECTORY),
    "plain": BackupSpec(format=BackupFormat.PLAIN),
    "text": BackupSpec(format=BackupFormat.PLAIN, compression=Compression.NONE, counts=False),
}


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths.below(tmp_path / "home")


@pytest.fixture
def shop(pg_url: str) -> str:
    """The URL of a database with something in it."""
    fill(pg_url)
    return pg_url


@pytest.fixture
def gone(pg_url: str) -> Iterator[list[str]]:
    """Names of databases that are dropped after the test; those that it has made of its own are found."""
    before = databases(at(pg_url, "postgres"))
    names: list[str] = []
    yield names
    own = str(conninfo_to_dict(pg_url)["dbname"])
    left = {each for each in databases(at(pg_url, "postgres")) - before if each.startswith(f"{own}_before_restore")}
    drop(pg_url, [*names, *left])


@pytest.mark.parametrize("kind", FORMATS)
def test_each_format_comes_back_whole_in_a_new_database(
    kind: str, shop: str, session: Session, paths: Paths, tmp_path: Path, gone: list[str]
) -> None:
    file = FORMATS[kind](shop, tmp_path)
    gone.append(AWKWARD)
    result, effects = restore(session, paths, file, RestoreTarget(RestoreInto.NEW, AWKWARD), CTX)
    assert (result.database, result.kept_as, result.tables) == (AWKWARD, "", 5)
    assert "archive.unverified" in result.warnings
    assert not effects.kinds & Kind.ROWS
    new = at(shop, AWKWARD)
    assert state_of(new) == state_of(shop)
    assert schema_of(new) == schema_of(shop)
    assert not [each for each in databases(shop) if each.startswith("nexus_restore_")]


@pytest.mark.parametrize("kind", ["custom", "directory"])
def test_several_jobs_do_the_same(
    kind: str, shop: str, session: Session, paths: Paths, tmp_path: Path, gone: list[str]
) -> None:
    gone.append("jobs")
    restore(session, paths, FORMATS[kind](shop, tmp_path), RestoreTarget(RestoreInto.NEW, "jobs", jobs=3), CTX)
    assert (state_of(at(shop, "jobs")), schema_of(at(shop, "jobs"))) == (state_of(shop), schema_of(shop))


def test_a_swap_keeps_what_was_there_with_all_that_belongs_to_the_database(
    shop: str,
    session: Session,
    paths: Paths,
    tmp_path: Path,
    gone: list[str],
    sql: Callable[..., list[tuple[Any, ...]]],
) -> None:
    own = session.server.database
    was, schema = state_of(shop), schema_of(shop)
    file = dump(shop, tmp_path / "x.dump", "--format=custom")
    with psycopg.connect(at(shop, "postgres"), autocommit=True) as connection:
        for statement in (
            f"COMMENT ON DATABASE \"{own}\" IS 'the one'",
            f"ALTER DATABASE \"{own}\" SET work_mem TO '7MB'",
            f'ALTER DATABASE "{own}" CONNECTION LIMIT 17',
            f'REVOKE CONNECT ON DATABASE "{own}" FROM PUBLIC',
        ):
            connection.execute(statement.encode())
    sql("DELETE FROM public.orders; DROP VIEW public.glad")
    changed = state_of(shop)
    with pytest.raises(ResetRefused, match="connected"):  # the test itself is
        restore(session, paths, file, SWAP, CTX)
    facts = _facts(shop, own)

    result, effects = restore(session, paths, file, RestoreTarget(RestoreInto.SWAP, others=Others.END), CTX)
    assert effects.kinds & Kind.ROWS
    assert result.database == own
    assert result.kept_as.startswith(f"{own}_before_restore_")
    assert (state_of(shop), schema_of(shop)) == (was, schema)
    assert _facts(shop, own) == facts
    assert state_of(at(shop, result.kept_as)) == changed
    with session.read(CTX) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM public.orders").scalar() == 2000

    found = kept(session, CTX)
    assert [(each.name, each.of) for each in found] == [(result.kept_as, own)]
    assert found[0].size_bytes > 0
    with pytest.raises(RestoreRefused, match="unknown_kept"):
        dismiss(session, own, CTX)
    with psycopg.connect(at(shop, result.kept_as)), pytest.raises(ResetRefused, match="connected"):
        dismiss(session, result.kept_as, CTX)
    dismiss(session, result.kept_as, CTX)
    assert kept(session, CTX) == ()
    assert result.kept_as not in databases(shop)


@pytest.mark.parametrize("kind", ["custom", "directory", "plain", "gzip", "zstd", "create"])
def test_an_empty_database_is_filled(
    kind: str, shop: str, session: Session, paths: Paths, tmp_path: Path, gone: list[str]
) -> None:
    gone.append("empty one")
    empty = make(shop, "empty one")
    jobs = 2 if kind == "directory" else 1
    restore(
        session, paths, FORMATS[kind](shop, tmp_path), RestoreTarget(RestoreInto.EMPTY, "empty one", jobs=jobs), CTX
    )
    assert (state_of(empty), schema_of(empty)) == (state_of(shop), schema_of(shop))


def test_what_is_not_empty_is_not_restored_into_and_nothing_onto_itself(
    shop: str, session: Session, paths: Paths, tmp_path: Path
) -> None:
    file, own, was = dump(shop, tmp_path / "x.dump", "--format=custom"), session.server.database, state_of(shop)
    for target, code in (
        (RestoreTarget(RestoreInto.EMPTY, own), "restore.not_empty"),
        (RestoreTarget(RestoreInto.NEW, own), "restore.exists"),
        (RestoreTarget(RestoreInto.NEW, ""), "restore.name"),
        (RestoreTarget(RestoreInto.NEW, "x" * 64), "restore.name"),
        (RestoreTarget(RestoreInto.EMPTY, "nowhere"), "restore.unknown_database"),
        (RestoreTarget(RestoreInto.SWAP, "postgres"), "restore.other_database"),
    ):
        with pytest.raises(RestoreRefused) as refused:
            restore(session, paths, file, target, CTX)
        assert refused.value.code == code
    assert state_of(shop) == was
    assert not [each for each in databases(shop) if each.startswith("nexus_")]


def test_chosen_tables_come_with_what_they_need_and_no_more(
    shop: str, session: Session, paths: Paths, tmp_path: Path, gone: list[str]
) -> None:
    file = dump(shop, tmp_path / "x.dump", "--format=custom")
    gone += ["some", "others"]
    chosen = Selection(tables=(RelationName("public", "orders"), RelationName("public", "parts")))
    result, _ = restore(session, paths, file, RestoreTarget(RestoreInto.NEW, "some", chosen), CTX)
    assert {"restore.left_out"} <= set(result.warnings)  # the foreign key to what was not chosen
    found = [row[:2] for row in state_of(at(shop, "some"))]
    assert found == [("public", "orders"), ("public", "parts_1"), ("public", "parts_2")]
    with psycopg.connect(at(shop, "some")) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (2000,)
        assert connection.execute("SELECT count(*) FROM parts").fetchone() == (1000,)
        assert connection.execute("SELECT count(*) FROM pg_indexes WHERE tablename = 'orders'").fetchone() == (2,)
        assert connection.execute("INSERT INTO orders (item) VALUES (7) RETURNING id").fetchone() == (2001,)
    result, _ = restore(session, paths, file, RestoreTarget(RestoreInto.NEW, "others", Selection(("the shop",))), CTX)
    assert [row[:2] for row in state_of(at(shop, "others"))] == [(ITEMS.schema, ITEMS.name)]
    for selection in (Selection(("nowhere",)), Selection(tables=(RelationName("public", "nowhere"),))):
        with pytest.raises(RestoreRefused, match="unknown_selection"):
            restore(session, paths, file, RestoreTarget(RestoreInto.NEW, "more", selection), CTX)
    plain = dump(shop, tmp_path / "x.sql")
    with pytest.raises(RestoreRefused, match="plain_selection"):
        restore(session, paths, plain, RestoreTarget(RestoreInto.NEW, "more", chosen), CTX)


@pytest.mark.parametrize("kind", ["custom", "plain"])
def test_what_was_dumped_of_the_schema_public_alone_is_restored(
    kind: str, shop: str, session: Session, paths: Paths, tmp_path: Path, gone: list[str]
) -> None:
    fill(shop, "CREATE SCHEMA own; CREATE TABLE own.t (id int); INSERT INTO own.t VALUES (1)")
    gone += ["public only"]
    file = dump(
        shop,
        tmp_path / "x",
        f"--format={kind}",
        "--schema=public",
        "--exclude-table=public.orders",
        "--exclude-table=public.glad",
    )
    restore(session, paths, file, RestoreTarget(RestoreInto.NEW, "public only"), CTX)
    assert [row[:2] for row in state_of(at(shop, "public only"))][:2] == [("public", "parts_1"), ("public", "parts_2")]


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_a_structure_without_rows_goes_beside(
    spec: BackupSpec, shop: str, session: Session, paths: Paths, tmp_path: Path, gone: list[str]
) -> None:
    gone += ["structure"]
    file, _ = create(session, paths, replace(spec, contents=Contents.SCHEMA), CTX, folder=tmp_path)
    restore(session, paths, file, RestoreTarget(RestoreInto.NEW, "structure"), CTX)
    assert schema_of(at(shop, "structure")) == schema_of(shop)


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_a_database_that_holds_nothing_is_restored(
    spec: BackupSpec, session: Session, paths: Paths, tmp_path: Path, gone: list[str], pg_url: str
) -> None:
    gone += ["nothing in it"]
    file, _ = create(session, paths, spec, CTX, folder=tmp_path)
    restore(session, paths, file, RestoreTarget(RestoreInto.NEW, "nothing in it"), CTX)
    assert schema_of(at(pg_url, "nothing in it")) == schema_of(pg_url)


def test_production_is_restored_only_while_it_is_unlocked(
    shop: str, paths: Paths, tmp_path: Path, gone: list[str]
) -> None:
    file, was = dump(shop, tmp_path / "x.dump", "--format=custom"), state_of(shop)
    opened = Session.open(profile_of(shop, environment=Environment.PRODUCTION), None, CTX)
    try:
        with pytest.raises(ForbiddenHere, match="locked"):
            restore(opened, paths, file, SWAP, CTX)
        opened.unlock("a test", 15, paths)
        with pytest.raises(ForbiddenHere, match="environment"):  # others are not ended there
            restore(opened, paths, file, RestoreTarget(RestoreInto.SWAP, others=Others.END), CTX)
        fill(shop, "DELETE FROM public.orders")
        result, _ = restore(opened, paths, file, SWAP, CTX)
        assert state_of(shop) == was
        dismiss(opened, result.kept_as, CTX)
    finally:
        opened.close()


def _facts(url: str, database: str) -> tuple[Any, ...]:
    """Return what belongs to a database and is not in it."""
    with psycopg.connect(at(url, "postgres")) as connection:
        found = connection.execute(
            """
            SELECT pg_get_userbyid(datdba), encoding, datcollate, datctype, datconnlimit, CAST(datacl AS text),
                   shobj_description(d.oid, 'pg_database'),
                   (SELECT array_agg(CAST(setconfig AS text)) FROM pg_db_role_setting WHERE setdatabase = d.oid)
              FROM pg_database d WHERE datname = %s
            """,
            (database,),
        ).fetchone()
    assert found is not None
    return found


def test_a_part_never_takes_the_place_of_the_whole(shop: str, session: Session, paths: Paths, tmp_path: Path) -> None:
    before = state_of(shop)
    whole = dump(shop, tmp_path / "whole.dump", "--format=custom")
    chosen = Selection(tables=(RelationName("public", "orders"),))
    with pytest.raises(RestoreRefused, match="part_swap"):
        restore(session, paths, whole, RestoreTarget(RestoreInto.SWAP, selection=chosen), CTX)
    spec = BackupSpec(tables=(RelationName("public", "orders"),))
    part, _ = create(session, paths, spec, CTX, folder=tmp_path)
    with pytest.raises(RestoreRefused, match="part_swap"):
        restore(session, paths, part, RestoreTarget(RestoreInto.SWAP), CTX)
    assert state_of(shop) == before
