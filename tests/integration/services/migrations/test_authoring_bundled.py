"""The platform's own project: whatever is changed in its models becomes a revision, and nothing else does."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations import authoring, checking, pushing
from nexus_studio.services.migrations.project import bundled
from nexus_studio.services.migrations.running import RunRequest, run_on
from nexus_studio.services.session import Session
from tests.support.authoring import Author, kinds
from tests.support.fix_cluster import profile_of

ROOT = Path(__file__).parents[4]
Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def template(make_database: Callable[..., str]) -> str:
    """The name of a database at the platform's newest revision; for cloning only."""
    url = make_database()
    profile = profile_of(url)
    ended = run_on(bundled(), profile, None, RunRequest(), lambda _event: None, TaskContext.for_test())
    assert ended.failed is None
    return profile.database


@pytest.fixture
def pg_url(own_database: Callable[..., str], template: str) -> str:
    """A database at the platform's newest revision."""
    return own_database(template)


@pytest.fixture
def copied(tmp_path: Path, session: Session) -> Author:
    """At work on a copy of the platform's project."""
    folder = tmp_path / "platform"
    for name in ("models", "alembic"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "seeds"))
    (folder / "pyproject.toml").write_text(
        '[tool.alembic]\nscript_location = "%(here)s/alembic"\nprepend_sys_path = ["."]\n'
    )
    return Author(folder, session)


def edit(author: Author, file: str, old: str, new: str) -> None:
    path = author.folder / "models" / file
    text = path.read_text()
    assert text.count(old) == 1, (file, old)
    path.write_text(text.replace(old, new))


def differences(author: Author, url: str) -> str:
    """What the copied models' own comparison finds."""
    code = (
        "import sqlalchemy as sa, sys; from models.drift import differences\n"
        "with sa.create_engine(sys.argv[1]).connect() as connection: print(differences(connection))"
    )
    url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    done = subprocess.run(
        [sys.executable, "-c", code, url], cwd=author.folder, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or done.stderr


def change_everything(author: Author) -> None:
    """Change something of each kind."""
    edit(
        author,
        "enums.py",
        '    PHILOSOPHIE = "PHILOSOPHIE"\n',
        '    PHILOSOPHIE = "PHILOSOPHIE"\n    LATIN = "LATIN"\n',
    )
    edit(author, "enums.py", '    RESCHEDULED = "RESCHEDULED"\n', "")
    edit(
        author,
        "enums.py",
        "ENUMS: tuple[type[enum.StrEnum], ...] = (\n",
        'class Season(enum.StrEnum):\n    """When."""\n\n    WINTER = "WINTER"\n    SUMMER = "SUMMER"\n\n\n'
        "ENUMS: tuple[type[enum.StrEnum], ...] = (\n    Season,\n",
    )
    edit(author, "progress.py", "import AssessmentStatus, Subject,", "import AssessmentStatus, Season, Subject,")
    edit(
        author,
        "progress.py",
        "class DomainScore(",
        'class Plan(Identified, Stamped, Base):\n    """A plan."""\n\n    __tablename__ = "plans"\n'
        '    __table_args__ = about("Plans", label=("season",))\n\n'
        "    season: Mapped[Season] = mapped_column(server_default=Season.WINTER.value)\n"
        "    subjects: Mapped[list[Subject]]\n"
        '    start: Mapped[int] = mapped_column(comment="100% :sure, isn\'t it")\n\n\nclass DomainScore(',
    )
    edit(author, "progress.py", "CheckConstraint('\"maxScore\" > 0'", "CheckConstraint('\"maxScore\" > 1'")
    edit(author, "progress.py", '"targetScore", Numeric(5, 2), comment="Percent"', '"targetScore", Numeric(6, 2)')
    edit(author, "views.py", "       s.grade,\n", "       upper(s.grade) AS grade,\n")
    edit(
        author,
        "views.py",
        "VIEWS: tuple[View, ...] = (STUDENT_OVERVIEW,",
        'NAMES = View("names", "SELECT \'%:x\' AS mark, name FROM badges", "Names")\n\n'
        "VIEWS: tuple[View, ...] = (NAMES, STUDENT_OVERVIEW,",
    )
    edit(author, "partitions.py", "(2025, 9), 24)", "(2025, 9), 25)")


def test_a_change_of_each_kind_is_drafted_deployed_and_taken_back(copied: Author, pg_url: str, sql: Sql) -> None:
    sql("INSERT INTO users (id, email, role, \"updatedAt\") VALUES ('u', 'u@e.example', 'ELEVE', now())")
    change_everything(copied)
    draft = copied.draft("Everything")
    assert draft.sql_error == ""
    assert {
        ("add_enum_value", "Subject"),
        ("change_enum", "SessionStatus"),
        ("add_type", "Season"),
        ("add_table", "plans"),
        ("add_table", "audit_events_2027_09"),
        ("other", "skill_scores.ck_skill_scores_max_score"),
        ("change_type", "trajectories.targetScore"),
        ("change_comment", "trajectories.targetScore"),
        ("change_view", "student_overview"),
        ("add_view", "names"),
    } == kinds(draft.differences)
    assert [each.name for each in draft.differences if each.loses_data] == ["SessionStatus"]
    copied.write(draft)
    copied.run()
    assert differences(copied, pg_url) == "[]"
    assert copied.check() == ()
    copied.down(draft.parents[0])
    shutil.rmtree(copied.folder / "models")
    shutil.copytree(ROOT / "models", copied.folder / "models")
    assert differences(copied, pg_url) == "[]"
    assert sql("SELECT id FROM users") == [("u",)]
    change_everything(copied)
    copied.push()
    assert differences(copied, pg_url) == "[]"


def test_a_renamed_column_leaves_no_difference(copied: Author, pg_url: str) -> None:
    edit(copied, "courses.py", "    level: Mapped", "    stage: Mapped")
    draft = copied.draft()
    (rename,) = draft.renames
    assert (rename.table, rename.old, rename.new) == ("courses", "level", "stage")
    copied.adopt(renames=draft.renames)
    assert differences(copied, pg_url) == "[]"
    copied.down(draft.parents[0])


def test_the_migrated_database_differs_in_nothing_also_in_use(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE audit_events_2030 PARTITION OF audit_events FOR VALUES FROM ('2030-01-01') TO ('2031-01-01')")
    sql("CREATE TABLE IF NOT EXISTS _nexus_migrations (id varchar(36) PRIMARY KEY)")
    ctx = TaskContext.for_test()
    assert checking.check(session, bundled(), ctx) == ()
    draft = authoring.draft(session, bundled(), "Nothing", ctx)
    assert draft.is_empty
    assert Path(draft.path).parent == ROOT / "alembic" / "versions"
    assert not Path(draft.path).exists()


def test_a_database_that_has_drifted_is_listed_and_pushed_back(session: Session, sql: Sql) -> None:
    sql("ALTER TYPE \"UserRole\" ADD VALUE 'PLANTED'")
    sql("DROP MATERIALIZED VIEW monthly_revenue")
    sql(
        "CREATE TRIGGER planted BEFORE UPDATE ON users FOR EACH ROW"
        " EXECUTE FUNCTION suppress_redundant_updates_trigger()"
    )
    ctx = TaskContext.for_test()
    found = checking.check(session, bundled(), ctx)
    assert kinds(found) == {
        ("change_enum", "UserRole"),
        ("add_view", "monthly_revenue"),
        ("other", "users.planted"),
    }
    pushing.push(session, bundled(), ctx)
    assert checking.check(session, bundled(), ctx) == ()


def test_without_the_right_to_create_only_alembics_own_comparison_is_made(
    session: Session, sql: Sql, pg_url: str
) -> None:
    sql("DROP MATERIALIZED VIEW monthly_revenue")
    sql("COMMENT ON TABLE users IS NULL")
    sql("DROP ROLE IF EXISTS nxs_reader")
    sql("CREATE ROLE nxs_reader LOGIN")
    try:
        sql("GRANT SELECT ON ALL TABLES IN SCHEMA public TO nxs_reader")
        reading = Session.open(profile_of(pg_url, role="nxs_reader"), None, TaskContext.for_test())
        try:
            found = checking.check(reading, bundled(), TaskContext.for_test())
        finally:
            reading.close()
        assert kinds(found) == {("change_comment", "users")}
    finally:
        sql("DROP OWNED BY nxs_reader")
        sql("DROP ROLE nxs_reader")
