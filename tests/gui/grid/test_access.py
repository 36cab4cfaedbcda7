"""What a role may not do is said, and disabled with its reason, before anybody tries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.cells import RowKey
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.rowpolicies import RowRights, rights_on
from nexus_studio.services.session import Session
from nexus_studio.ui.grid.access_strip import AccessStrip
from nexus_studio.ui.grid.grid_menus import fill_cell_menu
from nexus_studio.ui.grid.locks import Lock, access_sentences
from tests.gui.grid.conftest import Bench, OpenGrid

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()
SUPPORT = "nexus_test_support_role"


@pytest.fixture
def session(profile: ConnectionProfile, sql: Sql) -> Iterator[Session]:
    """The session of a role that may do little."""
    role = f"{SUPPORT}_{profile.database}"[:60]
    sql(
        "CREATE TABLE free (id int PRIMARY KEY, a text);"
        "CREATE TABLE seen (id int PRIMARY KEY, a text);"
        "CREATE TABLE partly (id int PRIMARY KEY, a text, b text, twice text GENERATED ALWAYS AS (a || a) STORED);"
        "CREATE TABLE kept (id int PRIMARY KEY, a text);"
        "CREATE TABLE notes (id int PRIMARY KEY, owner text, a text, frozen bool DEFAULT false);"
        "CREATE TABLE parts (id int PRIMARY KEY, a text) PARTITION BY RANGE (id);"
        "CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (9);"
        "CREATE VIEW looked AS SELECT * FROM free; CREATE MATERIALIZED VIEW held AS SELECT * FROM free;"
        "INSERT INTO free VALUES (1, 'x'); INSERT INTO partly VALUES (1, 'x', 'y'); INSERT INTO kept VALUES (1, 'x');"
        "INSERT INTO seen VALUES (1, 'x'); INSERT INTO parts VALUES (1, 'x')"
    )
    sql(f"CREATE ROLE {role}")
    try:
        sql(
            f"GRANT ALL ON free, looked, notes, parts TO {role}; GRANT SELECT ON seen, held, parts_1 TO {role};"
            f"GRANT SELECT (id, a, twice), UPDATE (a), INSERT (id, a) ON partly TO {role};"
            f"GRANT SELECT, UPDATE, INSERT ON kept TO {role};"
            "ALTER TABLE notes ENABLE ROW LEVEL SECURITY;"
            "CREATE POLICY read ON notes FOR SELECT USING (owner <> 'hidden');"
            "CREATE POLICY change ON notes FOR UPDATE USING (owner = current_user AND a LIKE '%');"
            f"CREATE POLICY remove ON notes FOR DELETE TO {role} USING (owner = current_user);"
            "CREATE POLICY thawed ON notes AS RESTRICTIVE FOR DELETE USING (NOT frozen)"
        )
        rows = "(1, %s, 'mine', false), (2, 'other', 'theirs', false), (3, %s, 'old', true)"
        sql("INSERT INTO notes VALUES " + rows, role, role)
        opened = Session.open(replace(profile, role=role), None, CTX)
        yield opened
        opened.close()
    finally:
        sql(f"DROP OWNED BY {role}; DROP ROLE {role}")


def said_of(session: Session, name: str) -> str:
    return " ".join(access_sentences(CatalogReader(session).relation(RelationName("public", name), CTX)))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("free", ()),
        ("seen", ("may not change rows",)),
        ("partly", ("may not change: id.", "may not delete rows", "may not read: b")),
        ("kept", ("may not delete rows",)),
        ("looked", ("rows of a view have no key",)),
        ("held", ("materialized view",)),
        ("parts", ()),
        ("parts_1", ("may not change rows",)),
        ("notes", ("Row security applies",)),
    ],
)
def test_a_sentence_for_each_thing_that_is_not_allowed(session: Session, name: str, words: tuple[str, ...]) -> None:
    said = said_of(session, name)
    assert bool(said) is bool(words), said
    for each in words:
        assert each in said


def test_policies_are_asked_about_a_row(session: Session) -> None:
    notes = CatalogReader(session).relation(RelationName("public", "notes"), CTX)
    assert notes.row_security
    found = [rights_on(session, notes, RowKey((key,)), CTX) for key in ("1", "2", "3", "99")]
    assert found == [RowRights(), RowRights(False, False), RowRights(True, False), RowRights()]
    free = CatalogReader(session).relation(RelationName("public", "free"), CTX)
    assert not free.row_security


def menu_of(bench: Bench) -> dict[str, tuple[bool, str]]:
    menu = QMenu()
    fill_cell_menu(menu, bench.grid)
    return {each.objectName()[1:]: (each.isEnabled(), each.toolTip()) for each in menu.actions()}


def test_disabled_entries_say_why(open_grid: OpenGrid) -> None:
    bench = open_grid("seen")
    bench.wait(rows=1)
    menu = menu_of(bench)
    for name in ("edit", "insert", "delete", "paste_rows"):
        enabled, why = menu[name]
        assert not enabled
        assert "may not" in why
    bench = open_grid("partly")
    bench.wait(rows=1)
    bench.grid.select_cell(0, "a")
    assert menu_of(bench)["edit"][0]
    assert "may not delete" in menu_of(bench)["delete"][1]
    bench.grid.select_cell(0, "twice")
    assert "computes" in menu_of(bench)["edit"][1]


def test_a_row_that_policies_keep_is_locked(open_grid: OpenGrid, session: Session, qtbot: QtBot) -> None:
    bench = open_grid("notes")
    bench.wait(rows=3)
    strip = AccessStrip(bench.grid.context.runner, bench.grid)
    strip.rights_known.connect(bench.grid.stager.set_rights)
    bench.grid.current_row_changed.connect(strip.show_row)
    strip.show_for(bench.relation, session)
    assert "Row security applies" in strip.text
    with qtbot.waitSignal(strip.rights_known):
        bench.grid.select_cell(1, "a")
    assert "change or delete this row" in strip.text
    shown = bench.grid.current_row()
    assert shown is not None
    assert bench.grid.stager.lock(shown, bench.relation.column("a")) is Lock.POLICY
    bench.grid.delete_rows()
    bench.grid.stage("a", "x")
    assert bench.changes.is_empty
    with qtbot.waitSignal(strip.rights_known):
        bench.grid.select_cell(2, "a")
    assert "delete this row" in strip.text
    bench.grid.stage("a", "new")
    assert bench.changes.counts.edited == 1
    bench.grid.revert_rows()
    bench.grid.delete_rows()
    assert bench.changes.is_empty
    with qtbot.waitSignal(strip.rights_known):
        bench.grid.select_cell(0, "a")
    assert "this row" not in strip.text
    bench.grid.delete_rows()
    assert bench.changes.counts.deleted == 1
