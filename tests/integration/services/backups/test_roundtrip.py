"""A database made, dumped and restored in every format is the same: its schema as pg_dump writes it, and its rows."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from nexus_studio.core.admin.archives import RestoreInto, RestoreTarget
from nexus_studio.core.admin.backups import BackupFormat, BackupSpec, Compression, TableState
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backups.choosing import chosen_dump
from nexus_studio.services.backups.creating import create
from nexus_studio.services.backups.proving import prove
from nexus_studio.services.backups.restoring import restore
from nexus_studio.services.backups.snapshot import states
from nexus_studio.services.migrations.scratchserver import embedded_session
from nexus_studio.services.migrations.upgrade import upgrade
from nexus_studio.services.paths import Paths
from nexus_studio.services.seeding import DEFAULT_SEED, SeedService
from nexus_studio.services.session import Session
from tests.integration.services.backups import zoo
from tests.support.fix_cluster import drop_database, profile_of

CTX = TaskContext.for_test()

SCALE = int(os.environ.get("NEXUS_ROUNDTRIP_SCALE", "2"))
"""Of the demo: 2 is some fifteen thousand rows in 66 tables."""

WAYS = {
    "custom": (BackupSpec(BackupFormat.CUSTOM), 2),
    "directory, two jobs": (BackupSpec(BackupFormat.DIRECTORY, jobs=2), 2),
    "plain": (BackupSpec(BackupFormat.PLAIN, Compression.NONE), 1),
    "plain, gzip": (BackupSpec(BackupFormat.PLAIN, Compression.GZIP), 1),
    "plain, zstd": (BackupSpec(BackupFormat.PLAIN, Compression.ZSTD), 1),
}

# What newer pg_dumps write for psql alone, with another key each time.
_RESTRICTION = re.compile(r"^\\(?:un)?restrict .*$", re.MULTILINE)


@pytest.fixture(scope="module")
def paths(server_room: Path) -> Iterator[Paths]:
    found = Paths.below(server_room / "roundtrip-home")
    with embedded_session(found, CTX):
        yield found


@pytest.fixture(scope="module")
def demo(make_database: Callable[..., str]) -> str:
    """The URL of the demo's database, several times as large; it is only read."""
    url = make_database()
    session = Session.open(profile_of(url), None, CTX)
    upgrade(session, CTX)
    SeedService(session).run(DEFAULT_SEED, SCALE, CTX)
    session.close()
    return url


@pytest.fixture(scope="module")
def menagerie(make_database: Callable[..., str]) -> str:
    """The URL of a database with one of everything; it is only read."""
    url = make_database()
    try:
        zoo.build(url)
    except psycopg.errors.UndefinedFile as error:  # a server that is not the embedded one need not have them
        pytest.skip(str(error))
    return url


def _schema(session: Session) -> str:
    """The schema as pg_dump writes it."""
    program, profile = chosen_dump(session.server.version_num).path, session.profile
    where = [f"--host={profile.host}", f"--port={profile.port}", f"--username={profile.user}", profile.database]
    written = subprocess.run((program, "--schema-only", *where), capture_output=True, text=True, check=True).stdout
    return _RESTRICTION.sub("", written)


def _states(session: Session) -> tuple[TableState, ...]:
    with session.alone(CTX) as driver:
        return states(driver, CTX)


def _goes_round(url: str, way: str, paths: Paths, folder: Path) -> None:
    spec, jobs = WAYS[way]
    name = f"nxs_{secrets.token_hex(6)}"
    session = Session.open(profile_of(url), None, CTX)
    try:
        file, record = create(session, paths, spec, CTX, folder=folder)
        before = _states(session)
        assert record.states == before
        target = RestoreTarget(RestoreInto.NEW, name, jobs=jobs)
        restore(session, paths, file, target, CTX)
        again = Session.open(session.profile.with_database(name), None, CTX)
        try:
            assert _schema(again) == _schema(session)
            assert _states(again) == before
        finally:
            again.close()
        proof = prove(session, paths, file, CTX).proof
        assert proof is not None
        assert proof.is_good, proof
        assert proof.compared == len(before)
    finally:
        session.close()
        with psycopg.connect(url, autocommit=True) as connection:
            drop_database(connection, name)


@pytest.mark.parametrize("way", WAYS)
def test_the_demo_at_scale(demo: str, paths: Paths, tmp_path: Path, way: str) -> None:
    _goes_round(demo, way, paths, tmp_path)


@pytest.mark.parametrize("way", WAYS)
def test_one_of_everything(menagerie: str, paths: Paths, tmp_path: Path, way: str) -> None:
    _goes_round(menagerie, way, paths, tmp_path)
