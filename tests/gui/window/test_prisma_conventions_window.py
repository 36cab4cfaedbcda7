"""The explorer on a database that Prisma's client writes to: its ledger apart, ids, updatedAt, pairs as relations."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest
from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import QPushButton, QTableWidget, QTreeView
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.cells import Row
from nexus_studio.core.data.changeset import CellState
from nexus_studio.core.data.conventions import IdKind, kind_of_ids
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Column
from nexus_studio.services.paths import Paths
from nexus_studio.services.profile_store import ProfileStore
from nexus_studio.ui.grid.shown import ShownRow
from nexus_studio.ui.panels.data.table_page import TablePage
from nexus_studio.ui.panels.data.tree_model import SchemaTreeModel
from nexus_studio.ui.shell.studio import Studio
from tests.support.fix_cluster import profile_of
from tests.support.fix_window import (
    PATIENCE_MS,
    OpenWindow,
    cells_of,
    data_panel,
    open_table,
    row_at,
    rows_of,
    save,
    wait_loaded,
)

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

POST = "ck3f9z0000000qzrm8h2l5c1a"
SHOP = f"""
    CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, migration_name varchar(255) NOT NULL);
    CREATE TABLE "Post" (
        id text PRIMARY KEY, title text NOT NULL, "updatedAt" timestamp(3) without time zone NOT NULL);
    CREATE TABLE "Tag" (id text PRIMARY KEY, name text NOT NULL);
    CREATE TABLE "_PostToTag" (
        "A" text NOT NULL REFERENCES "Post" ON DELETE CASCADE ON UPDATE CASCADE,
        "B" text NOT NULL REFERENCES "Tag" ON DELETE CASCADE ON UPDATE CASCADE,
        CONSTRAINT "_PostToTag_AB_pkey" PRIMARY KEY ("A", "B"));
    CREATE INDEX ON "_PostToTag" ("B");
    INSERT INTO "Post" VALUES ('{POST}', 'One', '2024-01-01 10:00:00'),
        ('cjld2cjxh0000qzrmn831i7rn', 'Two', '2024-01-01 11:00:00');
    INSERT INTO "Tag" VALUES ('tz4a98xxat96iws9zmbrgj3a', 'red'), ('tz4a98xxat96iws9zmbrgj3b', 'green'),
        ('tz4a98xxat96iws9zmbrgj3c', 'blue');
    INSERT INTO "_PostToTag" VALUES ('{POST}', 'tz4a98xxat96iws9zmbrgj3a'), ('{POST}', 'tz4a98xxat96iws9zmbrgj3c');
"""


@pytest.fixture
def shop(pg_url: str) -> str:
    """A database as Prisma makes one."""
    with psycopg.connect(pg_url, autocommit=True) as connection:
        connection.execute(SHOP.encode())
    return pg_url


@pytest.fixture
def open_shop(shop: str, open_window: OpenWindow) -> Studio:
    """The window on it, by a connection that has updatedAt set."""
    ProfileStore(Paths.default()).save([replace(profile_of(shop), name="shop", fills_updated_at=True)])
    return open_window(None, profile="shop")


def type_into(page: TablePage, row: Row, name: str, cell: str) -> None:
    """Stage a cell the way editors, pastes and forms do."""
    relation, shown = page.relation, page.grid.current_row()
    assert relation is not None
    assert shown is not None
    assert shown.row == row
    column: Column = relation.column(name)
    page.grid.stager.set_cells([(shown, column, cell)])


def one(shop: str, statement: str) -> object:
    with psycopg.connect(shop, autocommit=True) as connection:
        found = connection.execute(statement.encode()).fetchone()
    assert found is not None
    return found[0]


def test_prismas_ledger_stands_apart(open_shop: Studio) -> None:
    model = data_panel(open_shop).tree.findChild(SchemaTreeModel)
    assert model is not None
    schema = model.index(0, 0, QModelIndex())
    names = [model.index(row, 0, schema).data() for row in range(model.rowCount(schema))]
    assert names == ["_PostToTag", "Post", "Tag", "System tables"]
    group = model.index(3, 0, schema)
    assert [model.index(row, 0, group).data() for row in range(model.rowCount(group))] == ["_prisma_migrations"]
    assert model.find(RelationName("public", "_prisma_migrations")).parent() == group
    assert model.parent(group) == schema


def test_new_rows_get_ids_like_those_there_are(open_shop: Studio, shop: str, qtbot: QtBot) -> None:
    for table, kind in (("Post", IdKind.CUID), ("Tag", IdKind.CUID2)):
        page = open_table(qtbot, open_shop, table)
        page.grid.stager.insert()
        assert page.changes is not None
        values = page.changes.drafts()[0].values
        made = values["id"]
        assert isinstance(made, str)
        assert kind_of_ids((made,)) in {kind, None}, "24 letters without a digit are rare, and right"
        assert len(made) == {IdKind.CUID: 25, IdKind.CUID2: 24}[kind]
        column = "title" if table == "Post" else "name"
        page.changes.edit_draft(page.changes.drafts()[0].draft, column, "new")
        page.grid.changes_touched()
        save(qtbot, page)
        assert one(shop, f"SELECT id FROM \"{table}\" WHERE {column} = 'new'") == made


def test_updated_at_is_staged_with_an_edit_and_undone_with_it(open_shop: Studio, shop: str, qtbot: QtBot) -> None:
    page = open_table(qtbot, open_shop, "Post")
    row = row_at(qtbot, page, 1)
    assert cells_of(page, row)["id"] == POST
    type_into(page, row, "title", "Changed")
    changes = page.changes
    assert changes is not None
    assert changes.state(row, "updatedAt") is CellState.EDITED
    assert changes.undo()
    assert changes.is_empty, "one step back takes both"
    assert changes.redo()
    type_into(page, row, "title", "One")
    assert changes.is_empty, "what is as it was before is no edit"
    type_into(page, row, "updatedAt", "2020-01-01 00:00:00")
    type_into(page, row, "title", "Changed")
    assert dict(changes.freeze()[0].values) == {"updatedAt": "2020-01-01 00:00:00", "title": "Changed"}
    page.grid.stager.revert([_shown(page)])
    type_into(page, row, "title", "Changed")
    save(qtbot, page)
    age = "abs(extract(epoch FROM \"updatedAt\" - (now() AT TIME ZONE 'UTC')))"
    assert one(shop, f"SELECT {age} < 60 FROM \"Post\" WHERE id = '{POST}'") is True


def test_without_the_setting_updated_at_stays(shop: str, open_window: OpenWindow, qtbot: QtBot) -> None:
    page = open_table(qtbot, open_window(shop), "Post")
    row = row_at(qtbot, page, 1)
    type_into(page, row, "title", "Changed")
    assert page.changes is not None
    assert dict(page.changes.freeze()[0].values) == {"title": "Changed"}


def test_pairs_lead_to_the_rows_of_the_other_side(open_shop: Studio, qtbot: QtBot) -> None:
    panel = data_panel(open_shop)
    page = open_table(qtbot, open_shop, "Post")
    row_at(qtbot, page, 1)
    button: QPushButton | None = None

    def is_there() -> bool:
        nonlocal button
        button = panel.record.findChild(QPushButton, "record.related._PostToTag_A_fkey")
        return button is not None and button.text().endswith(" 2")

    qtbot.waitUntil(is_there, timeout=PATIENCE_MS)
    assert button is not None
    assert button.text() == '"Tag"  (through "_PostToTag")   2'
    button.click()
    qtbot.waitUntil(lambda: panel.page is not None and panel.page.name.name == "Tag", timeout=PATIENCE_MS)
    tags = panel.page
    assert tags is not None
    wait_loaded(qtbot, tags)
    qtbot.waitUntil(lambda: rows_of(tags) == 2, timeout=PATIENCE_MS)
    names = {cells_of(tags, row_at(qtbot, tags, ordinal))["name"] for ordinal in (0, 1)}
    assert names == {"red", "blue"}


def test_the_form_shows_the_rows_of_the_other_side(open_shop: Studio, qtbot: QtBot) -> None:
    panel = data_panel(open_shop)
    page = open_table(qtbot, open_shop, "Post")
    row_at(qtbot, page, 1)
    page.show_form()
    form = page.form
    assert form is not None
    button = form.related.findChild(QPushButton, "record_form.open._PostToTag_A_fkey")
    assert button is not None
    qtbot.waitUntil(lambda: button.text() == '"Tag"  (through "_PostToTag")   2', timeout=PATIENCE_MS)
    table = form.related.findChild(QTableWidget, "record_form.rows._PostToTag_A_fkey")
    assert table is not None
    cells = table.model()
    shown = [[str(cells.index(row, place).data()) for place in range(table.columnCount())] for row in range(2)]
    assert {cell for row in shown for cell in row} >= {"red", "blue"}
    assert table.accessibleName() == 'First rows of "Tag"'
    red = next(row for row, texts in enumerate(shown) if "red" in texts)
    table.activated.emit(cells.index(red, 0))
    qtbot.waitUntil(lambda: panel.page is not None and panel.page.name.name == "Tag", timeout=PATIENCE_MS)
    tags = panel.page
    assert tags is not None
    wait_loaded(qtbot, tags)
    qtbot.waitUntil(lambda: rows_of(tags) == 1, timeout=PATIENCE_MS)
    assert cells_of(tags, row_at(qtbot, tags, 0))["name"] == "red"


def _shown(page: TablePage) -> ShownRow:
    shown = page.grid.current_row()
    assert shown is not None
    return shown


def test_the_tree_opens_at_the_schema_of_a_prisma_url(pg_url: str, open_window: OpenWindow) -> None:
    with psycopg.connect(pg_url, autocommit=True) as connection:
        connection.execute('CREATE SCHEMA "Shop"; SET search_path = "Shop"')
        connection.execute(SHOP.encode())
    tree = data_panel(open_window(f"{pg_url}{'&' if '?' in pg_url else '?'}schema=Shop")).tree
    model = tree.findChild(SchemaTreeModel)
    assert model is not None
    shop = model.find(RelationName("Shop", "Post")).parent()
    view = tree.findChild(QTreeView)
    assert view is not None
    assert view.isExpanded(shop)
    assert model.find(RelationName("Shop", "_prisma_migrations")).parent().parent() == shop
