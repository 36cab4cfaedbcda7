"""A masking connection: whatever is done, the server never sends a sensitive value. The line itself is listened to."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from nexus_studio.core.data.cells import MASKED, PageRequest, Row, RowKey
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.data.changeset import ChangeSet
from nexus_studio.core.data.filters import Condition
from nexus_studio.core.data.rowformats import MASK
from nexus_studio.core.data.rowquery import RowQuery, Sort
from nexus_studio.core.data.transfer import ExportRows, ExportSpec
from nexus_studio.core.data.transferplan import ImportMode, Wishes
from nexus_studio.core.data.undoing import Gap, inverse_of
from nexus_studio.core.errors import ConstraintViolated, EditConflict, InvalidFilter, PermissionDenied
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.schema.catalog import Editing, Relation
from nexus_studio.core.schema.overlay import ModelOverlay, ModelTable
from nexus_studio.core.sql.aggregates import Span
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.aggregates import server_totals
from nexus_studio.services.draftchecking import check_draft
from nexus_studio.services.duplicating import Duplicating
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.relatedrows import related_sample, target_label
from nexus_studio.services.rowgathering import Gap as Stretch
from nexus_studio.services.rowgathering import Wish, gather
from nexus_studio.services.rowsource import RowSource
from nexus_studio.services.rowwriter import RowWriter
from nexus_studio.services.session import Session
from nexus_studio.services.transfer.service import TransferService
from tests.support.listening import Heard, listening_proxy
from tests.support.watching import Watching

Sql = Callable[..., list[tuple[Any, ...]]]

CTX = TaskContext.for_test()
SECRET = "canary.person@example.org"

SCHEMA = f"""
CREATE TABLE people (id int PRIMARY KEY, email text UNIQUE, name text, bio text, age int, CHECK (age < 200));
CREATE TABLE logins (id int PRIMARY KEY, person int REFERENCES people ON DELETE CASCADE ON UPDATE CASCADE,
                     mail text REFERENCES people (email) ON UPDATE CASCADE, note text);
CREATE TABLE loose (email text, note text);
CREATE TABLE accounts (email text PRIMARY KEY, note text);
CREATE TABLE parted (id int, email text, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10);
CREATE VIEW shown AS SELECT id, email FROM people;
CREATE VIEW renamed AS SELECT id, lower(email) AS contact FROM people;
CREATE VIEW whole AS SELECT p::text AS row FROM people p;
INSERT INTO people SELECT n, CASE n WHEN 9 THEN NULL ELSE '{SECRET}' || n END, 'name ' || n,
       '{SECRET}' || repeat('x', 400), n FROM generate_series(1, 9) n;
INSERT INTO logins SELECT n, n, '{SECRET}' || n, 'note' FROM generate_series(1, 8) n;
INSERT INTO loose SELECT '{SECRET}' || n, 'note ' || n FROM generate_series(1, 5) n;
INSERT INTO accounts SELECT '{SECRET}' || n, 'note ' || n FROM generate_series(1, 5) n;
INSERT INTO parted VALUES (1, '{SECRET}')
"""


def named(name: str) -> RelationName:
    return RelationName("public", name)


@dataclass
class Desk:
    """The services of a masking connection, and what the server said to them."""

    session: Session
    catalog: CatalogReader
    overlay: ModelOverlay
    rows: RowSource
    writer: RowWriter
    heard: Heard
    sql: Sql

    def relation(self, name: str) -> Relation:
        return self.catalog.relation(named(name), CTX)

    def page(self, name: str, *sort: Sort) -> tuple[Row, ...]:
        request = PageRequest(0, 100)
        return self.rows.fetch(self.relation(name), RowQuery(named(name), sort=sort), request, 0, CTX).rows

    def save(self, changes: tuple[RowChange, ...], *names: str) -> Watching:
        watching = Watching()
        relations = {named(name): self.relation(name) for name in names}
        self.writer.apply(changes, relations, CTX, witness=watching)
        return watching


@pytest.fixture
def desk(profile: ConnectionProfile, sql: Sql) -> Iterator[Desk]:
    sql(SCHEMA)
    known = ModelTable(label=("name",), sensitive=frozenset({"email", "bio"}))
    tables = {named(name): known for name in ("people", "loose", "accounts", "parted")}
    overlay = ModelOverlay(tables, masking=True)
    with listening_proxy(profile.host, profile.port or 5432) as (port, heard):
        session = Session.open(replace(profile, host="127.0.0.1", port=port, masking=True), None, CTX)
        catalog = CatalogReader(session, overlay)
        yield Desk(session, catalog, overlay, RowSource(session), RowWriter(session, catalog), heard, sql)
        session.close()


@pytest.fixture(autouse=True)
def nothing_told(desk: Desk) -> Iterator[None]:
    yield
    assert len(desk.heard) > 1000  # the line was listened to
    assert desk.heard.count(SECRET) == 0


def test_the_line_is_listened_to(desk: Desk) -> None:
    assert desk.rows.revealed(desk.relation("people"), RowKey(("1",)), "email", CTX) == SECRET + "1"
    assert desk.heard.count(SECRET) == 1
    desk.heard.hush(SECRET)


def test_pages_and_single_rows(desk: Desk) -> None:
    rows = desk.page("people")
    assert [row.cells[1] for row in rows] == [MASK] * 8 + [None]
    assert rows[0].cells == ("1", MASK, "name 1", MASK, "1")
    assert rows[0].sizes == {1: MASKED, 3: MASKED}
    assert desk.page("people", Sort("name", descending=True))[0].cells[0] == "9"
    with pytest.raises(InvalidFilter):
        desk.page("people", Sort("email"))
    one = desk.rows.row_by_key(desk.relation("people"), RowKey(("2",)), CTX)
    assert one is not None
    assert one.cells == rows[1].cells
    assert desk.rows.whole_cells(desk.relation("people"), RowKey(("2",)), ("email", "bio", "name"), CTX) == {
        "email": MASK, "bio": MASK, "name": "name 2",
    }  # fmt: skip
    narrow = replace(PageRequest(0, 5), columns=frozenset({"email"}))
    page = desk.rows.fetch(desk.relation("people"), RowQuery(named("people")), narrow, 0, CTX)
    assert page.rows[0].cells[1] == MASK


@pytest.mark.parametrize("name", ["logins", "loose", "accounts", "parted", "parted_1", "shown", "renamed", "whole"])
def test_everywhere_the_same_values_are_shown(desk: Desk, name: str) -> None:
    rows = desk.page(name)
    assert rows
    assert desk.relation(name).masked
    assert any(MASK in row.cells for row in rows)


def test_a_sensitive_key_is_no_key(desk: Desk) -> None:
    relation = desk.relation("accounts")
    assert (relation.key, relation.editing) == ((), Editing.BY_ALL_CELLS)
    row = desk.page("accounts")[1]
    changes = ChangeSet(relation)
    changes.edit(row, "note", "edited")
    images = desk.save(changes.freeze(), "accounts").images
    assert desk.sql("SELECT email FROM accounts WHERE note = 'edited'") == [(SECRET + "2",)]
    assert images[0].after == {"email": MASK, "note": "edited"}
    desk.sql("UPDATE accounts SET email = 'other@example.org' WHERE note = 'note 3'")
    changes.clear()
    changes.edit(row, "note", "again")
    with pytest.raises(EditConflict):
        desk.save(changes.freeze(), "accounts")


def test_filters_search_and_sums(desk: Desk) -> None:
    relation = desk.relation("people")
    for condition in (Condition.of("email", "starts_with", "canary"), Condition.of("email", "is_not_null")):
        asked = RowQuery(named("people")).filtered_by(condition)  # who knows a value may look for its row
        assert desk.rows.count(relation, asked, CTX).value == 8
        assert len(desk.rows.fetch(relation, asked, PageRequest(0, 100), 0, CTX).rows) == 8
        desk.rows.cost(relation, asked, CTX)
    assert desk.rows.count(relation, RowQuery(named("people")).searching("canary"), CTX).value == 0
    query = RowQuery(named("people"))
    totals = server_totals(desk.rows, relation, query, [(Span(), ("email", "age"))], CTX)
    assert (totals.cells, str(totals.sum)) == (9, "45")


def test_labels_pickers_and_related_rows(desk: Desk) -> None:
    people, logins = desk.relation("people"), desk.relation("logins")
    assert desk.rows.labels(people, ("id",), ("email",), [("1",)], CTX) == {}
    assert desk.rows.labels(people, ("id",), ("name",), [("1",)], CTX) == {("1",): "name 1"}
    assert desk.rows.search(people, ("email",), ("name",), "", 10, CTX) == []
    assert len(desk.rows.search(people, ("id",), ("name", "email"), "name", 10, CTX)) == 9
    cells = {"id": "1", "email": MASK}
    for key in people.referenced_by:
        desk.rows.related_counts([(logins, key)], cells, CTX)
        is_hidden = "mail" in key.columns  # nobody could say which rows these are without asking for the value
        with pytest.raises(PermissionDenied) if is_hidden else nullcontext():
            related_sample(desk.session, logins, key, cells, desk.overlay, CTX)
    for key in logins.foreign_keys:
        target_label(desk.rows, people, key, {"person": "1", "mail": MASK}, desk.overlay, CTX)


def test_copying_and_exporting(desk: Desk, tmp_path: Path) -> None:
    relation, query = desk.relation("people"), RowQuery(named("people"))
    wish = Wish((Stretch(0, None),), (), frozenset({"email", "bio", "name"}))
    found = gather(desk.rows, relation, query, wish, CTX)
    assert len(found.rows) == 9
    assert found.whole == {}
    service = TransferService(desk.session, desk.overlay)
    service.export(relation, ExportRows(query), ExportSpec(), tmp_path / "out.csv", CTX, may_replace=False)
    assert MASK in (tmp_path / "out.csv").read_text()
    logins = desk.relation("logins")
    service.export(
        logins, ExportRows(RowQuery(logins.name)), ExportSpec(), tmp_path / "more.csv", CTX, may_replace=False
    )


def test_saves_and_what_history_keeps_of_them(desk: Desk) -> None:
    people = desk.relation("people")
    rows = desk.page("people")
    changes = ChangeSet(people)
    changes.edit(rows[0], "name", "other")
    changes.edit(rows[1], "id", "20")  # its logins follow
    changes.delete(rows[2])  # and takes its login along
    changes.insert({"id": "50", "email": "typed@example.org", "name": "new"})
    watching = desk.save(changes.freeze(), "people")
    images = {(image.relation.name, image.kind, image.cause.value): image for image in watching.images}
    assert images["people", ChangeKind.DELETE, "own"].before["email"] == MASK
    assert images["logins", ChangeKind.DELETE, "cascade"].before["mail"] == MASK
    assert images["people", ChangeKind.INSERT, "own"].after["email"] == MASK
    assert desk.sql("SELECT count(*) FROM people WHERE email = 'typed@example.org' OR id = 20") == [(2,)]
    back = inverse_of(watching.images, {named(name): desk.relation(name) for name in ("people", "logins")})
    assert {(short.relation.name, short.gap) for short in back.shortfalls} == {
        ("people", Gap.MASKED), ("logins", Gap.MASKED),
    }  # fmt: skip
    desk.writer.apply(back.all_changes(), {named(n): desk.relation(n) for n in ("people", "logins")}, CTX)
    assert desk.sql("SELECT name FROM people WHERE id IN (1, 2, 50) ORDER BY id") == [("name 1",), ("name 2",)]


def test_deleting_what_others_changed_unseen_is_a_conflict(desk: Desk) -> None:
    changes = ChangeSet(desk.relation("people"))
    changes.delete(desk.page("people")[0])
    desk.sql("UPDATE people SET bio = 'other' WHERE id = 1")
    with pytest.raises(EditConflict) as caught:
        desk.save(changes.freeze(), "people")
    assert SECRET not in str(caught.value.conflicts)


def test_conflicts_impact_and_drafts(desk: Desk) -> None:
    people = desk.relation("people")
    changes = ChangeSet(people)
    row = desk.page("people")[0]
    changes.edit(row, "name", "mine")
    changes.edit(desk.page("people")[1], "age", "30")
    desk.sql("UPDATE people SET name = 'theirs', email = email || '!' WHERE id = 1")
    with pytest.raises(EditConflict):
        desk.save(changes.freeze(), "people")
    desk.writer.impact(changes.freeze(), {people.name: people}, CTX)
    checked = check_draft(desk.session, people, changes.staged_rows(), CTX)
    assert [each.conflict is not None for each in checked.rows] == [True, False]


def test_duplicates_leave_it_out(desk: Desk) -> None:
    service = Duplicating(desk.session, desk.catalog, desk.overlay)
    people = desk.relation("people")
    children = service.children(people, RowKey(("1",)), CTX)
    plan = service.plan(
        people, RowKey(("1",)), [each.path for each in children if each.key.columns == ("person",)], CTX
    )
    assert {each.column for each in plan.left_out} >= {"email", "bio"}


def refusal(desk: Desk, changes: ChangeSet, *names: str) -> ConstraintViolated:
    with pytest.raises(ConstraintViolated) as caught:
        desk.save(changes.freeze(), *names)
    report = caught.value.report
    assert report is not None
    assert report.detail == ""  # no row is quoted
    return caught.value


def test_what_the_server_refuses(desk: Desk) -> None:
    people = desk.relation("people")
    rows = desk.page("people")
    changes = ChangeSet(people)
    changes.edit(rows[1], "age", "20")
    changes.edit(rows[0], "age", "999")
    error = refusal(desk, changes, "people")  # else it says "Failing row contains"
    assert (error.code, error.facts["change"], error.facts["columns"]) == ("constraint.check", 1, ("age",))
    assert error.report is not None
    assert error.report.constraint == "people_age_check"
    desk.sql("ALTER TABLE logins DROP CONSTRAINT logins_mail_fkey, DROP CONSTRAINT logins_person_fkey")
    desk.sql("ALTER TABLE logins ADD FOREIGN KEY (mail) REFERENCES people (email) DEFERRABLE INITIALLY DEFERRED")
    changes.clear()
    changes.delete(rows[0])
    error = refusal(desk, changes, "people")  # else it says "Key (email)=(…) is still referenced"
    assert (error.code, error.facts["change"]) == ("constraint.foreign_key", 0)
    desk.sql("CREATE UNIQUE INDEX ON people (bio, name)")
    desk.sql("UPDATE people SET bio = 'x' || (id / 2)")
    changes.clear()
    changes.edit(desk.page("people")[1], "name", "name 3")
    error = refusal(desk, changes, "people")  # else it says "Key (bio, name)=(…) already exists"
    assert (error.code, error.facts["change"]) == ("constraint.unique", 0)


def test_a_refusal_is_not_quoted_by_an_impact_nor_an_import(desk: Desk, tmp_path: Path) -> None:
    people = desk.relation("people")
    changes = ChangeSet(people)
    changes.edit(desk.page("people")[0], "age", "999")
    impact = desk.writer.impact(changes.freeze(), {people.name: people}, CTX)
    assert impact.unknown is None or impact.unknown.report is None or "(" not in impact.unknown.report.detail
    file = tmp_path / "ages.csv"
    file.write_text("id,age\n1,30\n2,999\n")
    service = TransferService(desk.session, desk.overlay)
    report = service.check(file, people, Wishes(mode=ImportMode.UPDATE), CTX)
    assert [(each.line, each.code) for each in report.refusals] == [(3, "constraint.check")]
    file.write_text("id,age\n1,30\n2,31\n")
    assert service.run(file, people, Wishes(mode=ImportMode.UPDATE), CTX)[0].updated == 2


def test_values_that_are_hard_to_spell_are_written_all_the_same(desk: Desk) -> None:
    changes = ChangeSet(desk.relation("people"))
    hard = ["it's", "a\\b", "%s %% :x", "$body$ $q$", "{}", '"é😀', "line\nend\r\n", ""]
    rows = desk.page("people")
    for row, text in zip(rows, hard, strict=False):
        changes.edit(row, "name", text)
    watching = desk.save(changes.freeze(), "people")
    assert [each.after["name"] for each in watching.images] == hard
    assert [name for (name,) in desk.sql("SELECT name FROM people ORDER BY id")][: len(hard)] == hard


def test_what_was_typed_stands_in_no_text_that_the_server_logs(desk: Desk) -> None:
    desk.sql("CREATE TABLE asked (query text)")
    desk.sql("CREATE FUNCTION ask() RETURNS trigger LANGUAGE plpgsql AS "
             "'BEGIN INSERT INTO asked VALUES (current_query()); RETURN NEW; END'")  # fmt: skip
    desk.sql("CREATE TRIGGER asking BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION ask()")
    changes = ChangeSet(desk.relation("people"))
    changes.edit(desk.page("people")[0], "name", "typed-4711")
    desk.save(changes.freeze(), "people")
    assert desk.sql("SELECT query LIKE 'DO %', query ~ 'typed-4711' FROM asked") == [(True, False)]


def test_a_table_with_a_rule_of_its_own_is_saved(desk: Desk) -> None:
    desk.sql("CREATE TABLE notes (t text)")
    desk.sql("CREATE RULE noting AS ON UPDATE TO people DO ALSO INSERT INTO notes VALUES (NEW.name)")
    changes = ChangeSet(desk.relation("people"))
    changes.edit(desk.page("people")[0], "name", "other")
    assert [image.after["name"] for image in desk.save(changes.freeze(), "people").images] == ["other"]
    assert desk.sql("SELECT t FROM notes") == [("other",)]


def test_without_the_language_a_save_goes_the_ordinary_way(desk: Desk) -> None:
    role = f"nxs_role_{uuid.uuid4().hex[:8]}"
    desk.sql(f"CREATE ROLE {role}; GRANT ALL ON people TO {role}; REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC")
    session = Session.open(replace(desk.session.profile, role=role), None, CTX)
    people = desk.relation("people")
    changes = ChangeSet(people)
    changes.edit(desk.page("people")[0], "name", "edited")
    RowWriter(session).apply(changes.freeze(), {people.name: people}, CTX)
    session.close()
    desk.sql(f"DROP OWNED BY {role}; DROP ROLE {role}")
    assert desk.sql("SELECT name FROM people WHERE id = 1") == [("edited",)]
