"""Putting a backup into an empty database: how far it is, as whom, what is left out, and what nobody may see."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nexus_studio.core.admin.archives import ArchiveKind, Selection
from nexus_studio.core.errors import BackupDamaged, RestoreRefused, ToolMissing
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.backups import loading
from nexus_studio.services.backups.loading import find_any_tool, load
from tests.integration.services.backups.dumps import at, drop, dump, fill, make
from tests.support.fix_cluster import profile_of

CTX = TaskContext.for_test()
KINDS = {"custom": 1, "directory": 2, "tar": 1, "plain": 1}
OWNED = """
    CREATE TABLE t (id int PRIMARY KEY, x text);
    INSERT INTO t SELECT g, md5(g::text) FROM generate_series(1, 50000) g;
    CREATE TABLE u AS SELECT * FROM t;
    ALTER TABLE t OWNER TO nxs_loader; GRANT SELECT ON t TO nxs_loader; GRANT SELECT ON u TO nxs_loader;
"""
SEEN = "SELECT pg_get_userbyid(relowner), CAST(relacl AS text) FROM pg_class WHERE relname = %s"


@pytest.fixture(scope="module")
def loader(cluster_url: str) -> Iterator[str]:
    """A role that owns something."""
    with psycopg.connect(cluster_url, autocommit=True) as connection:
        connection.execute("CREATE ROLE nxs_loader")
        yield "nxs_loader"
        connection.execute("DROP ROLE nxs_loader")


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def file(kind: str, loader: str, pg_url: str, tmp_path: Path) -> Path:
    fill(pg_url, OWNED)
    return dump(pg_url, tmp_path / "x", f"--format={kind}")


@pytest.fixture
def target(loader: str, pg_url: str) -> Iterator[ConnectionProfile]:
    make(pg_url, "loaded")
    yield profile_of(at(pg_url, "loaded"))
    drop(pg_url, ["loaded"])


def seen(url: str, table: str) -> tuple[str, str | None]:
    with psycopg.connect(at(url, "loaded")) as connection:
        found = connection.execute(SEEN, (table,)).fetchone()
    assert found is not None
    return found


def test_it_says_how_far_it_is(
    kind: str, file: Path, target: ConnectionProfile, server_version: int, pg_url: str
) -> None:
    told: list[Progress] = []
    load(
        None, file, target, None, TaskContext(on_progress=told.append), server_version=server_version, jobs=KINDS[kind]
    )
    assert {each.step for each in told} == {"restore.loading"}
    done = [each.done for each in told]
    assert done == sorted(done)
    if server_version >= 180000 or kind not in {"custom", "directory"}:  # else SQL text of a length nobody knows
        assert told[-1].done == told[-1].total
        assert {each.unit for each in told[1:]} == ({"tables"} if kind == "tar" else {"bytes"})
    assert seen(pg_url, "t") == ("nxs_loader", None)
    assert "nxs_loader=r" in str(seen(pg_url, "u")[1])


def test_owners_and_privileges_are_left_out_where_that_was_chosen(
    kind: str, file: Path, target: ConnectionProfile, server_version: int, pg_url: str
) -> None:
    load(None, file, target, None, CTX, server_version=server_version, owners=False, privileges=False)
    assert seen(pg_url, "t") == seen(pg_url, "u") == (target.user, None)


def test_it_is_done_as_the_profiles_role(
    kind: str, file: Path, target: ConnectionProfile, server_version: int, pg_url: str
) -> None:
    fill(at(pg_url, "loaded"), "GRANT ALL ON SCHEMA public TO nxs_loader")
    profile = replace(target, role="nxs_loader")
    load(None, file, profile, None, CTX, server_version=server_version, owners=False)
    assert seen(pg_url, "u")[0] == "nxs_loader"


def test_what_fails_in_one_transaction_has_left_nothing(
    kind: str, file: Path, target: ConnectionProfile, server_version: int, pg_url: str
) -> None:
    fill(at(pg_url, "loaded"), "CREATE TABLE u (other int)")
    with pytest.raises(RestoreRefused) as refused:
        load(None, file, target, None, CTX, server_version=server_version)
    assert refused.value.facts["words"] == 'relation "u" already exists'
    with psycopg.connect(at(pg_url, "loaded")) as connection:
        assert connection.execute("SELECT to_regclass('t')").fetchone() == (None,)


def test_the_password_is_in_nobodys_arguments(
    kind: str, file: Path, target: ConnectionProfile, server_version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every user of the machine can read those; the environment only this one."""
    begun: list[tuple[str, str]] = []
    start = subprocess.Popen

    def noted(arguments: tuple[str, ...], **more: Any) -> Any:
        begun.append((" ".join(map(str, arguments)), more["env"].get("PGPASSWORD", "")))
        return start(arguments, **more)

    monkeypatch.setattr(subprocess, "Popen", noted)
    load(None, file, target, "hush-hush", CTX, server_version=server_version)
    loads = [each for each in begun if "--dbname=" in each[0]]
    assert [each[1] for each in loads] == ["hush-hush"]
    assert not [each for each in begun if "hush-hush" in each[0]]


def test_what_can_not_be_is_said(target: ConnectionProfile, server_version: int, pg_url: str, tmp_path: Path) -> None:
    plain = dump(pg_url, tmp_path / "x.sql")
    some = Selection(tables=(RelationName("public", "t"),))
    for given, what, selection, error, code in (
        (plain, None, some, RestoreRefused, "restore.plain_selection"),
        (plain, ArchiveKind.ENCRYPTED, None, RestoreRefused, "restore.encrypted"),
        (plain, ArchiveKind.UNKNOWN, None, BackupDamaged, "backup.no_dump"),
        (plain, ArchiveKind.PLAIN_GZIP, None, BackupDamaged, "backup.altered"),
        (plain, ArchiveKind.CUSTOM, None, BackupDamaged, "backup.truncated"),
    ):
        with pytest.raises(error) as refused:
            load(what, given, target, None, CTX, server_version=server_version, selection=selection)
        assert refused.value.code == code


def test_an_older_program_is_better_than_none(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def find(name: str, version: int) -> Path:
        asked.append(version // 10_000)
        if version // 10_000 > 16:
            raise ToolMissing(tool=name, version=version // 10_000)
        return Path(name)

    monkeypatch.setattr(loading, "find_tool", find)
    assert find_any_tool("psql", 190002) == Path("psql")
    assert asked == [19, 18, 17, 16]
    with pytest.raises(ToolMissing):
        find_any_tool("pg_restore", 190002, at_least=170000)


@pytest.mark.parametrize(
    ("said", "knows"),
    [
        ("16.9", False),
        ("16.10", True),
        ("12.22", False),
        ("13.22", True),
        ("18.0", True),
        ("19beta1", True),
        ("?", False),
    ],
)
def test_which_psql_can_be_forbidden_its_commands(
    said: str, knows: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "psql"
    program.write_text(f"#!/bin/sh\necho 'psql (PostgreSQL) {said}'\n")
    program.chmod(0o755)
    restricts: Callable[[Path, TaskContext], bool] = loading._restricts
    assert restricts(program, CTX) is knows
