"""A revert that was altered, or staged beside other edits, is told as a taking back: in part, or among others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nexus_studio.core.data.cells import PageRequest, Row
from nexus_studio.core.data.changeset import ChangeSet
from nexus_studio.core.data.history import Action, SavedSet, SetQuery, Source, TakenBack
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.history.service import HistoryService
from nexus_studio.services.paths import Paths
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.rowsource import RowSource
from nexus_studio.services.rowwriter import RowWriter
from nexus_studio.services.session import Session

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()
NAME = RelationName("public", "t")


class Desk:
    """What the window does with one table and its history, without the window."""

    def __init__(self, session: Session, home: Path) -> None:
        self.session = session
        self.history = HistoryService(session, Paths.below(home))
        self.catalog = CatalogReader(session)
        self.relation = self.catalog.relation(NAME, CTX)

    def changes(self) -> ChangeSet:
        return ChangeSet(self.relation)

    def rows(self) -> dict[str, Row]:
        page = RowSource(self.session).fetch(self.relation, RowQuery(NAME), PageRequest(0, 100), 1, CTX)
        return {row.cells[0] or "NULL": row for row in page.rows}

    def save(self, changes: ChangeSet) -> SavedSet:
        witness = self.history.witness()
        RowWriter(self.session).apply(changes.freeze(), {NAME: self.relation}, CTX, witness=witness)
        return self.history.sets(CTX, limit=1)[0]

    def staged(self, saved: SavedSet, into: ChangeSet | None = None) -> ChangeSet:
        """Stage the inverse of a set, as *Revert…* does."""
        changes = into or self.changes()
        inverse = self.history.inverse(saved.id, self.catalog, CTX)
        self.history.choose(saved.id)
        changes.adopt(inverse.changes[NAME], with_deletions=True)
        return changes

    def again(self, saved: SavedSet) -> SavedSet:
        return self.history.find(saved.id, CTX)


@pytest.fixture
def desk(session: Session, sql: Sql, tmp_path: Path) -> Desk:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text, b text)")
    sql("INSERT INTO t SELECT n, 'a' || n, 'b' || n FROM generate_series(1, 5) n")
    return Desk(session, tmp_path)


@pytest.fixture
def saved(desk: Desk) -> SavedSet:
    """A set that changed two cells of a row, and one of another; deleted a row and made one."""
    changes, rows = desk.changes(), desk.rows()
    changes.edit(rows["1"], "a", "x1")
    changes.edit(rows["1"], "b", "y1")
    changes.edit(rows["2"], "a", "x2")
    changes.delete(rows["3"])
    changes.insert({"id": "9", "a": "new"})
    return desk.save(changes)


def test_all_of_it_and_nothing_else_is_a_revert(desk: Desk, saved: SavedSet) -> None:
    back = desk.save(desk.staged(saved))
    assert (back.action, back.reverts, back.takes_back) == (Action.REVERT, saved.id, ())
    assert (desk.again(saved).reverted_by, desk.again(saved).in_part_by) == (back.id, ())


def test_beside_edits_of_other_rows(desk: Desk, saved: SavedSet) -> None:
    changes = desk.changes()
    changes.edit(desk.rows()["5"], "a", "mine")
    back = desk.save(desk.staged(saved, changes))
    assert (back.action, back.reverts) == (Action.SAVE, "")
    assert back.takes_back == (TakenBack(saved.id, is_whole=True),)
    assert (desk.again(saved).reverted_by, desk.again(saved).in_part_by) == (back.id, ())


def test_beside_another_cell_of_a_row_that_is_taken_back(desk: Desk, saved: SavedSet) -> None:
    changes = desk.staged(saved)
    changes.edit(desk.rows()["2"], "b", "mine")
    back = desk.save(changes)
    assert (back.action, back.reverts) == (Action.SAVE, "")
    assert back.takes_back == (TakenBack(saved.id, is_whole=True),)


@pytest.mark.parametrize("altered", ["row left out", "cell left out", "cell changed", "new row changed"])
def test_altered_before_it_is_saved(desk: Desk, saved: SavedSet, altered: str) -> None:
    changes, rows = desk.staged(saved), desk.rows()
    if altered == "row left out":
        changes.revert(rows["2"].key)
    elif altered == "cell left out":
        changes.edit(rows["1"], "b", "y1")
    elif altered == "cell changed":
        changes.edit(rows["1"], "b", "another")
    else:
        (draft,) = changes.drafts()
        changes.edit_draft(draft.draft, "a", "another")
    back = desk.save(changes)
    assert (back.action, back.reverts) == (Action.SAVE, "")
    assert back.takes_back == (TakenBack(saved.id, is_whole=False),)
    assert (desk.again(saved).reverted_by, desk.again(saved).in_part_by) == ("", (back.id,))


def test_the_rest_of_it_later(desk: Desk, saved: SavedSet) -> None:
    first, second, key = desk.staged(saved), desk.staged(saved), desk.rows()["2"].key
    first.revert(key)
    half = desk.save(first)
    for change in second.freeze():
        if change.key != key:
            second.revert(change.draft)
    rest = desk.save(second)
    assert desk.again(saved).in_part_by == (rest.id, half.id)
    assert desk.again(saved).reverted_by == ""


def test_two_sets_in_one_save(desk: Desk, saved: SavedSet) -> None:
    more = desk.changes()
    more.edit(desk.rows()["4"], "a", "x4")
    other = desk.save(more)
    back = desk.save(desk.staged(other, desk.staged(saved)))
    assert back.takes_back == (TakenBack(other.id, is_whole=True), TakenBack(saved.id, is_whole=True))
    assert desk.again(saved).reverted_by == desk.again(other).reverted_by == back.id


def test_what_was_only_looked_at_is_not_told_of_other_saves(desk: Desk, saved: SavedSet) -> None:
    desk.history.inverse(saved.id, desk.catalog, CTX)
    changes, rows = desk.changes(), desk.rows()
    changes.edit(rows["2"], "a", "a2")
    changes.edit(rows["5"], "a", "mine")
    assert desk.save(changes).takes_back == ()
    assert desk.again(saved).in_part_by == ()


def test_other_edits_of_the_same_rows_take_nothing_back(desk: Desk, saved: SavedSet) -> None:
    desk.staged(saved)  # and discarded
    changes = desk.changes()
    changes.edit(desk.rows()["1"], "a", "neither")
    assert desk.save(changes).takes_back == ()


def test_rows_without_a_key(session: Session, sql: Sql, tmp_path: Path) -> None:
    sql("CREATE TABLE t (a text, b text)")
    sql("INSERT INTO t VALUES ('1', 'x'), ('1', 'x'), ('2', 'y')")
    desk = Desk(session, tmp_path)
    changes = desk.changes()
    for row in RowSource(session).fetch(desk.relation, RowQuery(NAME), PageRequest(0, 100), 1, CTX).rows:
        changes.delete(row)
    saved = desk.save(changes)
    inverse = desk.history.inverse(saved.id, desk.catalog, CTX)
    desk.history.choose(saved.id)
    relations, (one, *others) = {NAME: desk.relation}, inverse.changes[NAME]
    RowWriter(session).apply([one], relations, CTX, witness=desk.history.witness())
    assert desk.history.sets(CTX, limit=1)[0].takes_back == (TakenBack(saved.id, is_whole=False),)
    RowWriter(session).apply([one, *others], relations, CTX, witness=desk.history.witness())
    assert desk.history.sets(CTX, limit=1)[0].reverts == saved.id


def test_the_team_is_told_too(desk: Desk) -> None:
    desk.history.share(CTX)
    shared = SetQuery(source=Source.SHARED)
    more = desk.changes()
    more.edit(desk.rows()["4"], "a", "x4")
    more.edit(desk.rows()["4"], "b", "y4")
    saved = desk.save(more)
    half = desk.staged(saved)
    half.edit(desk.rows()["4"], "b", "y4")
    back = desk.save(half)
    others = desk.staged(saved)
    others.revert(desk.rows()["4"].key)
    told = desk.history.sets(CTX, shared)
    assert told[0].takes_back == back.takes_back == (TakenBack(saved.id, is_whole=False),)
    assert (told[1].in_part_by, told[1].reverted_by) == ((back.id,), "")
    both = desk.staged(back)
    both.edit(desk.rows()["5"], "a", "mine")
    whole = desk.save(both)
    assert desk.history.find(back.id, CTX, source=Source.SHARED).reverted_by == whole.id
