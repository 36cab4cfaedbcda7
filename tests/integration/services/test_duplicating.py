"""Duplicating on a real server: a row with chosen children, keys rewired, saved as one set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from nexus_studio.core.data.cells import DEFAULT, RowKey, StagedCell
from nexus_studio.core.data.duplicate import DuplicatePlan, Place
from nexus_studio.core.errors import DuplicateRefused, ForbiddenHere
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.schema.overlay import ModelOverlay, ModelTable
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.duplicating import MOST_COPIED, Duplicating
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.rowwriter import RowWriter
from nexus_studio.services.session import Session

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()


class Desk:
    """The service on a session, and a writer for what it makes."""

    def __init__(self, session: Session, overlay: ModelOverlay | None = None) -> None:
        self.session = session
        self.catalog = CatalogReader(session)
        self.service = Duplicating(session, self.catalog, overlay or ModelOverlay())

    def relation(self, name: str) -> Relation:
        return self.catalog.relation(RelationName("public", name), CTX)

    def plan(self, name: str, key: str, *children: str) -> DuplicatePlan:
        relation = self.relation(name)
        return self.service.plan(relation, RowKey((key,)), self.service.paths(relation, children, CTX), CTX)

    def save(self, plan: DuplicatePlan, answers: Mapping[Place, StagedCell] | None = None) -> None:
        by_relation = self.service.changes(plan, answers or {}, CTX)
        changes = [change for each in by_relation.values() for change in each]
        RowWriter(self.session).apply(changes, plan.relations, CTX)


@pytest.fixture
def shop(sql: Sql, server_version: int) -> None:
    """Orders with lines and notes of lines: identities, a serial, a generated column, unique values."""
    if server_version < 130000:
        sql("CREATE EXTENSION pgcrypto")  # whose gen_random_uuid() is
    sql("CREATE TABLE customers (id int PRIMARY KEY, name text)")
    sql(
        "CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code varchar(11) NOT NULL UNIQUE,"
        " customer int REFERENCES customers, total numeric(10, 2),"
        " twice numeric GENERATED ALWAYS AS (total * 2) STORED,"
        " created_at timestamptz NOT NULL DEFAULT now(), token uuid NOT NULL UNIQUE DEFAULT gen_random_uuid())"
    )
    sql(
        "CREATE TABLE lines (id serial PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders, position int NOT NULL,"
        " article text, UNIQUE (order_id, position))"
    )
    sql("CREATE TABLE notes (line_id int REFERENCES lines (id) ON DELETE CASCADE, words text)")
    sql("INSERT INTO customers VALUES (1, 'Ada')")
    sql("INSERT INTO orders (code, customer, total, created_at) VALUES ('A-1', 1, 10.00, '2020-01-01')")
    sql("INSERT INTO orders (code, customer, total) VALUES ('A-2', 1, 99)")
    sql("INSERT INTO lines (order_id, position, article) VALUES (1, 1, 'pen'), (1, 2, ''), (1, 3, NULL), (2, 1, 'x')")
    sql("INSERT INTO notes VALUES (1, 'first'), (1, 'first'), (3, 'third'), (4, 'other')")


@pytest.mark.usefixtures("shop")
def test_a_row_comes_with_its_children_and_theirs(session: Session, sql: Sql) -> None:
    desk = Desk(session)
    plan = desk.plan("orders", "1", "lines/notes")
    assert {str(name): count for name, count in plan.counts.items()} == {
        "orders": 1, "lines": 3, "notes": 3,
    }  # fmt: skip
    assert [(each.column, each.held, each.proposed) for each in plan.questions] == [("code", "A-1", "A-1 (copy)")]
    desk.save(plan)
    ((new, code, total, twice, is_now),) = sql(
        "SELECT id, code, total, twice, created_at > '2024-01-01' FROM orders WHERE id > 2"
    )
    assert (code, str(total), str(twice), is_now) == ("A-1 (copy)", "10.00", "20.00", True)
    lines = sql("SELECT position, article FROM lines WHERE order_id = %s ORDER BY position", new)
    assert lines == [(1, "pen"), (2, ""), (3, None)]
    words = sql(
        "SELECT l.position, n.words FROM notes n JOIN lines l ON l.id = n.line_id WHERE l.order_id = %s ORDER BY 1", new
    )
    assert words == [(1, "first"), (1, "first"), (3, "third")]
    assert sql("SELECT count(DISTINCT token) FROM orders") == [(3,)]
    assert sql("SELECT count(*) FROM lines WHERE order_id = 1") == [(3,)]


@pytest.mark.usefixtures("shop")
def test_numbers_go_on_behind_a_copy(session: Session, sql: Sql) -> None:
    desk = Desk(session)
    desk.save(desk.plan("orders", "1", "lines"))
    sql("INSERT INTO orders (code) VALUES ('next')")
    sql("INSERT INTO lines (order_id, position) SELECT id, 1 FROM orders WHERE code = 'next'")
    assert sql("SELECT count(*) FROM orders") == [(4,)]


@pytest.mark.usefixtures("shop")
def test_proposals_are_free_and_can_be_answered_otherwise(session: Session, sql: Sql) -> None:
    desk = Desk(session)
    desk.save(desk.plan("orders", "1"))
    plan = desk.plan("orders", "1")
    (question,) = plan.questions
    assert question.proposed == "A- (copy 2)"  # in the room that the type has
    desk.save(plan, {question.place: "B-7"})
    assert sql("SELECT code FROM orders ORDER BY id") == [("A-1",), ("A-2",), ("A-1 (copy)",), ("B-7",)]


@pytest.mark.usefixtures("shop")
def test_nothing_is_numbered_where_nothing_points_there(session: Session) -> None:
    desk = Desk(session)
    assert desk.plan("orders", "1").wanted() == ()
    assert len(desk.plan("orders", "1", "lines").wanted()) == 1


@pytest.mark.usefixtures("shop")
def test_children_are_listed_with_counts_level_by_level(session: Session) -> None:
    desk = Desk(session)
    orders = desk.relation("orders")
    (lines,) = desk.service.children(orders, RowKey(("1",)), CTX)
    assert (lines.key.table.name, lines.count.value, lines.count.certainty, lines.has_children) == (
        "lines", 3, "exact", True,
    )  # fmt: skip
    (notes,) = desk.service.children(orders, RowKey(("1",)), CTX, below=lines.path)
    assert (notes.key.table.name, notes.count.value, notes.has_children, notes.reason) == ("notes", 3, False, "")
    with pytest.raises(DuplicateRefused) as gone:
        desk.service.children(orders, RowKey(("77",)), CTX)
    assert gone.value.code == "duplicate.gone"


def test_a_tree_in_one_table_is_copied_with_its_shape(session: Session, sql: Sql) -> None:
    sql(
        "CREATE TABLE folders (id serial PRIMARY KEY, up int REFERENCES folders, main int REFERENCES folders,"
        " name text)"
    )
    sql("INSERT INTO folders VALUES (1, NULL, 3, 'root'), (2, 1, 1, 'a'), (3, 2, 1, 'b'), (9, 9, NULL, 'own')")
    desk = Desk(session)
    folders = desk.relation("folders")
    (up,) = [key for key in folders.referenced_by if key.columns == ("up",)]
    plan = desk.service.plan(folders, RowKey(("1",)), [(up, up)], CTX)
    sql("SELECT setval('folders_id_seq', 100)")
    desk.save(plan)
    assert sql(
        "SELECT c.name, u.name, m.name FROM folders c LEFT JOIN folders u ON u.id = c.up AND u.id > 100"
        " LEFT JOIN folders m ON m.id = c.main AND m.id > 100 WHERE c.id > 100 ORDER BY 1"
    ) == [("a", "root", "root"), ("b", "a", "root"), ("root", None, "b")]
    desk.save(desk.plan("folders", "9"))
    assert sql("SELECT id = up FROM folders WHERE name = 'own' ORDER BY id") == [(True,), (True,)]


def test_composite_and_natural_keys(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE parts (tenant int, code text, label text, PRIMARY KEY (tenant, code))")
    sql(
        "CREATE TABLE uses (tenant int, code text, n int, PRIMARY KEY (tenant, code, n),"
        " FOREIGN KEY (tenant, code) REFERENCES parts)"
    )
    sql("INSERT INTO parts VALUES (7, 'bolt', 'x'); INSERT INTO uses VALUES (7, 'bolt', 1), (7, 'bolt', 2)")
    desk = Desk(session)
    parts = desk.relation("parts")
    plan = desk.service.plan(parts, RowKey(("7", "bolt")), desk.service.paths(parts, ["uses"], CTX), CTX)
    (question,) = plan.questions
    assert (question.row, question.column) == (0, "code")
    desk.save(plan, {question.place: "nut"})
    assert sql("SELECT tenant, code, n FROM uses WHERE code = 'nut' ORDER BY n") == [(7, "nut", 1), (7, "nut", 2)]


def test_ids_of_the_models_are_made_and_constants_kept(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE users (id text PRIMARY KEY, email text NOT NULL UNIQUE, role text, secret text)")
    sql("CREATE TABLE logins (id text PRIMARY KEY, user_id text NOT NULL REFERENCES users, role text)")
    sql("INSERT INTO users VALUES ('u1', 'ada@example.org', 'COACH', 'hash'); INSERT INTO logins VALUES ('l1', 'u1')")
    made = iter(range(100))
    known = ModelTable(
        defaults={"id": lambda: f"new{next(made)}", "role": lambda: "STUDENT"}, sensitive=frozenset({"secret"})
    )
    tables = {RelationName("public", name): known for name in ("users", "logins")}
    desk = Desk(session, ModelOverlay(tables, masking=True))
    plan = desk.plan("users", "u1", "logins")
    assert [(each.column, each.reason) for each in plan.left_out] == [("secret", "masked")]
    assert [each.proposed for each in plan.questions] == ["ada+copy@example.org"]
    assert plan.wanted() == ()
    desk.save(plan)
    joined = "users u JOIN logins l ON l.user_id = u.id AND u.id <> 'u1'"
    assert sql(f"SELECT u.role, u.secret, left(l.id, 3) FROM {joined}") == [("COACH", None, "new")]


def test_what_cannot_be_proposed_has_to_be_said(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE seats (id serial PRIMARY KEY, number int NOT NULL UNIQUE)")
    sql("INSERT INTO seats (number) VALUES (5)")
    desk = Desk(session)
    plan = desk.plan("seats", "1")
    assert plan.questions[0].proposed is DEFAULT
    with pytest.raises(DuplicateRefused) as refused:
        desk.service.changes(plan, {}, CTX)
    assert (refused.value.code, refused.value.facts["column"]) == ("duplicate.unanswered", "number")
    desk.save(plan, {plan.questions[0].place: "6"})
    assert sql("SELECT number FROM seats ORDER BY 1") == [(5,), (6,)]


def test_too_many_are_refused(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE p (id serial PRIMARY KEY); CREATE TABLE c (id serial PRIMARY KEY, p int REFERENCES p)")
    sql("INSERT INTO p VALUES (1)")
    sql("INSERT INTO c (p) SELECT 1 FROM generate_series(1, %s)", MOST_COPIED)
    with pytest.raises(DuplicateRefused) as refused:
        Desk(session).plan("p", "1", "c")
    assert refused.value.code == "duplicate.too_many"


def test_an_unknown_child_is_named(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE p (id serial PRIMARY KEY); CREATE TABLE c (a int REFERENCES p, b int REFERENCES p)")
    sql("INSERT INTO p VALUES (1)")
    desk = Desk(session)
    for word in ("nothing", "c"):  # two keys of c lead there: one has to be named
        with pytest.raises(DuplicateRefused) as refused:
            desk.plan("p", "1", word)
        assert refused.value.facts["relation"] == word
    assert len(desk.plan("p", "1", "c_a_fkey").rows) == 1


@pytest.mark.usefixtures("shop")
def test_a_session_that_may_not_write_takes_no_numbers(profile: ConnectionProfile, sql: Sql) -> None:
    session = Session.open(replace(profile, read_only=True), None, CTX)
    try:
        desk = Desk(session)
        plan = desk.plan("orders", "1", "lines")
        before = sql("SELECT last_value, is_called FROM orders_id_seq")
        with pytest.raises(ForbiddenHere):
            desk.service.changes(plan, {}, CTX)
        assert sql("SELECT last_value, is_called FROM orders_id_seq") == before
    finally:
        session.close()


@pytest.mark.usefixtures("shop")
def test_without_the_right_to_numbers_the_row_is_copied_alone(session: Session, sql: Sql) -> None:
    sql("DROP ROLE IF EXISTS clerk_of_copies; CREATE ROLE clerk_of_copies; GRANT clerk_of_copies TO CURRENT_USER")
    sql("GRANT SELECT, INSERT ON orders, lines, customers TO clerk_of_copies; GRANT SELECT ON notes TO clerk_of_copies")
    clerk = Session.open(replace(session.profile, role="clerk_of_copies"), None, CTX)
    try:
        desk = Desk(clerk)
        plan = desk.plan("orders", "1", "lines")
        with pytest.raises(DuplicateRefused) as refused:
            desk.service.changes(plan, {}, CTX)
        assert (refused.value.code, refused.value.facts["column"]) == ("duplicate.numbers", "id")
        (child,) = desk.service.children(desk.relation("orders"), RowKey(("1",)), CTX)
        assert child.reason == ""
        (notes,) = desk.service.children(desk.relation("orders"), RowKey(("1",)), CTX, below=child.path)
        assert notes.reason == "privilege"
        desk.save(desk.plan("orders", "1"))
        assert sql("SELECT count(*) FROM orders") == [(3,)]
    finally:
        clerk.close()
        sql("DROP OWNED BY clerk_of_copies; DROP ROLE clerk_of_copies")


def test_children_in_partitions_are_one_table(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE p (id serial PRIMARY KEY, name text); INSERT INTO p (name) VALUES ('a')")
    sql("CREATE TABLE c (id int, at date, p int REFERENCES p, PRIMARY KEY (id, at)) PARTITION BY RANGE (at)")
    sql("CREATE TABLE c26 PARTITION OF c FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')")
    sql("CREATE TABLE c27 PARTITION OF c FOR VALUES FROM ('2027-01-01') TO ('2028-01-01')")
    sql("INSERT INTO c VALUES (1, '2026-05-05', 1), (2, '2027-05-05', 1)")
    desk = Desk(session)
    children = desk.service.children(desk.relation("p"), RowKey(("1",)), CTX)
    assert [(child.key.table.name, child.count.value) for child in children] == [("c", 2)]


def test_partial_indexes_on_numbers_are_left_to_the_server(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id serial PRIMARY KEY, owner int NOT NULL, active bool, slug text)")
    sql("CREATE UNIQUE INDEX ON t (owner) WHERE active; CREATE UNIQUE INDEX ON t (slug) WHERE active")
    sql("INSERT INTO t (owner, active, slug) VALUES (5, false, 's')")
    desk = Desk(session)
    plan = desk.plan("t", "1")
    assert [each.column for each in plan.questions] == ["slug"]
    desk.save(plan)
    assert sql("SELECT owner, slug FROM t ORDER BY id") == [(5, "s"), (5, "s (copy)")]


def test_unique_expressions_are_asked_by_their_columns(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id serial PRIMARY KEY, tenant int NOT NULL, mail text NOT NULL)")
    sql("CREATE UNIQUE INDEX t_mail ON t (tenant, lower(mail))")
    sql("INSERT INTO t (tenant, mail) VALUES (1, 'Ada@example.org')")
    desk = Desk(session)
    plan = desk.plan("t", "1")
    assert [(each.column, each.index, each.proposed) for each in plan.questions] == [
        ("mail", "t_mail", "Ada+copy@example.org")
    ]
    desk.save(plan)
    assert sql("SELECT count(*) FROM t") == [(2,)]
