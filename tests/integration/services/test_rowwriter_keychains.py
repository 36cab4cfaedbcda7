"""Keys that follow through a table of which nothing is staged: a <- b <- c, saved together in one transaction."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nexus_studio.core.data.cells import RowKey
from nexus_studio.core.data.changes import RowChange
from nexus_studio.core.data.images import Cause
from nexus_studio.core.data.merge import Conflict
from nexus_studio.core.errors import EditConflict
from nexus_studio.services.rowwriter import RowWriter
from nexus_studio.services.session import Session
from tests.integration.services.test_rowwriter import CTX, Sql, Table
from tests.support.watching import Watching

CHAIN = """
    CREATE TABLE a (id int PRIMARY KEY, t text);
    CREATE TABLE b (a int REFERENCES a ON UPDATE CASCADE, n int, PRIMARY KEY (a, n));
    CREATE TABLE c (a int, n int, k int, v text, PRIMARY KEY (a, n, k),
                    FOREIGN KEY (a, n) REFERENCES b ON UPDATE CASCADE);
    CREATE TABLE d (id int PRIMARY KEY, a int NOT NULL, n int NOT NULL, k int NOT NULL, v text,
                    FOREIGN KEY (a, n, k) REFERENCES c ON UPDATE CASCADE);
    INSERT INTO a VALUES (1, 'one'), (2, 'two');
    INSERT INTO b VALUES (1, 1), (1, 2), (2, 1);
    INSERT INTO c VALUES (1, 1, 1, 'p'), (1, 1, 2, 'q'), (2, 1, 1, 'r');
    INSERT INTO d VALUES (1, 1, 1, 1, 'x'), (2, 2, 1, 1, 'y')
"""


@pytest.fixture
def tables(session: Session, sql: Sql) -> dict[str, Table]:
    sql(CHAIN)
    return {name: Table(session, name) for name in "abcd"}


def write(tables: dict[str, Table], *, is_kept: bool = True) -> Watching | None:
    """Save all that is staged as one."""
    changes: list[RowChange] = [each for table in tables.values() for each in table.changes.freeze()]
    used = [table for table in tables.values() if not table.changes.is_empty]
    witness = Watching() if is_kept else None
    RowWriter(used[0].session).apply(changes, {t.relation.name: t.relation for t in used}, CTX, witness=witness)
    return witness


@pytest.mark.parametrize("is_kept", [True, False])
def test_rows_found_by_a_key_that_follows_are_edited_and_deleted(
    tables: dict[str, Table], sql: Sql, is_kept: bool
) -> None:
    a, c, d = tables["a"], tables["c"], tables["d"]
    a.changes.edit(a.page.rows[0], "id", "9")
    c.changes.edit(c.page.rows[0], "v", "new")
    c.changes.delete(c.page.rows[1])
    d.changes.edit(d.page.rows[0], "v", "far")
    write(tables, is_kept=is_kept)
    assert sql("SELECT * FROM c ORDER BY 1, 2, 3") == [(2, 1, 1, "r"), (9, 1, 1, "new")]
    assert sql("SELECT * FROM d ORDER BY 1") == [(1, 9, 1, 1, "far"), (2, 2, 1, 1, "y")]


def test_new_rows_point_to_what_follows(tables: dict[str, Table], sql: Sql) -> None:
    a, c, d = tables["a"], tables["c"], tables["d"]
    a.changes.edit(a.page.rows[0], "id", "9")
    c.changes.insert({"a": "9", "n": "2", "k": "5", "v": "made"})
    d.changes.edit_cells(d.page.rows[1], {"a": "9"})  # from what stands still to what follows
    write(tables)
    assert sql("SELECT * FROM c WHERE v = 'made'") == [(9, 2, 5, "made")]
    assert sql("SELECT * FROM d ORDER BY 1") == [(1, 9, 1, 1, "x"), (2, 9, 1, 1, "y")]


def test_rows_move_between_rows_that_follow(tables: dict[str, Table], sql: Sql) -> None:
    a, c, d = tables["a"], tables["c"], tables["d"]
    a.changes.edit(a.page.rows[0], "id", "9")
    c.changes.edit_cells(c.page.rows[1], {"a": "9", "n": "2"})
    d.changes.edit_cells(d.page.rows[1], {"a": "9", "v": "led there"})
    witness = write(tables)
    assert sql("SELECT * FROM c ORDER BY 1, 2, 3") == [(2, 1, 1, "r"), (9, 1, 1, "p"), (9, 2, 2, "q")]
    assert sql("SELECT * FROM d ORDER BY 1") == [(1, 9, 1, 1, "x"), (2, 9, 1, 1, "led there")]
    assert witness is not None
    moved = next(each for each in witness.images if each.relation.name == "c" and each.cause is Cause.OWN)
    assert moved.key == RowKey(("1", "1", "2"))  # what it was before the save, not on its way
    assert (moved.before["a"], moved.after["a"], moved.after["n"]) == ("1", "9", "2")


def test_what_others_changed_is_still_a_conflict(tables: dict[str, Table], sql: Sql) -> None:
    a, c = tables["a"], tables["c"]
    a.changes.edit(a.page.rows[0], "id", "9")
    c.changes.edit(c.page.rows[0], "v", "mine")
    sql("UPDATE c SET v = 'theirs' WHERE v = 'p'")
    with pytest.raises(EditConflict) as caught:
        write(tables)
    (conflict,) = caught.value.conflicts
    assert isinstance(conflict, Conflict)
    assert [(cell.column, cell.base, cell.mine, cell.theirs) for cell in conflict.cells] == [
        ("v", "p", "mine", "theirs")
    ]
    assert sql("SELECT id FROM a ORDER BY 1") == [(1,), (2,)]


def test_the_review_shows_the_row_where_it_will_stand(tables: dict[str, Table]) -> None:
    a, c = tables["a"], tables["c"]
    a.changes.edit(a.page.rows[0], "id", "9")
    c.changes.edit(c.page.rows[0], "v", "new")
    relations = {table.relation.name: table.relation for table in (a, c)}
    first, then = RowWriter(a.session).preview(relations, (*a.changes.freeze(), *c.changes.freeze()), CTX)
    assert 'UPDATE "public"."a"' in first
    assert 'WHERE "a" = 9' in then


PAIRS = """
    CREATE TABLE p (x int, y int, PRIMARY KEY (x, y));
    CREATE TABLE q (id int PRIMARY KEY, x int, y int, v text, FOREIGN KEY (x, y) REFERENCES p ON UPDATE CASCADE);
    INSERT INTO p VALUES (1, 1), (2, 1);
    INSERT INTO q VALUES (1, 1, 1, 'a'), (2, 1, 1, 'b'), (3, 2, 1, 'c')
"""


@pytest.fixture
def pairs(session: Session, sql: Sql) -> dict[str, Table]:
    sql(PAIRS)
    return {name: Table(session, name) for name in "pq"}


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_link_of_which_a_part_is_edited_is_found_where_it_has_gone(
    pairs: dict[str, Table], sql: Sql, is_kept: bool
) -> None:
    p, q = pairs["p"], pairs["q"]
    p.changes.edit(p.page.rows[0], "x", "9")
    q.changes.edit(q.page.rows[0], "x", "2")  # `y` is not edited: the change does not know it
    write(pairs, is_kept=is_kept)
    assert sql("SELECT id, x, y FROM q ORDER BY 1") == [(1, 2, 1), (2, 9, 1), (3, 2, 1)]


def test_a_row_that_was_not_read_whole_is_deleted_where_its_link_has_gone(pairs: dict[str, Table], sql: Sql) -> None:
    p, q = pairs["p"], pairs["q"]
    p.changes.edit(p.page.rows[0], "x", "9")
    q.changes.delete(q.page.rows[0])
    (staged,) = q.changes.freeze()
    (version,) = sql("SELECT xmin::text FROM q WHERE id = 1")[0]
    blind = replace(staged, base={"id": "1"}, version=version)
    relations = {t.relation.name: t.relation for t in pairs.values()}
    RowWriter(p.session).apply([*p.changes.freeze(), blind], relations, CTX, witness=Watching())
    assert sql("SELECT id, x, y FROM q ORDER BY 1") == [(2, 9, 1), (3, 2, 1)]


def test_a_link_of_which_a_part_is_edited_leads_to_what_moves(pairs: dict[str, Table], sql: Sql) -> None:
    p, q = pairs["p"], pairs["q"]
    q.changes.edit(q.page.rows[0], "x", "2")
    q.changes.edit(q.page.rows[2], "x", "9")
    p.changes.edit(p.page.rows[0], "x", "9")
    p.changes.edit(p.page.rows[1], "x", "1")
    q.changes.edit(q.page.rows[0], "x", "1")  # back: it goes along with the first, and nothing is staged of it
    q.changes.edit(q.page.rows[0], "v", "new")
    write(pairs)
    assert sql("SELECT id, x, y, v FROM q ORDER BY 1") == [(1, 9, 1, "new"), (2, 9, 1, "b"), (3, 9, 1, "c")]


def test_the_part_that_was_read_guards_nothing_and_the_edited_one_does(pairs: dict[str, Table], sql: Sql) -> None:
    p, q = pairs["p"], pairs["q"]
    p.changes.edit(p.page.rows[0], "x", "9")
    q.changes.edit(q.page.rows[0], "x", "2")
    sql("INSERT INTO p VALUES (3, 1); UPDATE q SET x = 3 WHERE id = 1")
    with pytest.raises(EditConflict) as refused:
        write(pairs)
    (conflict,) = refused.value.conflicts
    assert isinstance(conflict, Conflict)
    assert [(cell.column, cell.base, cell.mine, cell.theirs) for cell in conflict.cells] == [("x", "1", "2", "3")]


def test_the_review_of_such_a_link_shows_it_where_it_will_stand(pairs: dict[str, Table]) -> None:
    p, q = pairs["p"], pairs["q"]
    p.changes.edit(p.page.rows[0], "x", "9")
    q.changes.edit(q.page.rows[0], "x", "2")
    relations = {t.relation.name: t.relation for t in pairs.values()}
    changes = [each for table in pairs.values() for each in table.changes.freeze()]
    said = RowWriter(p.session).preview(relations, changes, CTX)
    assert ['"q"' in each for each in said] == [True, False]  # before it goes along
    assert RowWriter(p.session).impact(changes, relations, CTX).unknown is None
