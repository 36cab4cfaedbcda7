"""Enum types of a project's models: made once, gone with their last use, and their values followed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nexus_studio.services.session import Session
from tests.support.authoring import Author, kinds

MakeProject = Callable[..., Path]
Sql = Callable[..., list[tuple[Any, ...]]]

HEAD = "import sqlalchemy as sa\nfrom sqlalchemy.dialects import postgresql\nmetadata = sa.MetaData()\n"
BEGIN = HEAD + 'sa.Table("people", metadata, sa.Column("id", sa.Integer, primary_key=True))\n'


def people(mood: str, more: str = "") -> str:
    column = f'sa.Column("mood", {mood})' if mood else 'sa.Column("name", sa.Text)'
    return f'{HEAD}sa.Table("people", metadata, sa.Column("id", sa.Integer, primary_key=True), {column})\n{more}'


def labels(sql: Sql, name: str = "mood") -> list[str]:
    found = sql(
        "SELECT enumlabel::text FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid"
        " WHERE typname = %s ORDER BY enumsortorder",
        name,
    )
    return [label for (label,) in found]


@pytest.fixture
def author(make_project: MakeProject, session: Session) -> Author:
    """At work on a project with one table, which is in the database."""
    author = Author(make_project([], models=BEGIN), session)
    author.adopt("Begin")
    return author


def test_a_type_is_made_once_for_columns_and_tables_and_goes_on_the_way_back(author: Author, sql: Sql) -> None:
    pets = 'sa.Table("pets", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("mood", {}), {})\n'
    mood = 'sa.Enum("ok", "sad", name="mood")'
    past = f'sa.Column("past", sa.ARRAY({mood}))'
    author.models(people(mood, pets.format(mood, past) + pets.format(mood, past).replace("pets", "birds")))
    drafted = author.adopt("Moods")
    assert ("add_type", "mood") in kinds(drafted.differences)
    assert drafted.sql.count("CREATE TYPE") == 1
    assert drafted.upgrade.count("create_type=False") == 5
    assert author.check() == ()
    author.down("-1")
    assert labels(sql) == []
    author.run()
    assert labels(sql) == ["ok", "sad"]


def test_a_new_value_is_noticed_and_added(author: Author, sql: Sql) -> None:
    author.models(people('sa.Enum("ok", "sad", name="mood")'))
    author.adopt("Moods")
    sql("INSERT INTO people VALUES (1, 'sad')")
    author.models(people('sa.Enum("bad", "ok", "so: so", "it\'s \\\\", "sad", name="mood")'))
    (difference,) = author.check()
    assert (difference.kind, difference.name, difference.loses_data) == ("add_enum_value", "mood", False)
    drafted = author.adopt("More moods")
    assert drafted.sql.count("ADD VALUE") == 3
    assert labels(sql) == ["bad", "ok", "so: so", "it's \\", "sad"]
    assert author.check() == ()
    author.down("-1")
    assert labels(sql) == ["ok", "sad"]
    assert sql("SELECT mood::text FROM people") == [("sad",)]


def test_a_value_that_goes_has_the_type_made_anew(author: Author, sql: Sql) -> None:
    author.models(people('sa.Enum("ok", "sad", "gone", name="mood"), server_default="ok"'))
    author.adopt("Moods")
    sql("INSERT INTO people VALUES (1)")
    author.models(people('sa.Enum("sad", "ok", name="mood"), server_default="ok"'))
    (difference,) = author.check()
    assert (difference.kind, difference.detail, difference.loses_data) == ("change_enum", "−gone", True)
    author.adopt("Fewer moods")
    assert labels(sql) == ["sad", "ok"]
    sql("INSERT INTO people VALUES (2)")
    assert sql("SELECT mood::text FROM people") == [("ok",), ("ok",)]
    assert author.check() == ()
    author.down("-1")
    assert labels(sql) == ["ok", "sad", "gone"]


def test_a_new_value_can_be_a_default_at_once(author: Author, sql: Sql) -> None:
    author.models(people('sa.Enum("ok", name="mood")'))
    author.adopt("Moods")
    later = 'sa.Column("later", sa.Enum("ok", "calm", name="mood"), server_default="calm")'
    author.models(people('sa.Enum("ok", "calm", name="mood")').replace("metadata, sa.C", f"metadata, {later}, sa.C"))
    author.adopt("Calm")
    sql("INSERT INTO people (id) VALUES (1)")
    assert sql("SELECT later::text FROM people") == [("calm",)]
    author.down("-1")
    assert labels(sql) == ["ok"]


def test_the_last_use_takes_the_type_with_it(author: Author, sql: Sql) -> None:
    author.models(people('sa.Enum("ok", "sad", name="mood")'))
    author.adopt("Moods")
    author.models(people(""))
    drafted = author.adopt("No moods")
    assert ("remove_type", "mood") in kinds(drafted.differences)
    assert labels(sql) == []
    author.down("-1")
    assert labels(sql) == ["ok", "sad"]


def test_a_type_that_something_else_uses_stays(author: Author, sql: Sql) -> None:
    author.models(people('sa.Enum("ok", "sad", name="mood")'))
    author.adopt("Moods")
    sql("CREATE FUNCTION calm(mood) RETURNS int LANGUAGE sql AS 'SELECT 1'")
    author.models(people(""))
    assert "DROP TYPE" not in author.adopt("No moods").sql
    assert labels(sql) == ["ok", "sad"]


def test_what_the_project_makes_by_itself_is_left_to_it(author: Author, sql: Sql) -> None:
    sql("CREATE TYPE mood AS ENUM ('ok', 'sad')")
    author.models(people('postgresql.ENUM("ok", "sad", "new", name="mood", create_type=False)'))
    drafted = author.adopt("Moods")
    assert "TYPE mood" not in drafted.sql
    assert author.check() == ()
    assert labels(sql) == ["ok", "sad"]


def test_names_are_quoted_and_schemas_said(author: Author, sql: Sql) -> None:
    sql("CREATE SCHEMA apart")
    author.models(people('sa.Enum("a%b", "c", name="My Mood", schema="apart")'))
    drafted = author.adopt("Moods")
    assert 'CREATE TYPE apart."My Mood" AS ENUM' in drafted.sql
    assert labels(sql, "My Mood") == ["a%b", "c"]
    author.models(people('sa.Enum("c", name="My Mood", schema="apart")'))
    author.adopt("Fewer")
    assert labels(sql, "My Mood") == ["c"]
    author.down("base")
    assert labels(sql, "My Mood") == []


def test_push_brings_types_as_well(author: Author, sql: Sql) -> None:
    author.models(people('sa.Enum("ok", "sad", name="mood")'))
    author.push()
    author.models(people('sa.Enum("ok", "sad", "new", name="mood")'))
    assert author.push() == ("ALTER TYPE mood ADD VALUE 'new' AFTER 'sad'",)
    assert labels(sql) == ["ok", "sad", "new"]
    assert author.check() == ()


@pytest.mark.parametrize("old", ["sa.Text", "sa.String(20)", 'sa.Enum("sad", "ok", name="temper")'])
def test_a_text_becomes_an_enum_by_a_cast_and_goes_back(author: Author, sql: Sql, old: str) -> None:
    author.models(people(old))
    author.adopt("Words")
    sql("INSERT INTO people VALUES (1, 'ok'), (2, NULL)")
    author.models(people('sa.Enum("ok", "sad", name="Mood")'))
    drafted = author.adopt("Moods")
    (changed,) = [each for each in drafted.differences if each.kind == "change_type"]
    assert changed.detail.endswith(' USING mood::text::"Mood"')
    assert 'USING mood::text::"Mood"' in drafted.sql
    assert author.check() == ()
    assert sql("SELECT mood::text, pg_typeof(mood)::text FROM people ORDER BY id") == [
        ("ok", '"Mood"'),
        (None, '"Mood"'),
    ]
    author.down("-1")
    assert sql("SELECT mood::text FROM people ORDER BY id") == [("ok",), (None,)]
    assert labels(sql, "Mood") == []


@pytest.mark.parametrize("old", ["sa.Text", "sa.String(20)"])
def test_a_default_goes_over_to_the_enum_with_its_column(author: Author, sql: Sql, old: str) -> None:
    author.models(people(f'{old}, server_default="ok"'))
    author.adopt("Words")
    author.models(people('sa.Enum("ok", "sad", name="mood"), server_default="ok"'))
    drafted = author.adopt("Moods")
    assert [each.kind for each in drafted.differences] == ["add_type", "change_type"]
    sql("INSERT INTO people VALUES (1)")
    assert author.check() == ()
    author.down("-1")
    sql("INSERT INTO people VALUES (2)")
    assert sql("SELECT mood::text FROM people") == [("ok",), ("ok",)]
    author.run()
    author.models(people('sa.Text, server_default="ok"'))
    author.adopt("Words again")
    assert sql("SELECT pg_typeof(mood)::text FROM people LIMIT 1") == [("text",)]
    author.down("-1")
    sql("INSERT INTO people VALUES (3)")
    assert sql("SELECT mood::text FROM people WHERE id = 3") == [("ok",)]


def test_an_array_of_texts_becomes_one_of_an_enum(author: Author, sql: Sql) -> None:
    author.models(people("sa.ARRAY(sa.Text)"))
    author.adopt("Words")
    sql("INSERT INTO people VALUES (1, '{ok,sad}')")
    author.models(people('sa.ARRAY(sa.Enum("ok", "sad", name="mood"))'))
    author.push()
    assert sql("SELECT mood::text FROM people") == [("{ok,sad}",)]


def test_what_no_text_leads_to_is_left_as_it_is(author: Author) -> None:
    author.models(people("sa.Integer"))
    author.adopt("Numbers")
    author.models(people('sa.Enum("ok", "sad", name="mood")'))
    assert "USING" not in author.draft("Moods").sql
