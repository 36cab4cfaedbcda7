"""Restores beside which others work: what is not the restore's own is left alone, whatever goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from nexus_studio.core.admin.archives import RestoreInto, RestoreTarget
from nexus_studio.core.admin.keptdatabases import read_made
from nexus_studio.core.admin.resets import Others
from nexus_studio.core.errors import PermissionDenied, RestoreRefused
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.backups import freshdatabase
from nexus_studio.services.backups.keptdatabases import kept
from nexus_studio.services.backups.restoring import restore
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from tests.integration.services.backups.dumps import drop, dump, fill, make
from tests.support.fix_cluster import profile_of

CTX = TaskContext.for_test()
PATHS = Paths.below(Path("/nonexistent"))
EMPTY = "an empty one"
ROWS = "CREATE TABLE public.users (id int); INSERT INTO public.users SELECT generate_series(1, 5)"


@pytest.fixture
def empty(pg_url: str) -> Iterator[str]:
    yield make(pg_url, EMPTY)
    drop(pg_url, [EMPTY])


def at_loading(act: Callable[[], object]) -> TaskContext:
    """Do something once, when all was looked at and the loading begins."""
    done: list[object] = []

    def report(progress: Progress) -> None:
        if progress.step == "restore.loading" and not done:
            done.append(True)
            act()

    return TaskContext(CTX.token, report)


def counted(url: str, table: str) -> int | None:
    with psycopg.connect(url) as connection:
        if connection.execute("SELECT to_regclass(%s)", (table,)).fetchone() == (None,):
            return None
        row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
        return row[0] if row else None


@pytest.mark.parametrize(("kind", "jobs"), [("custom", 1), ("custom", 2), ("plain", 1)])
def test_what_others_put_into_an_empty_database_meanwhile_stays(
    pg_url: str, empty: str, tmp_path: Path, kind: str, jobs: int
) -> None:
    fill(pg_url, ROWS)
    file = dump(pg_url, tmp_path / "x", f"--format={kind}")
    with closing(Session.open(profile_of(pg_url), None, CTX)) as session:
        target = RestoreTarget(RestoreInto.EMPTY, EMPTY, jobs=jobs)
        others = (
            "CREATE TABLE public.users (name text); INSERT INTO public.users VALUES ('theirs'); SELECT lo_create(0)"
        )
        with pytest.raises(RestoreRefused):
            restore(session, PATHS, file, target, at_loading(lambda: fill(empty, others)))
    assert counted(empty, "public.users") == 1
    assert counted(empty, "pg_largeobject_metadata") == 1


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_others_make_beside_a_restore_that_fails_stays(pg_url: str, empty: str, tmp_path: Path, jobs: int) -> None:
    own = conninfo_to_dict(pg_url)["dbname"]
    fill(pg_url, ROWS)
    fill(
        pg_url,
        f"""CREATE FUNCTION public.is_here(id int) RETURNS boolean LANGUAGE sql
            AS $$ SELECT current_database() = '{own}' $$;
        CREATE TABLE public.bad (id int CHECK (public.is_here(id))); INSERT INTO public.bad VALUES (1)""",
    )
    file = dump(pg_url, tmp_path / "x.dump", "--format=custom")
    with closing(Session.open(profile_of(pg_url), None, CTX)) as session:
        target = RestoreTarget(RestoreInto.EMPTY, EMPTY, jobs=jobs)
        others = "CREATE TABLE public.theirs AS SELECT 1 AS one"
        with pytest.raises(RestoreRefused) as caught:
            restore(session, PATHS, file, target, at_loading(lambda: fill(empty, others)))
    assert caught.value.code == ("restore.failed" if jobs == 1 else "restore.not_emptied")
    assert counted(empty, "public.theirs") == 1


def test_two_restores_into_one_empty_database_do_not_undo_one_another(pg_url: str, empty: str, tmp_path: Path) -> None:
    fill(pg_url, ROWS)
    file = dump(pg_url, tmp_path / "x.dump", "--format=custom")
    target = RestoreTarget(RestoreInto.EMPTY, EMPTY)
    with (
        closing(Session.open(profile_of(pg_url), None, CTX)) as first,
        closing(Session.open(profile_of(pg_url), None, CTX)) as second,
    ):
        refused: list[str] = []

        def other() -> None:
            try:
                restore(second, PATHS, file, target, CTX)
            except RestoreRefused as error:
                refused.append(error.code)

        try:
            restore(first, PATHS, file, target, at_loading(other))
        except RestoreRefused as error:
            refused.append(error.code)
    assert counted(empty, "public.users") == 5
    assert len(refused) == 1


def test_a_kill_between_settings_and_swap_leaves_what_the_next_restore_removes(pg_url: str) -> None:
    """Nothing takes from a database that is being made the mark of what it is, before it has its name."""
    fill(pg_url, "DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS ''mine''', current_database()); END $$")
    seen: list[str | None] = []

    def look(driver: psycopg.Connection, names: tuple[str, str, str], *_: object, **__: object) -> None:
        row = driver.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", (names[1],)
        ).fetchone()
        seen.append(row[0] if row else None)
        raise RestoreRefused("stopped")

    with closing(Session.open(profile_of(pg_url), None, CTX)) as session, pytest.MonkeyPatch.context() as patch:
        patch.setattr(freshdatabase, "swap", look)
        with pytest.raises(RestoreRefused), freshdatabase.fresh(session, CTX) as made:
            freshdatabase.take_place(session, made, Others.REFUSE, CTX)
    assert read_made(seen[0]) is not None


def test_a_copy_of_a_kept_database_is_not_taken_for_kept(pg_url: str, tmp_path: Path) -> None:
    fill(pg_url, ROWS)
    file = dump(pg_url, tmp_path / "x.dump", "--format=custom")
    with closing(Session.open(profile_of(pg_url), None, CTX)) as session:
        result, _ = restore(session, PATHS, file, RestoreTarget(RestoreInto.SWAP), CTX)
        try:
            with closing(Session.open(session.profile.with_database(result.kept_as), None, CTX)) as old:
                restore(old, PATHS, file, RestoreTarget(RestoreInto.NEW, "a third"), CTX)
            assert [each.name for each in kept(session, CTX)] == [result.kept_as]
        finally:
            drop(pg_url, [result.kept_as, "a third"])


def test_settings_that_the_owner_may_not_make_are_found_before_hours_of_loading(pg_url: str, tmp_path: Path) -> None:
    fill(pg_url, ROWS)
    database = conninfo_to_dict(pg_url)["dbname"]
    fill(
        pg_url,
        f"""DO $$ BEGIN CREATE ROLE plain_owner LOGIN CREATEDB; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
        ALTER DATABASE "{database}" OWNER TO plain_owner; ALTER DATABASE "{database}" SET log_statement = 'all';
        ALTER TABLE public.users OWNER TO plain_owner""",
    )
    file = dump(pg_url, tmp_path / "x.dump", "--format=custom")
    profile = replace(profile_of(pg_url), user="plain_owner")
    steps: list[str] = []
    ctx = TaskContext(CTX.token, lambda progress: steps.append(progress.step))
    with closing(Session.open(profile, None, CTX)) as session, pytest.raises(PermissionDenied):
        restore(session, PATHS, file, RestoreTarget(RestoreInto.NEW, "a fourth"), ctx)
    assert "restore.loading" not in steps
    fill(pg_url, f'ALTER DATABASE "{database}" RESET log_statement')
    with closing(Session.open(profile, None, CTX)) as session:
        restore(session, PATHS, file, RestoreTarget(RestoreInto.NEW, "a fourth"), CTX)
    drop(pg_url, ["a fourth"])
    fill(pg_url, f'ALTER DATABASE "{database}" OWNER TO CURRENT_USER; DROP OWNED BY plain_owner; DROP ROLE plain_owner')
