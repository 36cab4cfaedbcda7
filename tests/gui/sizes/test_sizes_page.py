"""The page of sizes: quick with thousands of tables; list and map in step; sorted, narrowed, exported; keyboard."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QApplication, QGraphicsView
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.sizes import IndexSize, RelationSize, SizeReport
from nexus_studio.core.admin.sizetree import NodeKind, find, size_tree
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import RelationKind
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.theme import THEMES, tokens
from nexus_studio.ui.panels.sizes.exporting import as_csv, as_json
from nexus_studio.ui.panels.sizes.measuring import Measured
from nexus_studio.ui.panels.sizes.size_cells import NAME, ROWS, TOTAL
from nexus_studio.ui.panels.sizes.sizes_page import SizesPage
from nexus_studio.ui.panels.sizes.tiles import bloat_fill, fill_of
from tests.gui.kit.test_theme import AA_TEXT, contrast
from tests.gui.migrations.conftest import Closing
from tests.support.beat import STALL_S, work_of

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def relation(number: int, schema: str = "public") -> RelationSize:
    name = f"table_{number:04}"
    size = 8192 * (number % 700 + 1)
    indexes = tuple(IndexSize(f"{name}_{each}", size // 4, number) for each in ("pkey", "key"))
    return RelationSize(
        RelationName(schema, name), RelationKind.TABLE, size, size // 2, 8192, number * 7, number % 5, NOW, None, NOW,
        bloat_bytes=size // 10, indexes=indexes,
    )  # fmt: skip


def report(count: int) -> SizeReport:
    relations = tuple(relation(number, "public" if number % 5 else "audit") for number in range(count))
    return SizeReport("shop", sum(each.total_bytes for each in relations) + 8_000_000, relations, measured_at=NOW)


@pytest.fixture
def page(context: UiContext, qtbot: QtBot, closing: Closing) -> SizesPage:
    made = SizesPage(context)
    closing(made)
    made.resize(1200, 760)
    with qtbot.waitExposed(made):
        made.show()
    return made


def fill(page: SizesPage, count: int) -> SizeReport:
    found = report(count)
    page._show(Measured(found, size_tree(found), None))
    QCoreApplication.processEvents()
    return found


def test_five_thousand_tables_without_a_stall(page: SizesPage) -> None:
    found = report(5000)
    tree = size_tree(found)
    assert work_of(lambda: page._show(Measured(found, tree, None))) < STALL_S
    assert page.list.sizes.rowCount(page.list.sizes.index(0, NAME)) == 4000
    assert work_of(lambda: page.list.sortByColumn(ROWS, Qt.SortOrder.AscendingOrder)) < STALL_S

    def narrow() -> None:
        page.list.narrow("table_1")
        page.list.narrow_now()

    assert work_of(narrow) < STALL_S
    page.list.narrow("")
    page.list.narrow_now()
    assert work_of(lambda: page.map.go_into(page.list.sizes.root.children[0])) < STALL_S
    assert work_of(lambda: page.list.choose(find(page.list.sizes.root, RelationName("audit", "table_4995")))) < STALL_S


def test_list_and_map_choose_the_same(page: SizesPage) -> None:
    fill(page, 60)
    root = page.list.sizes.root
    node = find(root, RelationName("public", "table_0042"))
    assert node is not None
    page.list.choose(node)
    assert page.map.treemap.current is node
    other = find(root, RelationName("public", "table_0058"))
    assert other is not None
    page.map.treemap._go_to(other)
    assert page.list.current() is other
    index = other.children[0]
    page.list.choose(index)
    assert page.map.treemap.tile_of(index) is not None
    assert page.map.node is other


def test_the_map_by_keyboard(page: SizesPage, qtbot: QtBot) -> None:
    fill(page, 60)
    view = page.map.treemap
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Right)
    first = view.current
    assert first is not None
    assert first.kind is NodeKind.RELATION
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.current is not first
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert page.map.node is not None
    assert page.map.node.kind is NodeKind.RELATION
    assert next(tile.node.kind for tile in view.tiles if tile.node is not None) is NodeKind.ROWS
    qtbot.keyClick(view, Qt.Key.Key_Backspace)
    qtbot.keyClick(view, Qt.Key.Key_Backspace)
    assert page.map.node is page.list.sizes.root
    assert "byte" in view.accessibleDescription()


def test_tab_goes_to_everything_above_the_list(page: SizesPage, qtbot: QtBot) -> None:
    fill(page, 60)
    page.map.go_into(find(page.list.sizes.root, RelationName("public", "table_0042")))
    page.activateWindow()
    page.header.more.setFocus()
    QCoreApplication.processEvents()  # the steps are laid out, and so in sight
    passed = []
    for _ in range(8):
        widget = QApplication.focusWidget()
        assert widget is not None
        passed.append(widget.objectName())
        qtbot.keyClick(widget, Qt.Key.Key_Tab)
    above = ["sizes.more", "sizes.step_0", "sizes.step_1", "sizes.as_map"]
    assert passed[:7] == [*above, "sizes.treemap", "sizes.filter", "sizes.list"]


def test_the_list_by_keyboard_goes_into_what_is_above_it(page: SizesPage, qtbot: QtBot) -> None:
    fill(page, 60)
    page.map.show_bars(bars=True)
    node = find(page.list.sizes.root, RelationName("public", "table_0042"))
    assert node is not None
    page.list.choose(node)
    page.list.setFocus()
    qtbot.keyClick(page.list, Qt.Key.Key_Return)
    assert page.map.node is node
    assert page.map.bars.bars[0] in node.parts
    qtbot.keyClick(page.list, Qt.Key.Key_Backspace)
    assert page.map.node is node.parent
    assert page.list.current() is node
    qtbot.keyClick(page.list, Qt.Key.Key_Backspace)
    assert page.map.node is page.list.sizes.root
    page.leave()  # the chart, once it is there


def test_bars_that_are_left_before_they_are_drawn_are_drawn_once(
    page: SizesPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(page, 3)
    bars = page.map.bars
    drawn: list[int] = []
    real = bars._arrived

    def arrived(charts: object) -> None:
        real(charts)
        drawn.append(len(bars.findChildren(QGraphicsView)))

    monkeypatch.setattr(bars, "_arrived", arrived)
    bars.ensure()
    bars.let_go()
    qtbot.waitUntil(lambda: drawn == [0], timeout=20_000)  # nobody wants it any more
    bars.ensure()
    bars.let_go()
    bars.ensure()
    qtbot.waitUntil(lambda: drawn == [0, 1, 1], timeout=20_000)
    page.leave()


def test_bars_mark_what_is_chosen(page: SizesPage, qtbot: QtBot) -> None:
    fill(page, 60)
    page.map.show_bars(bars=True)
    bars = page.map.bars
    qtbot.waitUntil(lambda: bars.is_drawn, timeout=20_000)
    node = find(page.list.sizes.root, RelationName("public", "table_0042"))
    assert node is not None
    page.list.choose(node)
    assert bars.marked is node.parent  # the schema's, which is what is in sight
    page.map.go_into(node.parent)
    other = find(page.list.sizes.root, RelationName("public", "table_0059"))
    page.list.choose(other)
    assert bars.marked is other
    assert bars._mark.opts["y"] == [bars.bars.index(other)]
    assert bars._mark in bars._plot.getPlotItem().items
    fill(page, 60)
    assert bars.marked is find(page.list.sizes.root, RelationName("public", "table_0059"))
    page.leave()


def test_nothing_is_said_of_bloat_that_nobody_knows(page: SizesPage) -> None:
    found = report(3)
    unknown = replace(found, relations=tuple(replace(each, bloat_bytes=None) for each in found.relations))
    page._show(Measured(unknown, size_tree(unknown), None))
    assert "hold nothing" not in page.header._facts.whole
    fill(page, 3)
    assert "hold nothing" in page.header._facts.whole


def test_small_tiles_are_one_and_nothing_is_lost(page: SizesPage) -> None:
    fill(page, 2000)
    page.map.go_into(page.list.sizes.root.children[0])
    tiles = [tile for tile in page.map.treemap.tiles if not tile.depth]
    assert sum(tile.bytes for tile in tiles) == page.list.sizes.root.children[0].bytes
    assert tiles[-1].rest is not None
    assert "smaller one" in page.map.treemap.words_of(tiles[-1])


def test_narrowing_keeps_what_is_chosen_and_finds_indexes(page: SizesPage, qtbot: QtBot) -> None:
    fill(page, 60)
    node = find(page.list.sizes.root, RelationName("public", "table_0042"))
    page.list.choose(node)
    page.list.narrow("0042_pkey")
    page.list.narrow_now()
    schema = page.list.sizes.index(0, NAME)
    assert page.list.sizes.rowCount() == 1
    assert page.list.sizes.rowCount(schema) == 1
    assert page.list.isExpanded(page.list.sizes.index(0, NAME, schema))
    assert page.list.current() is node
    page.activateWindow()
    page.filter.setFocus()
    page.filter.setText("0042_pkey")
    qtbot.keyClick(page.filter, Qt.Key.Key_Escape)
    assert not page.filter.text()
    page.list.narrow_now()
    assert page.list.sizes.rowCount() > 1
    assert page.list.chosen_relations() == (RelationName("public", "table_0042"),)


def test_what_was_chosen_stays_when_it_is_measured_again(page: SizesPage) -> None:
    fill(page, 60)
    page.list.choose(find(page.list.sizes.root, RelationName("public", "table_0042")))
    page.map.go_into(page.list.sizes.root.children[1])
    fill(page, 50)
    assert page.list.chosen_relations() == (RelationName("public", "table_0042"),)
    assert page.map.node is page.list.sizes.root.children[1]


def test_exact_bytes_are_on_hover(page: SizesPage) -> None:
    fill(page, 60)
    node = find(page.list.sizes.root, RelationName("public", "table_0042"))
    assert node is not None
    index = page.list.sizes.index_of(node).siblingAtColumn(TOTAL)
    assert index.data() == "524 kB"
    assert str(index.data(Qt.ItemDataRole.ToolTipRole)).replace(",", "").startswith("<qt>536576 byte")


def test_sizes_as_files() -> None:
    found = report(3)
    rows = list(csv.DictReader(io.StringIO(as_csv(found))))
    assert [row["name"] for row in rows] == ["table_0000", "table_0001", "table_0002"]
    assert int(rows[1]["total_bytes"]) == found.relations[1].total_bytes
    document = json.loads(as_json(found))
    assert document["database_bytes"] == found.database_bytes
    assert document["relations"][2]["indexes"][0] == {"name": "table_0002_pkey", "bytes": 6144, "scans": 2}
    assert document["relations"][0]["last_vacuum"] == NOW.isoformat()


@pytest.mark.parametrize("theme", THEMES)
def test_words_can_be_read_on_every_tile(theme: str) -> None:
    colors = tokens(theme)
    grounds = [fill_of(kind, colors.__getitem__) for kind in (*NodeKind, None)] + [bloat_fill(colors.__getitem__)]
    for ground in grounds:
        assert contrast(colors["text"], ground) >= AA_TEXT
