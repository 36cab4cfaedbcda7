"""What a witness is told of a save: every row that was written, own or taken along, as it was and as it is."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from nexus_studio.core.data.cells import DEFAULT, Cell, RowKey
from nexus_studio.core.data.changes import ChangeKind
from nexus_studio.core.data.images import Cause, Outcome, RowImage, coalesced
from nexus_studio.core.errors import ConstraintViolated, EditConflict, UserError
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.services import saverun
from nexus_studio.services.rowwriter import RowWriter
from nexus_studio.services.session import Session
from tests.integration.services.test_rowwriter import CTX, Sql, Table
from tests.support.watching import Watching

T = RelationName("public", "t")
OWN, CASCADE, SET_NULL = Cause.OWN, Cause.CASCADE, Cause.SET_NULL
INSERT, UPDATE, DELETE = ChangeKind.INSERT, ChangeKind.UPDATE, ChangeKind.DELETE


def name(table: str) -> RelationName:
    return RelationName("public", table)


def key(*cells: Cell) -> RowKey:
    return RowKey(cells)


def watched(table: Table, witness: Watching | None = None) -> Watching:
    watching = witness or Watching()
    frozen = table.changes.freeze()
    RowWriter(table.session).apply(frozen, {table.relation.name: table.relation}, CTX, witness=watching)
    return watching


def by_row(images: tuple[RowImage, ...]) -> dict[tuple[str, Cell], RowImage]:
    """Images by table and the first cell of the key they had, or have."""
    found = {(image.relation.name, (image.key or image.key_after or key(None)).cells[0]): image for image in images}
    assert len(found) == len(images)
    return found


def test_an_update_is_told_as_the_server_holds_it(session: Session, sql: Sql) -> None:
    sql(
        "CREATE TABLE t (id int PRIMARY KEY, n numeric(6,2), a text DEFAULT 'd', b text, g int GENERATED ALWAYS AS (id)"
        " STORED)"
    )
    sql("INSERT INTO t VALUES (1, 1.5, 'x', 'b'), (2, NULL, NULL, 'b')")
    table = Table(session, "t")
    table.changes.edit_cells(table.page.rows[0], {"n": "7", "a": DEFAULT})
    table.changes.edit(table.page.rows[1], "n", "1e2")
    images = by_row(watched(table).images)
    assert images["t", "1"] == RowImage(
        T, UPDATE, OWN, key("1"), key("1"), {"n": "1.50", "a": "x"}, {"n": "7.00", "a": "d"}
    )
    assert images["t", "2"] == RowImage(T, UPDATE, OWN, key("2"), key("2"), {"n": None}, {"n": "100.00"})


def test_new_rows_are_told_whole(session: Session, sql: Sql) -> None:
    sql(
        "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a text, d text DEFAULT 'd',"
        " g text GENERATED ALWAYS AS (upper(a)) STORED)"
    )
    table = Table(session, "t")
    table.changes.insert({"a": "x"})
    (image,) = watched(table).images
    assert image == RowImage(T, INSERT, OWN, None, key("1"), {}, {"id": "1", "a": "x", "d": "d", "g": "X"})


def test_a_key_that_changes_is_told_before_and_after(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (a int, b int, c text, PRIMARY KEY (a, b)); INSERT INTO t VALUES (1, 2, 'x')")
    table = Table(session, "t")
    table.changes.edit_cells(table.page.rows[0], {"b": "03", "c": "y"})
    (image,) = watched(table).images
    assert image == RowImage(T, UPDATE, OWN, key("1", "2"), key("1", "3"), {"b": "2", "c": "x"}, {"b": "3", "c": "y"})


def test_what_a_delete_takes_along_is_told_whole(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text, u int UNIQUE)")
    sql(
        "CREATE TABLE child (id int PRIMARY KEY, t int REFERENCES t ON DELETE CASCADE, v numeric, g int GENERATED"
        " ALWAYS AS (id * 2) STORED)"
    )
    sql("CREATE TABLE grandchild (id bigint PRIMARY KEY, child bigint REFERENCES child ON DELETE CASCADE)")
    sql("CREATE TABLE note (id int PRIMARY KEY, t int REFERENCES t ON DELETE SET NULL, w text)")
    sql("CREATE TABLE other (id int PRIMARY KEY, u int DEFAULT 7 REFERENCES t (u) ON DELETE SET DEFAULT)")
    sql("INSERT INTO t VALUES (1, 'gone', 1), (2, 'stays', 7), (3, 'gone', 3)")
    sql("INSERT INTO child VALUES (10, 1, 1.50), (20, 2, 2), (30, 3, NULL)")
    sql("INSERT INTO grandchild VALUES (100, 10), (200, 20), (300, NULL)")
    sql("INSERT INTO note VALUES (5, 1, 'w'), (6, 2, 'w')")
    sql("INSERT INTO other VALUES (8, 1), (9, 7)")
    table = Table(session, "t")
    table.changes.delete(table.page.rows[0])
    table.changes.delete(table.page.rows[2])
    images = by_row(watched(table).images)
    assert images == {
        ("t", "1"): RowImage(T, DELETE, OWN, key("1"), None, {"id": "1", "a": "gone", "u": "1"}),
        ("t", "3"): RowImage(T, DELETE, OWN, key("3"), None, {"id": "3", "a": "gone", "u": "3"}),
        ("child", "10"): RowImage(
            name("child"), DELETE, CASCADE, key("10"), None, {"id": "10", "t": "1", "v": "1.50", "g": "20"}
        ),
        ("child", "30"): RowImage(
            name("child"), DELETE, CASCADE, key("30"), None, {"id": "30", "t": "3", "v": None, "g": "60"}
        ),
        ("grandchild", "100"): RowImage(
            name("grandchild"), DELETE, CASCADE, key("100"), None, {"id": "100", "child": "10"}
        ),
        ("note", "5"): RowImage(name("note"), UPDATE, SET_NULL, key("5"), key("5"), {"t": "1"}, {"t": None}),
        ("other", "8"): RowImage(name("other"), UPDATE, Cause.SET_DEFAULT, key("8"), key("8"), {"u": "1"}, {"u": "7"}),
    }
    assert sql("SELECT count(*) FROM child") == [(1,)]


def test_rows_that_follow_a_key_are_told(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY)")
    sql("CREATE TABLE child (t int REFERENCES t ON UPDATE CASCADE, n int, PRIMARY KEY (t, n))")
    sql("CREATE TABLE leaf (id int PRIMARY KEY, t int, n int, FOREIGN KEY (t, n) REFERENCES child ON UPDATE CASCADE)")
    sql("INSERT INTO t VALUES (1), (2); INSERT INTO child VALUES (1, 1), (2, 1); INSERT INTO leaf VALUES (5, 1, 1)")
    table = Table(session, "t")
    table.changes.edit(table.page.rows[0], "id", "10")
    images = by_row(watched(table).images)
    assert set(images) == {("t", "1"), ("child", "1"), ("leaf", "5")}
    assert images["t", "1"] == RowImage(T, UPDATE, OWN, key("1"), key("10"), {"id": "1"}, {"id": "10"})
    child, leaf = images["child", "1"], images["leaf", "5"]
    assert (child.cause, child.key, child.key_after) == (Cause.KEY_FOLLOWS, key("1", "1"), key("10", "1"))
    assert (child.before["t"], child.after["t"]) == ("1", "10")
    assert (leaf.cause, leaf.before, leaf.after) == (Cause.KEY_FOLLOWS, {"t": "1", "n": "1"}, {"t": "10", "n": "1"})


def test_a_tree_in_one_table_is_told_once_a_row(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, up int REFERENCES t ON DELETE CASCADE ON UPDATE CASCADE)")
    sql("INSERT INTO t VALUES (1, NULL), (2, 1), (3, 2), (4, 3)")
    table = Table(session, "t")
    table.changes.delete(table.page.rows[0])
    table.changes.delete(table.page.rows[2])
    images = by_row(watched(table).images)
    assert {row: image.cause for row, image in images.items()} == {
        ("t", "1"): OWN,
        ("t", "2"): CASCADE,
        ("t", "3"): CASCADE,  # gone before its turn came
        ("t", "4"): CASCADE,
    }
    assert images["t", "4"].before == {"id": "4", "up": "3"}
    assert sql("SELECT * FROM t") == []


def test_keys_of_a_tree_that_change_together(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, up int REFERENCES t ON UPDATE CASCADE)")
    sql("INSERT INTO t VALUES (1, NULL), (2, 1), (3, 2)")
    table = Table(session, "t")
    table.changes.edit(table.page.rows[0], "id", "10")
    table.changes.edit(table.page.rows[1], "id", "20")
    images = by_row(watched(table).images)
    assert sql("SELECT * FROM t ORDER BY id") == [(3, 20), (10, None), (20, 10)]
    assert (images["t", "2"].before, images["t", "2"].after) == ({"id": "2", "up": "1"}, {"id": "20", "up": "10"})
    assert images["t", "2"].key_after == key("20")
    assert (images["t", "3"].before, images["t", "3"].after) == ({"up": "2"}, {"up": "20"})


def test_partitions_are_told_by_their_table(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text)")
    sql("CREATE TABLE part (id int, t int REFERENCES t ON DELETE CASCADE, PRIMARY KEY (id, t)) PARTITION BY RANGE (id)")
    sql("CREATE TABLE part_a PARTITION OF part FOR VALUES FROM (0) TO (10)")
    sql("CREATE TABLE part_b PARTITION OF part FOR VALUES FROM (10) TO (20)")
    sql("INSERT INTO t VALUES (1, 'x'); INSERT INTO part VALUES (1, 1), (11, 1)")
    table = Table(session, "t")
    table.changes.delete(table.page.rows[0])
    images = watched(table).images
    assert sorted((image.relation.name, image.key and image.key.cells) for image in images) == [
        ("part", ("1", "1")),
        ("part", ("11", "1")),
        ("t", ("1",)),
    ]


def test_a_partition_is_left_by_a_row_and_told(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text) PARTITION BY RANGE (id)")
    sql("CREATE TABLE t_a PARTITION OF t FOR VALUES FROM (0) TO (10)")
    sql("CREATE TABLE t_b PARTITION OF t FOR VALUES FROM (10) TO (20)")
    sql("INSERT INTO t VALUES (1, 'x')")
    table = Table(session, "t")
    table.changes.edit(table.page.rows[0], "id", "15")
    (image,) = watched(table).images
    assert image == RowImage(T, UPDATE, OWN, key("1"), key("15"), {"id": "1"}, {"id": "15"})
    assert sql("SELECT * FROM t_b") == [(15, "x")]


def test_rows_without_key_are_told_whole(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (a text, n numeric); INSERT INTO t VALUES ('x', 1.0), ('y', 2), ('z', 3)")
    table = Table(session, "t")
    table.changes.edit(table.page.rows[0], "a", "mine")
    table.changes.delete(table.page.rows[1])
    table.changes.insert({"a": "new"})
    sql("UPDATE t SET n = n WHERE a = 'x'")  # the row moves
    images = {image.kind: image for image in watched(table).images}
    assert images[UPDATE].before == {"a": "x", "n": "1.0"}
    assert images[UPDATE].after == {"a": "mine", "n": "1.0"}
    stands = images[UPDATE].key_after
    assert stands is not None
    assert stands.by_place
    assert images[DELETE].before == {"a": "y", "n": "2"}
    assert images[INSERT].after == {"a": "new", "n": None}
    assert len(images) == 3


def test_rows_that_may_not_be_read_are_told_as_such(profile: ConnectionProfile, sql: Sql) -> None:
    sql(
        "CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE child (id int PRIMARY KEY, t int REFERENCES t ON DELETE"
        " CASCADE); CREATE TABLE own (id int PRIMARY KEY, t int REFERENCES t ON DELETE CASCADE)"
    )
    sql("INSERT INTO t VALUES (1); INSERT INTO child VALUES (5, 1); INSERT INTO own VALUES (6, 1)")
    sql("ALTER TABLE own ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON own USING (id <> 6)")
    role = f"nxs_role_{uuid.uuid4().hex[:8]}"
    sql(f"CREATE ROLE {role}; GRANT ALL ON SCHEMA public TO {role}; GRANT ALL ON t, own TO {role}")
    limited = Session.open(replace(profile, role=role), None, CTX)
    table = Table(limited, "t")
    table.changes.delete(table.page.rows[0])
    images = watched(table).images
    assert {(image.relation.name, image.is_blind) for image in images} == {("t", False), ("child", True), ("own", True)}
    assert sql("SELECT count(*) FROM own") == [(0,)]
    limited.close()
    sql(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_the_transaction_s_number_is_told(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'a')")
    table = Table(session, "t")
    table.changes.edit(table.page.rows[0], "a", "b")
    watching = watched(table)
    assert watching.outcomes == [Outcome.WRITTEN]
    assert sql("SELECT txid_status(%s::text::bigint)", watching.transaction) == [("committed",)]


def test_a_witness_that_refuses_rolls_all_of_it_back(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'a')")
    table = Table(session, "t")
    table.changes.edit(table.page.rows[0], "a", "b")
    watching = Watching(UserError("history.full"))
    with pytest.raises(UserError):
        watched(table, watching)
    assert watching.outcomes == [Outcome.NOT_WRITTEN]
    assert sql("SELECT a FROM t") == [("a",)]


def test_a_save_that_is_refused_is_told_as_not_written(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'a')")
    sql("CREATE TABLE child (t int REFERENCES t INITIALLY DEFERRED); INSERT INTO child VALUES (1)")
    table = Table(session, "t")
    table.changes.edit(table.page.rows[0], "a", "b")
    sql("UPDATE t SET a = 'theirs'")
    watching = Watching()
    with pytest.raises(EditConflict):
        watched(table, watching)
    table.changes.clear()
    table.changes.delete(Table(session, "t").page.rows[0])
    late = Watching()
    with pytest.raises(ConstraintViolated) as caught:
        watched(table, late)
    assert caught.value.facts["change"] == 0
    assert watching.outcomes == late.outcomes == [Outcome.NOT_WRITTEN]
    assert watching.images == late.images == ()


def test_many_rows_of_several_shapes(session: Session, sql: Sql, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saverun, "LONGEST", 7)
    sql(
        "CREATE TABLE t (id int PRIMARY KEY, a text, b text); INSERT INTO t SELECT n, 'a', NULL FROM"
        " generate_series(1, 50) n"
    )
    table = Table(session, "t")
    for number, row in enumerate(table.page.rows):
        table.changes.edit(row, "ab"[number % 2], None if number % 3 else f"v{number}")
    images = watched(table).images
    changed = sql("SELECT count(*) FROM t WHERE a IS DISTINCT FROM 'a' OR b IS NOT NULL")
    assert changed == [(len(images),)]
    now = {str(row[0]): {"a": row[1], "b": row[2]} for row in sql("SELECT id, a, b FROM t")}
    for image in images:
        assert image.key is not None
        assert image.after.items() <= now[image.key.cells[0] or ""].items()


def test_rows_that_change_places_are_two(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int, a text, PRIMARY KEY (a), UNIQUE (id) DEFERRABLE INITIALLY DEFERRED)")
    sql("INSERT INTO t VALUES (1, 'x'), (2, 'y')")
    table = Table(session, "t")
    table.changes.edit(table.page.rows[0], "id", "2")
    table.changes.edit(table.page.rows[1], "id", "1")
    images = by_row(watched(table).images)
    assert {row: dict(image.after) for row, image in images.items()} == {
        ("t", "x"): {"id": "2"},
        ("t", "y"): {"id": "1"},
    }
    moved = [RowImage(T, UPDATE, OWN, key(a), key(b)) for a, b in (("1", "2"), ("2", "1"))]
    assert coalesced(moved) == tuple(moved)


@pytest.mark.parametrize("deferrable", ["", "DEFERRABLE"])
def test_rows_that_need_one_another_come_and_go(session: Session, sql: Sql, deferrable: str) -> None:
    sql(f"CREATE TABLE t (id int PRIMARY KEY, friend int REFERENCES t {deferrable})")
    table = Table(session, "t")
    table.changes.insert({"id": "1", "friend": "2"})
    table.changes.insert({"id": "2", "friend": "1"})
    images = by_row(watched(table).images)
    assert sql("SELECT * FROM t ORDER BY id") == [(1, 2), (2, 1)]
    assert {row: (image.kind, dict(image.after)) for row, image in images.items()} == {
        ("t", "1"): (INSERT, {"id": "1", "friend": "2"}),
        ("t", "2"): (INSERT, {"id": "2", "friend": "1"}),
    }
    table = Table(session, "t")
    for row in table.page.rows:
        table.changes.delete(row)
    images = by_row(watched(table).images)
    assert sql("SELECT * FROM t") == []
    assert {row: (image.kind, dict(image.before)) for row, image in images.items()} == {
        ("t", "1"): (DELETE, {"id": "1", "friend": "2"}),
        ("t", "2"): (DELETE, {"id": "2", "friend": "1"}),
    }


def test_a_circle_through_two_columns_and_an_edit(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, friend int REFERENCES t, v text)")
    sql("INSERT INTO t VALUES (1, NULL, 'x'), (2, 1, 'y')")
    table = Table(session, "t")
    table.changes.edit_cells(table.page.rows[1], {"friend": "3", "v": "z"})
    table.changes.insert({"id": "3", "friend": "2"})
    table.changes.delete(table.page.rows[0])
    images = by_row(watched(table).images)
    assert sql("SELECT * FROM t ORDER BY id") == [(2, 3, "z"), (3, 2, None)]
    assert (images["t", "2"].before, images["t", "2"].after) == ({"friend": "1", "v": "y"}, {"friend": "3", "v": "z"})


def test_a_cell_that_others_gave_the_same_value_is_no_conflict(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text, b text); INSERT INTO t VALUES (1, 'a', 'b')")
    table = Table(session, "t")
    table.changes.edit_cells(table.page.rows[0], {"a": "both", "b": "mine"})
    sql("UPDATE t SET a = 'both'")
    (image,) = watched(table).images
    assert (image.before, image.after) == ({"a": "both", "b": "b"}, {"a": "both", "b": "mine"})
