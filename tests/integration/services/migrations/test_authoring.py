"""A migration is drafted from the models, looked over, written as a file, and does what it said."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nexus_studio.core.admin.drafts import Rename
from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.revisionfiles import read_graph, read_revision
from nexus_studio.services.session import Session
from tests.support.authoring import Author, kinds
from tests.support.fix_projects import Rev

MakeProject = Callable[..., Path]
Sql = Callable[..., list[tuple[Any, ...]]]

HEAD = """
import sqlalchemy as sa
metadata = sa.MetaData(naming_convention={
    "pk": "pk_%(table_name)s", "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s", "fk": "fk_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
})
"""
PEOPLE = (
    HEAD
    + """
people = sa.Table("people", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, index=True, comment="How they are called"),
    sa.Column("born", sa.Date),
    sa.CheckConstraint("name <> ''", name="named"),
)
orders = sa.Table("orders", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("buyer", sa.ForeignKey("people.id"), index=True),
    sa.Column("total", sa.Numeric(10, 2), nullable=False, server_default="0"),
)
"""
)


@pytest.fixture
def author(make_project: MakeProject, session: Session) -> Author:
    """At work on a project with two tables, both in the database, and two people among the rows."""
    author = Author(make_project([], models=PEOPLE), session)
    author.adopt("Begin")
    with session.write(TaskContext.for_test()) as connection:
        connection.exec_driver_sql("INSERT INTO people (name) VALUES ('Ada'), ('Grace')")
        connection.exec_driver_sql("INSERT INTO orders (buyer, total) VALUES (1, 12.34)")
    return author


def names(sql: Sql) -> set[str]:
    """The names of tables, columns, constraints and indexes."""
    found = sql(
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i')"
        " UNION SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped"
        " UNION SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
        " AND contype <> 'n'"
    )
    return {name for (name,) in found}


def test_what_is_drafted_is_written_run_and_leaves_nothing_to_do(author: Author, sql: Sql) -> None:
    assert author.check() == ()
    before = names(sql)
    author.models(
        PEOPLE.replace('sa.Column("born", sa.Date)', 'sa.Column("email", sa.String(80), unique=True)').replace(
            "Numeric(10, 2)", "Numeric(10, 1)"
        )
    )
    draft = author.draft("Reach people")
    assert not draft.is_empty
    assert kinds(draft.differences) == {
        ("add_column", "people.email"),
        ("remove_column", "people.born"),
        ("add_constraint", "people.uq_people_email"),
        ("change_type", "orders.total"),
    }
    assert {each.name for each in draft.differences if each.loses_data} == {"people.born", "orders.total"}
    assert draft.renames == ()  # a date is no address
    assert "ALTER TABLE people ADD COLUMN email VARCHAR(80);" in draft.sql
    assert draft.sql_error == ""
    path = author.write(draft)
    assert str(path) == draft.path
    read = read_revision(path)
    assert read is not None
    assert (read.revision, read.message, read.down) == (draft.revision, "Reach people", draft.parents)
    assert not list(path.parent.glob(".*.tmp"))
    author.run()
    assert author.check() == ()
    assert author.draft().is_empty
    author.down(draft.parents[0])
    assert names(sql) == before


def test_a_column_not_renamed_loses_its_values_and_a_renamed_one_keeps_them(author: Author, sql: Sql) -> None:
    author.models(PEOPLE.replace('"name", sa.Text, nullable=False', '"full_name", sa.Text'))
    draft = author.draft()
    assert draft.renames == (Rename("column", "people", "name", "full_name"),)
    assert "add_column('people'" in draft.upgrade
    assert ("remove_column", "people.name") in kinds(draft.differences)

    draft = author.draft(renames=draft.renames)
    assert kinds(draft.differences) == {
        ("rename_column", "people.name"),
        ("rename_index", "people.ix_people_name"),
        ("change_nullable", "people.full_name"),
    }
    assert not any(each.loses_data for each in draft.differences)
    before = names(sql)
    author.write(draft)
    author.run()
    assert sql("SELECT full_name FROM people ORDER BY id") == [("Ada",), ("Grace",)]
    assert author.check() == ()
    author.down(draft.parents[0])
    assert names(sql) == before
    assert sql("SELECT name FROM people ORDER BY id") == [("Ada",), ("Grace",)]


def test_a_renamed_table_keeps_rows_keys_and_those_who_point_to_it(author: Author, sql: Sql) -> None:
    changed = PEOPLE.replace('sa.Table("people"', 'sa.Table("persons"').replace('"people.id"', '"persons.id"')
    author.models(changed.replace('sa.Column("born", sa.Date)', 'sa.Column("born", sa.Date, index=True)'))
    draft = author.draft()
    assert draft.renames == (Rename("table", "", "people", "persons"),)
    assert ("remove_table", "people") in kinds(draft.differences)
    draft = author.draft(renames=draft.renames)
    assert kinds(draft.differences) == {
        ("rename_table", "people"),
        ("rename_index", "persons.ix_people_name"),
        ("rename_constraint", "persons.pk_people"),
        ("rename_constraint", "persons.ck_people_named"),
        ("add_index", "persons.ix_persons_born"),
    }
    before = names(sql)
    author.write(draft)
    author.run()
    assert sql("SELECT p.name, o.total::text FROM persons p JOIN orders o ON o.buyer = p.id") == [("Ada", "12.34")]
    assert author.check() == ()
    assert not {name for name in names(sql) if "people" in name}
    author.down(draft.parents[0])
    assert names(sql) == before


def test_a_rename_that_is_none_is_refused(author: Author) -> None:
    with pytest.raises(MigrationBlocked) as refused:
        author.draft(renames=(Rename("column", "people", "name", "nothing"),))
    assert refused.value.code == "migration.rename_unknown"
    assert refused.value.facts["new"] == "nothing"


def test_edited_code_is_read_again(author: Author, sql: Sql) -> None:
    draft = author.draft("By hand", empty=True)
    assert (draft.upgrade, draft.differences, draft.sql) == ("pass", (), "")
    text = "SELECT 1;\n  -- as it stands\n\nSELECT ':x', '%'"
    edited = author.check_draft(draft, upgrade=f'if True:\n    op.execute(r"""\n{text}\n""".replace(":", r"\\:"))')
    assert edited.sql_error == ""
    assert text in edited.sql

    broken = author.check_draft(edited, upgrade='op.execute("SELECT 1")\nop.execute("SELECT 1"\n')
    assert broken.sql == ""
    assert broken.sql_error.startswith("upgrade:2: SyntaxError")
    with pytest.raises(MigrationBlocked) as refused:
        author.write(broken)
    assert refused.value.code == "migration.draft_broken"
    assert (refused.value.facts["part"], refused.value.facts["line"]) == ("upgrade", 2)
    assert not Path(draft.path).exists()

    failing = author.check_draft(edited, downgrade="# nothing", upgrade="nothing.at_all()")
    assert failing.sql == ""
    assert "NameError" in failing.sql_error
    asking = author.check_draft(edited, upgrade="op.get_bind().execute(sa.text('SELECT 1')).scalar()")
    assert asking.sql == ""
    assert asking.sql_error

    path = author.write(author.check_draft(edited, downgrade="# nothing to take back"))
    assert text in path.read_text()
    author.run()
    author.down(draft.parents[0])


def test_two_heads_are_named_and_merged(make_project: MakeProject, session: Session) -> None:
    revisions = [Rev("aaa", None, "pass"), Rev("bbb", "aaa", "pass"), Rev("ccc", "aaa", "pass")]
    author = Author(make_project(revisions, models=HEAD), session)
    author.run()
    with pytest.raises(MigrationBlocked) as refused:
        author.draft()
    assert refused.value.code == "migration.diverged"
    assert refused.value.facts["heads"] == ("bbb", "ccc")
    path = author.merge("Join")
    merged = read_revision(path)
    assert merged is not None
    assert sorted(merged.down) == ["bbb", "ccc"]
    assert read_graph(author.project).heads() == (merged.revision,)
    with pytest.raises(MigrationBlocked, match="one_head"):
        author.merge("Join")
    with pytest.raises(MigrationBlocked, match="behind"):
        author.draft()
    author.run()
    assert author.draft().is_empty


def test_a_folder_that_lacks_the_databases_revision_can_not_be_drafted(
    make_project: MakeProject, session: Session, sql: Sql
) -> None:
    author = Author(make_project([Rev("aaa", None, "pass")], models=HEAD), session)
    author.run()
    sql("UPDATE alembic_version SET version_num = 'zzz'")
    with pytest.raises(MigrationBlocked, match="ahead") as refused:
        author.draft()
    assert refused.value.facts["revisions"] == ("zzz",)


MESSAGES = {
    'say """hi""" and "bye"': 'say """hi""" and "bye"',
    r"back\slash \N{DIGIT ONE} \x \u12": r"back\slash \N{DIGIT ONE} \x \u12",
    "a\nb\tc\0d": "a b c d",
    "${upgrades} %s {x} % ## <%": "${upgrades} %s {x} % ## <%",
    "élève – 学生 🎓": "élève – 学生 🎓",
    "ends with a \\": "ends with a \\",
    'ends with a "': 'ends with a "',
    "lone \ud800 surrogate": "lone surrogate",
    "../../etc/passwd": "../../etc/passwd",
    "very long " * 60: ("very long " * 60).strip(),
}


def test_any_message_makes_a_file_that_says_it(make_project: MakeProject, session: Session) -> None:
    author = Author(make_project([]), session)
    folder = author.folder / "alembic" / "versions"
    for message, said in MESSAGES.items():
        path = author.write(author.draft(message, empty=True))
        read = read_revision(path)
        assert read is not None
        assert read.message == said
        assert path.parent == folder
    assert len(read_graph(author.project).heads()) == 1


def test_a_project_without_models_says_so(make_project: MakeProject, session: Session) -> None:
    author = Author(make_project([]), session)
    for work in (author.draft, author.check, author.push):
        with pytest.raises(MigrationBlocked) as refused:
            work()
        assert refused.value.code == "migration.no_metadata"
    assert author.draft(empty=True).upgrade == "pass"


def test_a_file_is_never_written_over(author: Author) -> None:
    draft = author.draft("Same", empty=True)
    author.write(draft)
    with pytest.raises(MigrationBlocked, match="file_exists"):
        author.write(draft)
    with pytest.raises(MigrationBlocked, match="draft_stale"):
        author.write(replace(draft, revision="another"))
    ini = author.folder / "alembic.ini"
    ini.write_text(ini.read_text() + "file_template = %%(slug)s\n")
    taken = author.write(author.draft("Same", empty=True))
    before = taken.read_text()
    with pytest.raises(MigrationBlocked) as refused:
        author.write(author.draft("Same", empty=True))
    assert refused.value.code == "migration.file_exists"
    assert refused.value.facts["path"] == str(taken)
    assert taken.read_text() == before


def test_a_file_that_can_not_be_written_leaves_nothing(author: Author) -> None:
    ini = author.folder / "alembic.ini"
    ini.write_text(ini.read_text() + "truncate_slug_length = 1000\n")
    folder = author.folder / "alembic" / "versions"
    before = sorted(folder.iterdir())
    with pytest.raises(MigrationBlocked) as refused:
        author.write(author.draft("long" * 90, empty=True))
    assert refused.value.code == "migration.file_unwritable"
    assert refused.value.facts["words"]
    assert sorted(folder.iterdir()) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_told(author: Author) -> None:
    folder = author.folder / "alembic" / "versions"
    draft = author.draft(empty=True)
    folder.chmod(0o555)
    try:
        with pytest.raises(MigrationBlocked, match="file_unwritable"):
            author.write(draft)
    finally:
        folder.chmod(0o755)


def test_a_branch_of_its_own_folder_goes_on_there(make_project: MakeProject, session: Session) -> None:
    revisions = [Rev("aaa", None, "pass", place="versions"), Rev("bbb", "aaa", "pass", place="billing")]
    author = Author(make_project(revisions, layout="locations", models=HEAD), session)
    author.run()
    path = author.write(author.draft(empty=True))
    assert path.parent == author.folder / "alembic" / "billing"


@pytest.mark.parametrize("layout", ["async", "toml", "one_transaction"])
def test_other_layouts_are_drafted_and_pushed(
    make_project: MakeProject, session: Session, sql: Sql, layout: str
) -> None:
    author = Author(make_project([], layout=layout, models=PEOPLE), session)
    draft = author.draft("Begin")
    assert ("add_table", "people") in kinds(draft.differences)
    assert "CREATE TABLE people" in draft.sql
    author.push()
    assert sql("SELECT to_regclass('people') IS NOT NULL") == [(True,)]
    assert author.check() == ()


NUMBERED = """
def number(context, revision, directives):
    directives[0].rev_id = "0007"

def include_object(object, name, kind, reflected, compare_to):
    return name != "orders"
"""


def test_what_the_project_decides_holds(author: Author, sql: Sql) -> None:
    env = author.folder / "alembic" / "env.py"
    text = (
        env.read_text()
        .replace("def run_offline", f"{NUMBERED}\n\ndef run_offline", 1)
        .replace(
            "connection=connection,",
            "connection=connection, process_revision_directives=number, include_object=include_object,",
        )
    )
    env.write_text(text)
    sql("ALTER TABLE orders ADD COLUMN mine int")
    sql("ALTER TABLE people ADD COLUMN theirs int")
    draft = author.draft()
    assert draft.revision == "0007"
    assert kinds(draft.differences) == {("remove_column", "people.theirs")}
    assert author.write(draft).name == "0007_change.py"


def test_what_no_model_describes_is_left_alone(author: Author, sql: Sql) -> None:
    sql("CREATE TABLE _nexus_migrations (id varchar(36) PRIMARY KEY)")
    sql("CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY)")
    sql("CREATE TABLE events (at date NOT NULL) PARTITION BY RANGE (at)")
    sql("CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')")
    author.models(
        PEOPLE
        + """
sa.Table("events", metadata, sa.Column("at", sa.Date, nullable=False), postgresql_partition_by="RANGE (at)")
"""
    )
    assert author.check() == ()
    assert author.draft().is_empty
    assert author.push(dry_run=True) == ()
