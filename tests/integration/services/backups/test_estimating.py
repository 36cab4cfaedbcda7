"""What a backup would be like, told before it is made: program, size, room; and why it would be refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nexus_studio.core.admin.backups import BackupSpec, Compression, Contents
from nexus_studio.core.errors import BackupFailed
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backupfiles import backup_folder
from nexus_studio.services.backups.estimating import estimate
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths.below(tmp_path / "home")


@pytest.fixture(autouse=True)
def _rows(sql: Sql) -> None:
    sql("CREATE TABLE big AS SELECT n, repeat('x', 200) AS words FROM generate_series(1, 20000) n")
    sql("CREATE TABLE small (id int)")
    sql("ANALYZE")


def test_it_says_what_would_be_written(session: Session, paths: Paths) -> None:
    found = estimate(session, paths, BackupSpec(), CTX)
    assert found.tool.major >= session.server.version_num // 10_000
    assert found.tool.reason in {"same", "newer", "only"}
    assert found.tables == 2
    assert found.read_bytes > 4_000_000
    assert found.usual_folder == backup_folder(paths, session.profile)
    assert found.free_bytes > 0
    assert not found.usual_folder.exists()  # nothing is made
    plain = estimate(session, paths, BackupSpec(compression=Compression.NONE), CTX)
    assert plain.size_bytes > found.size_bytes
    assert estimate(session, paths, BackupSpec(contents=Contents.SCHEMA), CTX).tables == 0


def test_another_folder_may_not_be_there_yet(session: Session, paths: Paths, tmp_path: Path) -> None:
    assert estimate(session, paths, BackupSpec(), CTX, folder=tmp_path / "not" / "yet").free_bytes > 0


def test_an_older_target_is_warned_of(session: Session, paths: Paths) -> None:
    spec = BackupSpec(target_version=session.server.version_num // 10_000 - 1)
    assert estimate(session, paths, spec, CTX).tool.warnings == ("tool.newer_than_target",)


def test_what_is_not_there_is_refused(session: Session, paths: Paths) -> None:
    with pytest.raises(BackupFailed, match=r"backup\.unknown"):
        estimate(session, paths, BackupSpec(tables=(RelationName("public", "nothing"),)), CTX)
