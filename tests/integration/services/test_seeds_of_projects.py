"""A project's own seeds on a real server: scripts, folders of .csv files, Python in a child; tried, run, refused."""

from __future__ import annotations

import os
import resource
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from nexus_studio.core.data.cells import RowKey
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.effects import Kind
from nexus_studio.core.errors import ForbiddenHere, SeedRefused
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.tasks import Cancelled, Progress, TaskContext
from nexus_studio.services.paths import Paths
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.seeding import SeedService
from nexus_studio.services.seeding.places import place_of
from nexus_studio.services.session import Session
from tests.support.fix_projects import Rev

Sql = Callable[..., list[tuple[Any, ...]]]

SCHEMA = """
CREATE TYPE mood AS ENUM ('calm', 'wild');
CREATE TABLE teams (id int PRIMARY KEY, name text UNIQUE NOT NULL, mood mood, lead int);
CREATE TABLE people (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, team int NOT NULL REFERENCES teams,
                     name text, about jsonb, shout text GENERATED ALWAYS AS (upper(name)) STORED);
ALTER TABLE teams ADD FOREIGN KEY (lead) REFERENCES people DEFERRABLE INITIALLY DEFERRED;
CREATE TABLE notes (text text);
CREATE TABLE parts (id int, day date) PARTITION BY RANGE (day);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
"""

GOOD = """\
-- name: good
-- idempotent: yes
INSERT INTO teams VALUES (1, 'a;b', 'calm'), (2, '100 %s', NULL) ON CONFLICT DO NOTHING;
DO $$ BEGIN RAISE NOTICE 'half way'; END $$;
INSERT INTO people (team, name) SELECT 1, 'Zoé' WHERE NOT EXISTS (SELECT FROM people);
INSERT INTO parts SELECT 1, '2026-05-05' WHERE NOT EXISTS (SELECT FROM parts);
COPY notes FROM STDIN;
one\\ttwo
\\.
"""

PYTHON = '''
import os
from pathlib import Path

import words
from nexus_seeds import seed
from sqlalchemy import text

INTO = text("INSERT INTO notes VALUES (:said)")


@seed(name="pythonic", environments=("development",))
def notes(connection, scale, report):
    """Notes, as many as are wanted."""
    print("first line")
    print("in", Path.cwd().name, os.environ["DATABASE_URL"].split("://")[0])
    for number in range(scale):
        connection.execute(INTO, {"said": f"{words.HELLO} {number}"})
        report("notes", number + 1, scale)
    connection.execute(text("CREATE TABLE made (id int)"))


@seed
def commits(connection):
    connection.execute(INTO, {"said": "committed"})
    connection.commit()


@seed
def commits_in_sql(connection):
    connection.execute(INTO, {"said": "committed"})
    connection.exec_driver_sql("ROLLBACK")
    connection.execute(INTO, {"said": "committed"})


@seed
def breaks(connection):
    connection.execute(INTO, {"said": "broken"})
    raise KeyError("nobody")


@seed
def refused(connection):
    connection.execute(INTO, {"said": "refused"})
    connection.exec_driver_sql("INSERT INTO people (team) VALUES (99)")


@seed
def sleeps(connection, scale, report):
    connection.execute(INTO, {"said": "slept"})
    print("sleeping")
    connection.exec_driver_sql("SELECT pg_sleep(60)")


@seed
def ends(connection):
    connection.exec_driver_sql("-- and now\\n commit /* for good */;")


@seed
def ends_at_last(connection):
    connection.exec_driver_sql("INSERT INTO notes VALUES ('; commit'); COMMIT;")


@seed
def speaks_of_it(connection):
    connection.exec_driver_sql("SAVEPOINT here")
    connection.exec_driver_sql("ROLLBACK TO SAVEPOINT here")
    connection.exec_driver_sql("CREATE FUNCTION one() RETURNS int BEGIN ATOMIC SELECT 1; END;")
    connection.exec_driver_sql("INSERT INTO notes VALUES ('a; commit; b'), ('; commit')")
    connection.exec_driver_sql("/* one of many */ " * 60 + "SELECT 1")
'''

ON_ITS_OWN = """
import os

from nexus_seeds import seed
from sqlalchemy import create_engine, text

ENGINE = create_engine(os.environ["DATABASE_URL"])
SAID = "INSERT INTO notes VALUES ('on its own')"


def hidden(function):
    def inner(*_given):
        return function(None)

    return inner


def by_the_url():
    with ENGINE.begin() as own:
        own.execute(text(SAID))


@seed
def alone():
    by_the_url()


@seed
@hidden
def shy(connection):
    by_the_url()


@seed
def aside(connection):
    connection.execute(text("INSERT INTO notes VALUES ('given')"))
    by_the_url()


@seed
def engine(connection):
    with connection.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as own:
        own.execute(text(SAID))


@seed
def libpq(connection):
    import psycopg

    there = connection.connection.driver_connection.info
    with psycopg.connect(host=there.host, port=there.port, user=there.user, dbname=there.dbname) as own:
        own.execute(SAID)


@seed
def given(connection):
    connection.execute(text("INSERT INTO notes VALUES (current_setting('work_mem'))"))
"""

IN_A_PACKAGE = """
from nexus_seeds import seed
from sqlalchemy import text
from sqlalchemy.orm import Session

from .rows import SAID


@seed
def packed(connection):
    try:
        with connection.begin_nested():
            connection.execute(text("INSERT INTO teams (id) VALUES (99)"))
    except Exception as error:
        print("caught", type(error).__name__)
    with Session(bind=connection) as session:
        session.execute(text("INSERT INTO notes VALUES (:said)"), {"said": SAID})
        session.commit()
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "seeds" / "club").mkdir(parents=True)
    (folder / "words.py").write_text('HELLO = "bonjour"\n')
    (folder / "seeds" / "good.sql").write_text(GOOD)
    (folder / "seeds" / "python.py").write_text(PYTHON)
    club = folder / "seeds" / "club"
    (club / "people.csv").write_text('id,team,name,about\n10,5,"Zoé, the ""first""","{""a"": 1}"\n11,5,,\n12,6,"",\n')
    (club / "teams.csv").write_bytes(b"\xef\xbb\xbfname,id,mood,lead\nRed,5,wild,11\nBlue,6,,\n")
    return folder


@pytest.fixture
def filled(sql: Sql) -> Sql:
    sql(SCHEMA)
    return sql


@pytest.fixture
def service(profile: ConnectionProfile, project: Path, filled: Sql) -> Iterator[SeedService]:
    session = Session.open(replace(profile, project=project), None, TaskContext.for_test())
    yield SeedService(session)
    session.close()


def counts(sql: Sql) -> tuple[int, ...]:
    return sql("SELECT (SELECT count(*) FROM teams), (SELECT count(*) FROM people), (SELECT count(*) FROM notes)")[0]


def refusal(call: Callable[[], object]) -> SeedRefused:
    with pytest.raises(SeedRefused) as caught:
        call()
    return caught.value


def test_a_script_is_tried_and_run(service: SeedService, filled: Sql, project: Path) -> None:
    ctx = TaskContext.for_test()
    log: list[str] = []
    tried = service.preview("good", 1, ctx, log.append)
    assert {str(each.relation): each.inserted for each in tried.tables} == {
        "teams": 2,
        "people": 1,
        "notes": 1,
        "parts": 1,
    }
    assert [str(each) for each in tried.sequences] == ["people_id_seq"]
    assert counts(filled) == (0, 0, 0)
    assert "NOTICE: half way" in log
    assert any(line.startswith("good.sql:3  INSERT 0 2") for line in log)
    told: list[Progress] = []
    report, effects = service.perform("good", 1, TaskContext(on_progress=told.append))
    assert dict(report.added) == {"teams": 2, "people": 1, "notes": 1, "parts": 1}
    assert effects.kinds == Kind.ROWS | Kind.SIZES
    assert RelationName("public", "parts") in effects.relations
    assert told[-1].done == told[-1].total
    assert filled("SELECT text FROM notes") == [("one\ttwo",)]
    again = service.preview("good", 1, ctx)
    assert dict(again.added) == {"notes": 1}
    # what it may not be
    bad = project / "seeds" / "bad.sql"
    for text, code, line in (
        ("INSERT INTO notes VALUES ('x');\n\nCOMMIT;\n", "seed.transaction", 3),
        ("INSERT INTO notes VALUES ('x');\n\\i other.sql\n", "seed.meta_command", 2),
        ("INSERT INTO notes VALUES ('x');\nCOPY notes FROM stdin; DELETE FROM notes;\nx\n", "seed.behind_copy", 2),
        ("SELECT text begin atomic FROM notes;\nCOMMIT;\n", "seed.transaction", 2),
        ("INSERT INTO notes VALUES ('x');\nINSERT INTO people (team) VALUES (99);\n", "seed.failed", 2),
        ("INSERT INTO teams (id, name, lead) VALUES (9, 'x', 99);\n", "seed.failed", None),
    ):
        bad.write_text(text)
        error = refusal(lambda: service.perform("bad", 1, ctx))
        assert (error.code, error.facts.get("line")) == (code, line)
        assert (error.report is not None) is (code == "seed.failed")
    assert refusal(lambda: service.perform("good", 2, ctx)).code == "seed.no_scale"
    assert counts(filled) == (2, 1, 1)
    # what a script sets ends with it, as pg_dump's do
    bad.write_text("SELECT pg_catalog.set_config('search_path', '', false);\nCREATE TABLE public.made (id int);\n")
    assert Kind.CATALOG in service.perform("bad", 1, ctx)[1].kinds
    with service._session.read(ctx) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM made").scalar() == 0


def test_a_folder_of_rows_is_put_in_parents_first(service: SeedService, filled: Sql, project: Path) -> None:
    ctx, club = TaskContext.for_test(), project / "seeds" / "club"
    filled("INSERT INTO teams VALUES (5, 'Mine')")
    tried = service.preview("club", 1, ctx)
    assert dict(tried.added) == {"teams": 1, "people": 3}
    assert filled("SELECT last_value, is_called FROM people_id_seq") == [(1, False)]
    report, _ = service.perform("club", 1, ctx)
    assert dict(report.added) == {"teams": 1, "people": 3}
    assert filled("SELECT id, team, name, about ->> 'a', shout FROM people ORDER BY id") == [
        (10, 5, 'Zoé, the "first"', "1", 'ZOÉ, THE "FIRST"'),
        (11, 5, None, None, None),
        (12, 6, "", None, ""),
    ]
    assert filled("SELECT name FROM teams WHERE id = 5") == [("Mine",)]
    assert filled("INSERT INTO people (team) VALUES (6) RETURNING id") == [(13,)]
    assert service.perform("club", 1, ctx)[0].is_empty
    # once more without being told that what is there may stay
    (club / "seed.toml").write_text("idempotent = false\n")
    error = refusal(lambda: service.perform("club", 1, ctx))
    assert (error.code, error.facts["file"]) == ("seed.failed", "teams.csv")
    assert error.report is not None
    assert error.report.constraint == "teams_pkey"
    (club / "seed.toml").unlink()
    for name, text, code in (
        ("notes.csv", "text\nx\n", "seed.csv_keyless"),
        ("nothing.csv", "id\n1\n", "seed.csv_table"),
        ("parts.csv", "id,hour\n1,2\n", "seed.csv_column"),
        ("parts.csv", "id,id\n1,2\n", "seed.csv_header"),
        ("parts.csv", "", "seed.csv_header"),
    ):
        (club / name).write_text(text)
        assert refusal(lambda: service.preview("club", 1, ctx)).code == code
        (club / name).unlink()


def test_python_runs_in_the_projects_own_interpreter(service: SeedService, filled: Sql, project: Path) -> None:
    ctx = TaskContext.for_test()
    log: list[str] = []
    told: list[Progress] = []
    tried = service.preview("pythonic", 3, ctx, log.append)
    assert (dict(tried.added), counts(filled)) == ({"notes": 3}, (0, 0, 0))
    assert log == ["first line", "in project postgresql+psycopg"]
    report, effects = service.perform("pythonic", 2, TaskContext(on_progress=told.append))
    assert dict(report.added) == {"notes": 2}
    assert effects.kinds == Kind.ROWS | Kind.SIZES | Kind.CATALOG
    assert filled("SELECT text FROM notes ORDER BY 1") == [("bonjour 0",), ("bonjour 1",)]
    assert (told[-1].done, told[-1].total) == (2, 2)
    for name in ("commits", "commits_in_sql"):
        assert refusal(partial(service.perform, name, 1, ctx)).code == "seed.transaction"
    error = refusal(lambda: service.perform("breaks", 1, ctx))
    assert str(error.facts["where"]).endswith("python.py:39")
    assert error.facts["words"] == "KeyError: 'nobody'"
    error = refusal(lambda: service.perform("refused", 1, ctx))
    assert error.report is not None
    assert error.report.sqlstate == "23503"
    (project / "words.py").unlink()
    error = refusal(lambda: service.perform("pythonic", 1, ctx))
    assert "words" in str(error.facts["words"])
    assert counts(filled) == (0, 0, 2)


def test_a_dry_run_commits_nothing_that_says_so_in_sql(service: SeedService, filled: Sql) -> None:
    ctx = TaskContext.for_test()
    for name in ("ends", "ends_at_last"):
        assert refusal(partial(service.preview, name, 1, ctx)).code == "seed.transaction"
        assert refusal(partial(service.perform, name, 1, ctx)).code == "seed.transaction"
        assert counts(filled) == (0, 0, 0)
    assert dict(service.preview("speaks_of_it", 1, ctx).added) == {"notes": 2}


@pytest.mark.parametrize("pooler", [False, True])
def test_a_dry_run_commits_nothing_elsewhere(
    profile: ConnectionProfile, project: Path, filled: Sql, pooler: bool
) -> None:
    (project / "seeds" / "own.py").write_text(ON_ITS_OWN)
    options = (*profile.libpq, ("options", "-c work_mem=7MB"))
    session = Session.open(
        replace(profile, project=project, pooler=pooler, libpq=options), None, TaskContext.for_test()
    )
    ctx = TaskContext.for_test()
    try:
        service = SeedService(session)
        for name in ("alone", "shy"):
            assert refusal(partial(service.preview, name, 1, ctx)).code == "seed.no_dry_run"
        refusals = [refusal(partial(service.preview, name, 1, ctx)) for name in ("aside", "engine", "libpq")]
        if pooler:
            for error in refusals[:2]:
                assert "a-dry-run-has-no-connection" in str(error.facts["words"])
        else:
            report = refusals[0].report
            assert report is not None
            assert report.sqlstate == "25006"
        assert "read-only transaction" in str(refusals[2].facts["words"])
        assert dict(service.preview("given", 1, ctx).added) == {"notes": 1}
        assert counts(filled) == (0, 0, 0)
        # what is no dry run leads to the database, and is left to write there
        for name in ("alone", "shy", "aside", "given"):
            service.perform(name, 1, ctx)
    finally:
        session.close()
    assert filled("SELECT text, count(*) FROM notes GROUP BY 1 ORDER BY 1") == [
        ("7MB", 1),
        ("given", 1),
        ("on its own", 3),
    ]


def test_python_in_a_package_of_a_project_with_migrations(
    profile: ConnectionProfile, filled: Sql, make_project: Callable[..., Path]
) -> None:
    folder = make_project([Rev("a1", None, "pass")], layout="toml")
    package = folder / "seeds" / "package"
    package.mkdir(parents=True)
    for name, text in (("__init__", ""), ("rows", "SAID = 'said'"), ("one", IN_A_PACKAGE)):
        (package / f"{name}.py").write_text(text)
    session = Session.open(replace(profile, project=folder, pooler=True), None, TaskContext.for_test())
    try:
        service, log = SeedService(session), [""]
        assert [each.name for each in service.available()] == ["packed"]
        assert dict(service.preview("packed", 1, TaskContext.for_test(), log.append).added) == {"notes": 1}
        assert (log[1:], counts(filled)) == (["caught IntegrityError"], (0, 0, 0))
        service.perform("packed", 1, TaskContext.for_test())
    finally:
        session.close()
    assert filled("SELECT text FROM notes") == [("said",)]


def test_a_cancel_ends_it_on_the_server(service: SeedService, filled: Sql) -> None:
    ctx = TaskContext.for_test()

    def stop(line: str) -> None:
        assert line == "sleeping"
        threading.Timer(0.1, ctx.token.cancel).start()

    with pytest.raises(Cancelled):
        service.perform("sleeps", 1, ctx, stop)
    assert counts(filled) == (0, 0, 0)
    assert filled("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'nexus-studio seed%'") == [(0,)]


@pytest.mark.parametrize("environment", [Environment.STAGING, Environment.PRODUCTION])
def test_nothing_is_even_tried_where_seeds_are_refused(
    profile: ConnectionProfile, project: Path, filled: Sql, environment: Environment
) -> None:
    (project / "seeds" / "any.sql").write_text(
        f"-- environments: {environment.value}\nINSERT INTO notes VALUES ('x');\n"
    )
    session = Session.open(replace(profile, project=project, environment=environment), None, TaskContext.for_test())
    try:
        service = SeedService(session)
        assert refusal(lambda: service.perform("good", 1, TaskContext.for_test())).code == "seed.environment"
        for act in (service.perform, service.preview):
            with pytest.raises(ForbiddenHere):
                act("any", 1, TaskContext.for_test())
    finally:
        session.close()
    assert counts(filled) == (0, 0, 0)


def test_staged_edits_become_a_seed(service: SeedService, session: Session, filled: Sql, project: Path) -> None:
    ctx, teams = TaskContext.for_test(), RelationName("public", "teams")
    filled("INSERT INTO teams VALUES (1, 'One'), (2, 'Two'), (3, 'Three')")
    reader = CatalogReader(session)
    relation = reader.relation(teams, ctx)
    long = "it's " + "x" * 5000
    changes = (
        RowChange(teams, ChangeKind.INSERT, 1, values={"id": "7", "name": long, "mood": "calm"}),
        RowChange(teams, ChangeKind.UPDATE, 2, RowKey(("1",)), {"name": 'E\\"1"', "mood": None}, {"name": "other"}),
        RowChange(teams, ChangeKind.DELETE, 3, RowKey(("3",)), base={"id": "3", "name": "else"}),
    )
    path = service.keep("My edits!", "What I did", relation, changes)
    assert path == project / "seeds" / "my-edits.sql"
    kept = service.listing().named("my-edits")
    assert kept is not None
    assert (kept.idempotent, kept.description) == (True, "What I did")
    first, _ = service.perform("my-edits", 1, ctx)
    assert [(each.inserted, each.updated, each.deleted) for each in first.tables] == [(1, 1, 1)]
    there = [(1, 'E\\"1"', None), (2, "Two", None), (7, long, "calm")]
    assert filled("SELECT id, name, mood::text FROM teams ORDER BY id") == there
    service.perform("my-edits", 1, ctx)
    assert filled("SELECT id, name, mood::text FROM teams ORDER BY id") == there
    # a row whose key PostgreSQL counts is known by its values
    people = reader.relation(RelationName("public", "people"), ctx)
    added = RowChange(people.name, ChangeKind.INSERT, 1, values={"team": "1", "name": None, "about": '{"b": [1]}'})
    service.keep("one more", "", people, [added])
    assert dict(service.perform("one-more", 1, ctx)[0].added) == {"people": 1}
    assert service.perform("one-more", 1, ctx)[0].is_empty
    # what can't be kept
    notes = reader.relation(RelationName("public", "notes"), ctx)
    note = RowChange(notes.name, ChangeKind.INSERT, 1, values={"text": "x"})
    assert refusal(lambda: service.keep("my edits", "", relation, changes)).code == "seed.exists"
    assert refusal(lambda: service.keep("…", "", relation, changes)).code == "seed.name"
    assert refusal(lambda: service.keep("keyless", "", notes, [note])).code == "seed.keyless"
    (project / "file").write_text("")
    (project / "pyproject.toml").write_text('[tool.nexus-studio]\nseeds = "file"\n')
    assert refusal(lambda: service.keep("blocked", "", relation, changes)).code == "seed.unwritable"


def test_a_seed_is_kept_whole_or_not_at_all(
    service: SeedService, session: Session, filled: Sql, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    teams = CatalogReader(session).relation(RelationName("public", "teams"), TaskContext.for_test())
    rows = [
        RowChange(teams.name, ChangeKind.INSERT, number, values={"id": str(number), "name": f"{number:1000}"})
        for number in range(100)
    ]
    seeds = project / "seeds"
    before, limits = sorted(seeds.iterdir()), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))  # the disk is full in the middle of it
    try:
        error = refusal(lambda: service.keep("many", "", teams, rows))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (error.code, sorted(seeds.iterdir())) == ("seed.unwritable", before)
    # somebody else takes the name while it is written; what is not whole yet is not on offer
    sync, taken, offered = os.fsync, seeds / "many.sql", service.available()

    def take(descriptor: int) -> None:
        sync(descriptor)
        assert service.available() == offered
        taken.write_text("-- mine\n")

    monkeypatch.setattr(os, "fsync", take)
    assert refusal(lambda: service.keep("many", "", teams, rows)).code == "seed.exists"
    assert (taken.read_text(), sorted(seeds.iterdir())) == ("-- mine\n", sorted([*before, taken]))
    monkeypatch.setattr(os, "fsync", sync)
    # not every disk knows links

    def refuse(*_paths: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", refuse)
    kept = service.keep("others", "", teams, rows)
    assert sorted(seeds.iterdir()) == sorted([*before, taken, kept])
    assert dict(service.perform("others", 1, TaskContext.for_test())[0].added) == {"teams": 100}


def test_without_a_project_seeds_are_kept_in_the_programs_own_folder(session: Session, filled: Sql) -> None:
    place = place_of(session.profile, Paths.default())
    assert place.has_models
    service = SeedService(session)
    teams = CatalogReader(session).relation(RelationName("public", "teams"), TaskContext.for_test())
    row = RowChange(teams.name, ChangeKind.INSERT, 1, values={"id": "1", "name": "One"})
    assert service.keep("mine", "", teams, [row]) == Paths.default().data / "seeds" / "mine.sql"
    assert [each.name for each in service.available()] == ["demo", "mine"]
