"""HistoryService: what a save keeps, what becomes of it when it does not end well, and the table that a team shares."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nexus_studio.core.data.cells import RowKey
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.data.history import Action, Mark, SetQuery, Source, Standing
from nexus_studio.core.data.images import Cause, Outcome, RowImage
from nexus_studio.core.errors import (
    ConstraintViolated,
    ForbiddenHere,
    HistoryFailed,
    HistoryUnwritten,
    PermissionDenied,
    ReasonMissing,
)
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.history.service import HistoryService
from nexus_studio.services.history.witnessing import HistoryWitness
from nexus_studio.services.paths import Paths
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.rowwriter import RowWriter
from nexus_studio.services.session import Session

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()
T = RelationName("public", "t")


@pytest.fixture
def table(sql: Sql) -> Sql:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text UNIQUE); INSERT INTO t VALUES (1, 'one'), (2, 'two')")
    return sql


@pytest.fixture
def history(session: Session, tmp_path: Path) -> HistoryService:
    return HistoryService(session, Paths.below(tmp_path))


def edit(session: Session, witness: HistoryWitness | None, value: str, key: str = "1", was: str = "one") -> None:
    """Change `a` of one row."""
    relation = CatalogReader(session).relation(T, CTX)
    change = RowChange(T, ChangeKind.UPDATE, 1, RowKey((key,)), {"a": value}, {"a": was})
    RowWriter(session).apply((change,), {T: relation}, CTX, witness=witness)


def test_a_save_says_who_when_why_and_what(session: Session, history: HistoryService, table: Sql) -> None:
    begin = datetime.now(UTC)
    edit(session, history.witness("  wrong\nname ", "NX-1"), "new")
    (saved,) = history.sets(CTX)
    assert (saved.reason, saved.ticket, saved.standing) == ("wrong name", "NX-1", Standing.WRITTEN)
    assert saved.action is Action.SAVE
    assert (saved.origin.role, saved.origin.database) == (session.server.user, session.server.database)
    assert saved.origin.account
    assert saved.origin.machine
    assert 0 <= (saved.at - begin).total_seconds() < 60
    (count,) = saved.tables
    assert (count.relation, count.updated, count.rows) == (T, 1, 1)
    (image,) = history.show(saved.short_id, CTX).images
    assert (image.before, image.after, image.key) == ({"a": "one"}, {"a": "new"}, RowKey(("1",)))
    assert history.sets(CTX, relation=RelationName("public", "other")) == ()


def test_what_was_not_written_leaves_nothing(session: Session, history: HistoryService, table: Sql) -> None:
    with pytest.raises(ConstraintViolated):
        edit(session, history.witness("no"), "two")
    assert history.sets(CTX) == ()


def test_a_required_reason_is_required(profile: ConnectionProfile, tmp_path: Path, table: Sql) -> None:
    session = Session.open(replace(profile, requires_reason=True), None, CTX)
    try:
        history = HistoryService(session, Paths.below(tmp_path))
        with pytest.raises(ReasonMissing):
            edit(session, history.witness("  "), "new")
        assert table("SELECT a FROM t WHERE id = 1") == [("one",)]
        edit(session, history.witness("because"), "new")
        assert [each.reason for each in history.sets(CTX)] == ["because"]
    finally:
        session.close()


def test_what_can_not_be_kept_is_not_written_unless_wanted(
    session: Session, history: HistoryService, table: Sql, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "history").write_text("in the way", encoding="utf-8")
    with pytest.raises(HistoryUnwritten) as caught:
        edit(session, history.witness(), "new")
    assert caught.value.code == "history.unwritten"
    assert caught.value.facts["file"]
    assert caught.value.facts["words"]
    assert table("SELECT a FROM t WHERE id = 1") == [("one",)]
    edit(session, history.witness(must_keep=False), "new")
    assert table("SELECT a FROM t WHERE id = 1") == [("new",)]


@pytest.mark.logs("history was torn")
def test_a_torn_store_does_not_stand_in_the_way_and_is_said(
    session: Session, history: HistoryService, table: Sql
) -> None:
    edit(session, history.witness(), "new")
    history.file.write_bytes(b"torn" * 1000)
    edit(session, history.witness(), "newer", was="new")
    assert len(history.sets(CTX)) == 1
    assert [each.read_bytes()[:4] for each in history.torn_files()] == [b"torn"]
    assert stat.S_IMODE(history.file.stat().st_mode) == 0o600


class Dying(HistoryWitness):
    """A witness whose process ends between COMMIT and the note that it went well."""

    def ended(self, outcome: Outcome) -> None:
        """Nothing."""


def dying(history: HistoryService) -> Dying:
    made = history.witness("dies")
    made.__class__ = Dying
    return made  # type: ignore[return-value]


def test_what_was_left_pending_is_settled_by_asking_the_server(
    session: Session, history: HistoryService, table: Sql
) -> None:
    edit(session, dying(history), "new")
    with pytest.raises(ConstraintViolated):
        edit(session, dying(history), "two", was="new")
    lost = dying(history)
    with session.write(CTX) as connection:
        number = connection.exec_driver_sql("SELECT txid_current()::text").scalar_one()
        lost.before_commit((RowImage(T, ChangeKind.DELETE, Cause.OWN, RowKey(("2",))),), number, connection)
        pending = {each.standing for each in history.sets(CTX)}  # that transaction still runs
        connection.rollback()
    assert pending == {Standing.WRITTEN, Standing.PENDING}
    (saved,) = history.sets(CTX)
    assert (saved.standing, saved.reason) == (Standing.WRITTEN, "dies")


def test_what_no_server_knows_stays_unknown(session: Session, history: HistoryService, table: Sql) -> None:
    image = RowImage(T, ChangeKind.DELETE, Cause.OWN, RowKey(("2",)), None, {"id": "2", "a": "two"})
    for number in ("999999999999", None):
        dying(history).before_commit((image,), number, None)
    assert {each.standing for each in history.sets(CTX)} == {Standing.UNKNOWN}


def test_a_list_does_not_need_the_server(session: Session, history: HistoryService, table: Sql) -> None:
    edit(session, history.witness("kept"), "new")
    session.close()
    assert [each.reason for each in history.sets(CTX)] == ["kept"]


def test_a_look_at_a_masked_value_is_noted(session: Session, history: HistoryService, table: Sql) -> None:
    identifier = history.noted(Action.REVEAL, T, RowKey(("1",)), ("a",), "asked by phone")
    (saved,) = history.sets(CTX)
    assert (saved.id, saved.action, saved.columns, saved.reason) == (
        identifier, Action.REVEAL, ("a",), "asked by phone",
    )  # fmt: skip
    assert not saved.can_revert
    assert [each.id for each in history.sets(CTX, SetQuery(T, search="1"))] == [identifier]
    with pytest.raises(HistoryFailed) as caught:
        history.inverse(identifier, CatalogReader(session), CTX)
    assert caught.value.code == "history.nothing_left"


def test_sets_of_another_database_are_not_reverted_here(
    session: Session, history: HistoryService, table: Sql, tmp_path: Path, profile: ConnectionProfile
) -> None:
    edit(session, history.witness(), "new")
    (saved,) = history.sets(CTX)
    other = Session(profile.with_database("elsewhere"), session._engine, session.server)
    elsewhere = HistoryService(other, Paths.below(tmp_path))
    assert elsewhere.sets(CTX) == ()
    assert [each.id for each in elsewhere.sets(CTX, SetQuery(everywhere=True))] == [saved.id]
    with pytest.raises(HistoryFailed) as caught:
        elsewhere.inverse(saved.id, CatalogReader(session), CTX)
    assert caught.value.code == "history.other_database"


def test_the_same_edit_made_by_hand_is_no_revert(session: Session, history: HistoryService, table: Sql) -> None:
    edit(session, history.witness(), "new")
    (saved,) = history.sets(CTX)
    history.inverse(saved.id, CatalogReader(session), CTX)
    edit(session, history.witness(), "other", was="new")
    assert {each.action for each in history.sets(CTX)} == {Action.SAVE}


# ---- the table that a team shares


def shared(history: HistoryService, **more: Any) -> list[str]:
    return [each.reason for each in history.sets(CTX, SetQuery(source=Source.SHARED, **more))]


def test_nothing_is_shared_before_somebody_asks(session: Session, history: HistoryService, table: Sql) -> None:
    edit(session, history.witness(), "new")
    assert table("SELECT to_regclass('_nexus_history')") == [(None,)]
    assert not history.shared_state(CTX).is_there
    with pytest.raises(HistoryFailed) as caught:
        shared(history)
    assert caught.value.code == "history.no_table"


def test_a_shared_set_stands_or_falls_with_its_save(session: Session, history: HistoryService, table: Sql) -> None:
    history.share(CTX)
    edit(session, history.witness("one", "T-1"), "new: é%")
    with pytest.raises(ConstraintViolated):
        edit(session, history.witness("never"), "two", was="new: é%")
    edit(session, history.witness("two"), "x", key="2", was="two")
    assert shared(history) == ["two", "one"]
    assert shared(history, search="t-1") == ["one"]
    assert shared(history, search="%") == []
    assert shared(history, relation=T, person=session.server.user) == ["two", "one"]
    assert shared(history, relation=RelationName("public", "u")) == []
    last, first = history.sets(CTX, SetQuery(source=Source.SHARED))
    behind = history.sets(CTX, SetQuery(source=Source.SHARED), before=Mark(last.at, last.id))
    assert [each.id for each in behind] == [first.id]
    assert history.choices(CTX, SetQuery(source=Source.SHARED)).relations == (T,)
    here, there = (history.show(first.id, CTX, source=source) for source in Source)
    assert here.images == there.images
    assert (there.saved.tables, there.saved.origin.role) == (here.saved.tables, session.server.user)
    inverse = history.inverse(first.short_id, CatalogReader(session), CTX, source=Source.SHARED)
    (change,) = inverse.all_changes()
    assert (change.values, change.base) == ({"a": "one"}, {"a": "new: é%"})


def test_it_is_made_once(history: HistoryService, table: Sql) -> None:
    history.share(CTX)
    with pytest.raises(HistoryFailed) as caught:
        history.share(CTX)
    assert caught.value.code == "history.has_table"


@pytest.fixture
def clerk(profile: ConnectionProfile, table: Sql, tmp_path: Path) -> Iterator[HistoryService]:
    """The history of a role that may write to the table, and is not the owner of anything."""
    table("DROP ROLE IF EXISTS history_clerk; CREATE ROLE history_clerk; GRANT ALL ON t TO history_clerk")
    session = Session.open(replace(profile, role="history_clerk"), None, CTX)
    yield HistoryService(session, Paths.below(tmp_path / "clerk"))
    session.close()
    table("DROP OWNED BY history_clerk; DROP ROLE history_clerk")


def test_a_role_without_right_to_it_is_said_and_may_save(
    clerk: HistoryService, history: HistoryService, table: Sql
) -> None:
    history.share(CTX)
    assert clerk.shared_state(CTX).is_kept_from
    edit(clerk._session, clerk.witness("kept here"), "new")
    assert [each.reason for each in clerk.sets(CTX)] == ["kept here"]
    assert shared(history) == []
    with pytest.raises(HistoryFailed) as caught:
        shared(clerk)
    assert caught.value.code == "history.table_kept_from"


def test_who_was_granted_it_adds_and_reads_but_changes_nothing(
    clerk: HistoryService, history: HistoryService, table: Sql
) -> None:
    history.share(CTX, ("history_clerk",))
    edit(clerk._session, clerk.witness("by the clerk"), "new")
    assert shared(history) == shared(clerk) == ["by the clerk"]
    assert [each.origin.role for each in history.sets(CTX, SetQuery(source=Source.SHARED))] == ["history_clerk"]
    with pytest.raises(PermissionDenied), clerk._session.write(CTX) as connection:
        connection.exec_driver_sql("UPDATE _nexus_history SET reason = ''")


def test_a_shared_table_that_refuses_is_told(session: Session, history: HistoryService, table: Sql) -> None:
    history.share(CTX)
    table("ALTER TABLE _nexus_history ADD CHECK (reason <> 'no')")
    with pytest.raises(HistoryUnwritten) as caught:
        edit(session, history.witness("no"), "new")
    assert caught.value.code == "history.unwritten_shared"
    assert "check" in str(caught.value.facts["words"])
    assert history.sets(CTX) == ()
    edit(session, history.witness("no", must_keep=False), "new")
    assert [each.reason for each in history.sets(CTX)] == ["no"]
    assert table("SELECT a FROM t WHERE id = 1") == [("new",)]


def test_who_may_not_make_it_is_told(
    clerk: HistoryService, profile: ConnectionProfile, tmp_path: Path, table: Sql
) -> None:
    table("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    with pytest.raises(PermissionDenied):
        clerk.share(CTX)
    read_only = Session.open(replace(profile, read_only=True), None, CTX)
    try:
        with pytest.raises(ForbiddenHere):
            HistoryService(read_only, Paths.below(tmp_path)).share(CTX)
    finally:
        read_only.close()
