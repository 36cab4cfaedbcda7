"""A database of Prisma's is taken over by Alembic: built the same, nothing to do, Prisma's table as it was."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from nexus_studio.core.admin.migrations import MigrationStanding, RevisionState
from nexus_studio.core.errors import MigrationBlocked, StudioError
from nexus_studio.core.tasks import Cancelled, CancelToken, Progress, TaskContext
from nexus_studio.services.migrations.adopting import adopt
from nexus_studio.services.migrations.project import AlembicProject, find_project
from nexus_studio.services.migrations.projects import find_any_project
from nexus_studio.services.migrations.service import MigrationService
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from tests.support.fix_cluster import profile_of
from tests.support.fix_prisma import CTX, GOOD, N1, N2, PrismaScene
from tests.support.prisma_schemas import HARD, SCRIPTS, platform_scripts


@pytest.fixture(params=["7"])
def model(request: pytest.FixtureRequest) -> str:
    """Taking over is the same whichever way scripts ran."""
    return str(request.param)


def ledger_bytes(url: str) -> bytes:
    with (
        psycopg.connect(url) as connection,
        connection.cursor().copy("COPY _prisma_migrations TO STDOUT (FORMAT binary)") as rows,
    ):
        return b"".join(bytes(each) for each in rows)


def adopted(prisma: PrismaScene, folder: Path, left_out: frozenset[str] = frozenset()) -> MigrationService:
    paths = Paths.default()
    found, _ = adopt(prisma.session, prisma.project, paths, folder, CTX)
    assert found.folder == str(folder)
    assert {name for kind, name in found.notes if kind == "left_out"} == left_out
    return MigrationService(prisma.session, find_project(folder), paths)


def test_a_whole_schema_is_taken_over(prisma: PrismaScene, tmp_path: Path) -> None:
    prisma.write(SCRIPTS)
    assert prisma.deploy().exit == 0
    before = ledger_bytes(prisma.url)
    service = adopted(prisma, tmp_path / "db", frozenset({"Post_flagged"}))
    assert ledger_bytes(prisma.url) == before
    status = service.status(CTX)
    assert status.standing is MigrationStanding.UP_TO_DATE
    assert [each.state for each in status.revisions] == [RevisionState.BASELINE]
    assert service.check(CTX) == ()
    assert service.draft("again", CTX).is_empty


def test_the_platform_is_taken_over(prisma: PrismaScene, tmp_path: Path) -> None:
    prisma.write(platform_scripts())
    assert prisma.deploy().exit == 0
    before = ledger_bytes(prisma.url)
    service = adopted(prisma, tmp_path / "db")
    assert ledger_bytes(prisma.url) == before
    assert service.status(CTX).standing is MigrationStanding.UP_TO_DATE
    assert service.check(CTX) == ()


@pytest.mark.pg(">= 15")  # NULLS NOT DISTINCT
def test_what_was_written_by_hand_is_taken_over(prisma: PrismaScene, tmp_path: Path) -> None:
    with psycopg.connect(prisma.url, autocommit=True) as connection:
        connection.execute(HARD.encode())
    found, _ = adopt(prisma.session, prisma.project, Paths.default(), tmp_path / "db", CTX)  # no ledger: `db push`
    assert found.notes == (("grants", ""),)
    assert MigrationService(prisma.session, find_project(tmp_path / "db"), Paths.default()).check(CTX) == ()


def refused(prisma: PrismaScene, folder: Path) -> MigrationBlocked:
    with pytest.raises(MigrationBlocked) as found:
        adopt(prisma.session, prisma.project, Paths.default(), folder, CTX)
    assert not prisma.sql("SELECT 1 WHERE to_regclass('alembic_version') IS NOT NULL")
    assert not prisma.sql("SELECT 1 WHERE to_regclass('_nexus_migrations') IS NOT NULL")
    return found.value


def test_what_waits_is_refused_by_name(prisma: PrismaScene, tmp_path: Path) -> None:
    prisma.write({N1: GOOD[N1]})
    assert prisma.deploy().exit == 0
    prisma.write({N2: "CREATE TABEL b(id int);"})
    folder = tmp_path / "db"
    error = refused(prisma, folder)
    assert (error.code, error.facts["revisions"]) == ("migration.adopt_pending", (N2,))
    assert prisma.deploy().exit == 1
    error = refused(prisma, folder)
    assert (error.code, error.facts["revisions"]) == ("migration.adopt_failed", (N2,))
    assert prisma.rolled_back(N2).exit == 0
    assert refused(prisma, folder).code == "migration.adopt_pending"
    assert not folder.exists()


def test_files_that_are_there_stay(prisma: PrismaScene, tmp_path: Path) -> None:
    prisma.write({N1: GOOD[N1]})
    assert prisma.deploy().exit == 0
    folder = tmp_path / "db"
    folder.mkdir()
    (folder / "models.py").write_text("mine")
    error = refused(prisma, folder)
    assert (error.code, error.facts["files"]) == ("migration.adopt_files", ("models.py",))
    (folder / "models.py").unlink()
    (folder / "pyproject.toml").write_text('[tool.alembic]\nscript_location = "x"\n')
    assert refused(prisma, folder).code == "migration.adopt_files"
    assert [each.name for each in folder.iterdir()] == ["pyproject.toml"]


def test_nothing_is_left_where_the_stamp_is_refused(prisma: PrismaScene, tmp_path: Path) -> None:
    prisma.write({N1: GOOD[N1]})
    assert prisma.deploy().exit == 0
    prisma.sql("CREATE TABLE alembic_version (version_num int)")  # not Alembic's: the stamp can't be written
    folder = tmp_path / "some" / "db"
    with pytest.raises(StudioError):
        adopt(prisma.session, prisma.project, Paths.default(), folder, CTX)
    assert not (tmp_path / "some").exists()


def test_a_folder_that_can_not_be_made(prisma: PrismaScene, tmp_path: Path) -> None:
    prisma.write({N1: GOOD[N1]})
    assert prisma.deploy().exit == 0
    (tmp_path / "file").write_text("")
    assert refused(prisma, tmp_path / "file" / "db").code == "migration.adopt_unwritable"


def test_what_reaches_out_of_the_schema_is_not_taken_over(prisma: PrismaScene, tmp_path: Path) -> None:
    prisma.write(
        {N1: "CREATE SCHEMA other; CREATE TABLE other.o(id int primary key); CREATE TABLE a(o int REFERENCES other.o);"}
    )
    assert prisma.deploy().exit == 0
    error = refused(prisma, tmp_path / "db")
    assert (error.code, error.facts["words"]) == ("migration.adopt_outside", "other.o")
    assert not (tmp_path / "db").exists()


def test_prisma_and_alembic_go_on_from_there(prisma: PrismaScene, tmp_path: Path) -> None:
    """The folder of the project itself may be named: from then on it is Alembic's, and deploys as one."""
    prisma.write({N1: GOOD[N1]})
    assert prisma.deploy().exit == 0
    service = adopted(prisma, prisma.folder)
    project = find_any_project(prisma.folder)
    assert isinstance(project, AlembicProject)
    models = prisma.folder / "models.py"
    models.write_text(
        models.read_text()
        + "\n\nclass More(Base):\n    __tablename__ = 'more'\n    id = mapped_column(Integer, primary_key=True)\n"
    )
    service.write(service.draft("more", CTX), CTX)
    result, _ = service.deploy(CTX)
    assert result.failed is None
    assert "more" in prisma.tables()
    assert prisma.status().code == ""  # Prisma still says what it said


def test_another_schema_of_the_url(prisma: PrismaScene, tmp_path: Path) -> None:
    session = Session.open(replace(profile_of(prisma.url), schema="shop"), None, CTX)
    try:
        scene = replace(prisma, session=session)
        scene.write(
            {
                N1: GOOD[N1]
                + 'CREATE TYPE "Kind" AS ENUM (\'A\'); CREATE TABLE "B"(id int primary key, k "Kind" DEFAULT \'A\');'
            }
        )
        assert scene.deploy().exit == 0
        service = adopted(scene, tmp_path / "db")
        assert service.status(CTX).standing is MigrationStanding.UP_TO_DATE
        assert service.check(CTX) == ()
        assert prisma.sql(
            "SELECT table_schema FROM information_schema.tables WHERE table_name = 'alembic_version'"
        ) == [("shop",)]
    finally:
        session.close()


@pytest.mark.parametrize("schema", ["public", "Shop x"])
def test_alembic_alone_runs_what_was_written(prisma: PrismaScene, tmp_path: Path, schema: str) -> None:
    """Without Studio, with a URL as Prisma writes it: an empty database is built, and nothing differs."""
    session = Session.open(replace(profile_of(prisma.url), schema=schema), None, CTX)
    try:
        scene = replace(prisma, session=session)
        scene.write({N1: GOOD[N1]})
        assert scene.deploy().exit == 0
        adopt(session, scene.project, Paths.default(), tmp_path / "db", CTX)
    finally:
        session.close()
    prisma.sql("DROP TABLE IF EXISTS public.a, public.alembic_version")
    prisma.sql('DROP SCHEMA IF EXISTS "Shop x" CASCADE')
    mark = "&" if "?" in prisma.url else "?"
    url = f"{prisma.url}{mark}schema={quote(schema)}&connection_limit=5&pool_timeout=3&pgbouncer=true&sslaccept=strict"

    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "alembic", *words],
            cwd=tmp_path / "db",
            env={**os.environ, "DATABASE_URL": url},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    if schema != "public":
        prisma.sql('CREATE SCHEMA "Shop x"')  # where alembic_version goes, before any migration runs
    assert "CREATE TABLE" in run("upgrade", "head", "--sql")
    run("upgrade", "head")
    assert "No new upgrade operations detected" in run("check")
    assert prisma.sql("SELECT table_schema FROM information_schema.tables WHERE table_name = 'a'") == [(schema,)]


@pytest.mark.parametrize(
    "step", ["migration.describing", "migration.pulling", "migration.scratch", "migration.proving"]
)
def test_a_cancel_leaves_nothing(prisma: PrismaScene, tmp_path: Path, step: str) -> None:
    prisma.write({N1: GOOD[N1]})
    assert prisma.deploy().exit == 0
    token = CancelToken()

    def told(progress: Progress) -> None:
        if progress.step == step:
            token.cancel()

    with pytest.raises(Cancelled):
        adopt(prisma.session, prisma.project, Paths.default(), tmp_path / "db", TaskContext(token, told))
    assert not (tmp_path / "db").exists()
    assert not prisma.sql("SELECT 1 WHERE to_regclass('alembic_version') IS NOT NULL")
    assert prisma.sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 72707369") == [(0,)]


def test_what_the_models_load_is_this_programs_and_not_another_models(prisma: PrismaScene, tmp_path: Path) -> None:
    """Studio's own package is called `models` too: the folder's module must win."""
    prisma.write({N1: GOOD[N1]})
    assert prisma.deploy().exit == 0
    service = adopted(prisma, tmp_path / "db")
    (tmp_path / "db" / "models.py").write_text("import sqlalchemy as sa\n\nmetadata = sa.MetaData()\n")
    assert [each.kind for each in service.check(CTX)] == ["remove_table"]


def test_the_models_can_be_used(prisma: PrismaScene, tmp_path: Path) -> None:
    """Names are Python's, relationships lead where the keys do, and mappers agree with one another."""
    prisma.write(SCRIPTS)
    assert prisma.deploy().exit == 0
    adopt(prisma.session, prisma.project, Paths.default(), tmp_path / "db", CTX)
    code = (
        "import warnings; warnings.simplefilter('error')\n"
        "import models as m, sqlalchemy.orm as orm\n"
        "orm.configure_mappers()\n"
        "assert {'author', 'editor', 'author_id'} <= set(orm.class_mapper(m.Post).attrs.keys())\n"
        "assert m.User.manager.property.mapper.class_ is m.User\n"
        "assert m.User.manager.property.direction.name == 'MANYTOONE'\n"
        "assert m.Post.author_id.expression.name == 'authorId'\n"
        "assert m.t__PostToRole.name == '_PostToRole' and m.t_post_overview.info['is_view']\n"
        "assert [each.value for each in m.OrderStatus] == ['open', 'in-progress', 'done']\n"
        "assert '_prisma_migrations' not in m.Base.metadata.tables\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path / "db", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
