"""Every act from the command line, against a database of every environment: the rails that its declaration promises."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from nexus_studio import cli
from nexus_studio.cli_arguments import COMMANDS
from nexus_studio.core.admin.acts import ACTS, Act, Rail, act, rail
from nexus_studio.core.profiles import Capability, Environment
from nexus_studio.services.backupfiles import backup_root
from nexus_studio.services.paths import Paths
from nexus_studio.services.writelock import JOURNAL
from tests.support.fix_cluster import profile_of
from tests.support.fix_projects import Rev
from tests.support.planted_backups import plant_days
from tests.support.planted_drafts import plant_draft
from tests.support.planted_history import plant_set

Sql = Callable[..., list[tuple[Any, ...]]]
Cli = Callable[..., str]

WORDS: dict[str, tuple[str, ...]] = {
    "rows.save": ("t", "a=new", "--key", "id=1"),
    "rows.duplicate": ("t", "--key", "id=1", "--set", "id=9"),
    "rows.import": ("rows.csv", "--into", "t"),
    "history.revert": ("aa",),
    "history.prune": ("--days", "1"),
    "history.share": (),
    "migrate.deploy": ("--ledger", "database"),
    "migrate.dev": ("-m", "More"),
    "migrate.push": (),
    "migrate.downgrade": ("base",),
    "migrate.stamp": ("b2",),
    "migrate.resolve": ("--rolled-back", "b2"),
    "seed.run": ("demo",),
    "reset.reset": ("--end-others",),  # the test itself is connected
    "reset.empty": ("t", "--end-others"),
    "reset.recreate": ("--end-others",),
    "shelf.take": ("before",),
    "shelf.put_back": ("before",),
    "shelf.drop": ("before",),
    "backup.create": (),
    "backup.restore": ("state.sql",),
    "backup.dismiss": ("before",),
    "backup.prune": ("--daily", "1", "--weekly", "0", "--monthly", "0", "--at-least", "0"),
    "maintain.vacuum": ("t",),
    "maintain.analyze": ("t",),
    "maintain.full": ("t",),
    "maintain.reindex": ("t",),
    "maintain.cluster": ("t", "--index", "t_pkey"),
    "activity.cancel": ("PID",),
    "activity.terminate": ("PID",),
    "import.sqlite": ("rows.db",),
    "database.declare": ("ci",),
    "server.stop": (),
    "drafts.discard": ("deadbeef-1",),
}
"""What follows the command of each act; PID is somebody who is connected and does nothing."""

ENDS = act("sessions.end")

TAKE = act("shelf.take")
TAKES_NO_NAME = {"migrate.push", "migrate.dev", "seed.run", "shelf.take", "server.stop", "drafts.discard"}
LOSES_ALWAYS = {"migrate.push", "migrate.downgrade", "server.stop", "shelf.put_back", "shelf.drop"}
LOSES_ALWAYS |= {"activity.cancel", "activity.terminate", "drafts.discard"}
REFUSALS = {"forbidden.environment", "seed.environment"}

CHAIN = (
    Rev("a1", None, 'op.execute("CREATE TABLE a (id int)")', 'op.execute("DROP TABLE a")'),
    Rev("b2", "a1", 'op.execute("CREATE TABLE b (id int)")', 'op.execute("DROP TABLE b")'),
)
STATE = """
    SELECT (SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace),
           (SELECT string_agg(t::text, ' ' ORDER BY id) FROM t),
           (SELECT string_agg(version_num, ' ') FROM alembic_version),
           (SELECT string_agg(setconfig::text, ' ')
              FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
             WHERE d.datname = current_database())
"""

DUMPED = "--\n-- PostgreSQL database dump complete\n--\n"

KNOWN = {(each.name, *((action.name,) if action else ())) for each in COMMANDS for action in each.actions or (None,)}
COMMANDED = tuple(each for each in ACTS if tuple(w for w in each.command if not w.startswith("--")) in KNOWN)


@pytest.fixture
def at(
    make_project: Callable[..., Path],
    pg_url: str,
    cluster_url: str,
    sql: Sql,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Cli]:
    """A function that runs an act's command on a database with a table and one of two revisions; "" or an error's code.

    The project's revisions are stamped, not run: this is about what stands before anything is run.
    """
    models = """
        from sqlalchemy import Column, Integer, MetaData, Table
        metadata = MetaData()
        Table("a", metadata, Column("id", Integer), Column("more", Integer))
    """
    folder = make_project(CHAIN, models=models)
    sql("CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'old'); CREATE TABLE a (id int)")
    sql("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY); INSERT INTO alembic_version VALUES ('a1')")
    (folder / "seeds").mkdir()
    (folder / "seeds" / "demo.sql").write_text("-- name: demo\nINSERT INTO t VALUES (2, 'seeded');\n")
    (folder / "state.sql").write_text(f"--\n-- PostgreSQL database dump\n--\n\nSELECT 1;\n\n{DUMPED}\n")
    (folder / "rows.csv").write_text("id,a\n7,imported\n")
    with closing(sqlite3.connect(folder / "rows.db")) as old:
        old.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)")
    monkeypatch.chdir(folder)

    def run(each: Act, environment: Environment, *more: str) -> str:
        capsys.readouterr()
        if each.id == "backup.prune":  # there is something to be deleted
            plant_days(backup_root(Paths.default()), profile_of(pg_url), days=2)
        if each.id == "drafts.discard":
            plant_draft(profile_of(pg_url), "t")
        if each.id == "history.revert":
            plant_set(pg_url)
        follows = (str(victim.info.backend_pid) if word == "PID" else word for word in WORDS[each.id])
        words = (*each.command, *follows, "--url", pg_url, "--environment", environment.value, "--json", *more)
        assert cli.main(words) != 2, words
        said = json.loads(capsys.readouterr().out)
        return str(said.get("error", {}).get("code", ""))

    # not on the test's database: nobody else may be connected there while it is reset
    with closing(psycopg.connect(cluster_url, autocommit=True)) as victim:
        yield run


def everything(each: Act, name: str) -> tuple[str, ...]:
    """Return all options by which somebody says that they are sure, as far as the command knows them."""
    named = () if each.id in TAKES_NO_NAME else ("--confirm", name)
    return ("--unlock", "I must", *named)


def test_every_command_of_an_act_is_tried_here() -> None:
    assert {each.id for each in ACTS if each.command} == set(WORDS)
    assert len(COMMANDED) >= 10


@pytest.mark.parametrize("environment", list(Environment))
def test_nothing_passes_without_what_its_rail_wants(environment: Environment, at: Cli, pg_url: str, sql: Sql) -> None:
    name = str(conninfo_to_dict(pg_url)["dbname"])
    assert at(TAKE, Environment.DEVELOPMENT, "--dump") == ""
    before = sql(STATE)
    for each in COMMANDED:
        found = rail(each, environment)
        if found is Rail.FREE or (found is Rail.ASKED and each.id not in LOSES_ALWAYS):
            continue
        bare = at(each, environment)
        if found is Rail.REFUSED:
            assert bare in REFUSALS, each.id
            assert at(each, environment, *everything(each, name)) in REFUSALS, each.id
        elif found is Rail.ASKED:
            assert bare == "cli.yes", each.id
        elif found is Rail.NAMED:
            assert bare == "cli.confirm", each.id
            assert at(each, environment, "--confirm", f"{name}x") == "cli.confirm", each.id
        else:
            assert bare == "forbidden.locked", each.id
            assert at(each, environment, "--confirm", name) == "forbidden.locked", each.id
            assert at(each, environment, "--unlock", " ", "--confirm", name) == "unlock.reason", each.id
            assert at(each, environment, "--unlock", "I must") == "cli.confirm", each.id
            assert at(each, environment, "--unlock", "I must", "--confirm", f"{name}x") == "cli.confirm", each.id
        assert sql(STATE) == before, each.id


@pytest.fixture
def bystander(pg_url: str, sql: Sql) -> Iterator[Callable[[], bool]]:
    """Somebody who is connected; a function that tells whether they still are."""
    with closing(psycopg.connect(pg_url, autocommit=True)) as other:
        pid = other.info.backend_pid
        yield lambda: sql("SELECT count(*) FROM pg_stat_activity WHERE pid = %s", pid) == [(1,)]


@pytest.mark.parametrize("environment", list(Environment))
@pytest.mark.parametrize("act_id", ENDS.within)
def test_nobody_is_ended_without_the_name(
    act_id: str, environment: Environment, at: Cli, pg_url: str, bystander: Callable[[], bool]
) -> None:
    each, found, name = act(act_id), rail(ENDS, environment), str(conninfo_to_dict(pg_url)["dbname"])
    assert at(TAKE, Environment.DEVELOPMENT, "--dump") == ""
    more = () if ENDS.option in WORDS[act_id] else (ENDS.option,)
    yes = ("--yes",) if act_id.startswith("shelf") else ()
    for said in ((), yes, ("--confirm", f"{name}x")):
        assert at(each, environment, *more, *said) == ("cli.confirm" if found.is_named else "forbidden.environment")
    if found is Rail.REFUSED:
        assert at(each, environment, *more, "--unlock", "I must", "--confirm", name) == "forbidden.environment"
    assert bystander()


def test_others_are_ended_where_that_was_said(at: Cli, pg_url: str) -> None:
    name = str(conninfo_to_dict(pg_url)["dbname"])
    other = psycopg.connect(pg_url, autocommit=True)
    assert at(act("reset.empty"), Environment.DEVELOPMENT, "--no-backup", "--confirm", name) == ""
    with closing(other), pytest.raises(psycopg.OperationalError):
        other.execute("SELECT 1")


@pytest.mark.parametrize("environment", [Environment.DEVELOPMENT, Environment.STAGING, Environment.PRODUCTION])
def test_what_its_rail_wants_is_enough(environment: Environment, at: Cli, pg_url: str, sql: Sql) -> None:
    name = str(conninfo_to_dict(pg_url)["dbname"])
    for act_id, options in (("rows.save", ()), ("migrate.deploy", ()), ("database.declare", ("--yes",))):
        each = act(act_id)
        found = rail(each, environment)
        said = (*options, "--confirm", name) if found.is_named else options
        assert at(each, environment, *said, *(("--unlock", "ticket 4711") if found.is_locked else ())) == "", act_id
    assert sql("SELECT a FROM t") == [("new",)]
    assert sql("SELECT version_num FROM alembic_version") == [("b2",)]
    assert at(act("rows.save"), environment) == "environment.disagrees"  # it says "ci" of itself now
    journal = Paths.default().data / JOURNAL
    reasons = journal.read_text(encoding="utf-8").count("ticket 4711") if journal.exists() else 0
    assert reasons == (3 if environment is Environment.PRODUCTION else 0)


@pytest.mark.parametrize("environment", list(Environment))
def test_what_only_reads_is_just_done(environment: Environment, at: Cli, sql: Sql) -> None:
    before = sql(STATE)
    for each in COMMANDED:
        if each.capability is Capability.BROWSE and each.id not in LOSES_ALWAYS:
            assert at(each, environment) == "", each.id
            assert sql(STATE) == before, each.id


def test_no_act_gets_around_a_read_only_connection(at: Cli, pg_url: str, sql: Sql) -> None:
    name, before = str(conninfo_to_dict(pg_url)["dbname"]), sql(STATE)
    for each in COMMANDED:
        if each.id in {"server.stop", "drafts.discard"}:  # they touch no database
            continue
        named = () if each.id in TAKES_NO_NAME else ("--confirm", name)
        found = at(each, Environment.DEVELOPMENT, "--read-only", *named)
        if each.capability is Capability.BROWSE:
            assert found == "", each.id
        else:
            assert found in {"forbidden.read_only", "permission.read_only"}, (each.id, found)
        assert sql(STATE) == before, each.id
