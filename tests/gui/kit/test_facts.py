"""Facts of a thing: no line of a value is cut, names stand beside the first line, and long names give way."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QApplication, QLabel, QScrollArea, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from nexus_studio.ui.kit.facts import FactList
from tests.support.clipped import clipped_texts

FOLDER = "/home/someone/.local/share/nexus-studio/backups/_run_postgresql_5432/workshop"
FACTS = (
    ("Database", "workshop @ /home/someone/.local/share/nexus-studio/postgres/data:5432"),
    ("Server", "PostgreSQL 18.4"),
    ("Program", "pg_dump 18.4 --format=custom --compress=gzip --no-owner --no-privileges"),
    ("Nothing", ""),
    ("Folder", FOLDER),
)


def shown(qtbot: QtBot, width: int, facts: tuple[tuple[str, ...], ...]) -> QScrollArea:
    """Show facts as panes do, in an area that scrolls."""
    area, inside = QScrollArea(), QWidget()
    qtbot.addWidget(area)
    column = QVBoxLayout(inside)
    made = FactList("facts", inside)
    column.addWidget(made)
    column.addStretch(1)
    area.setWidgetResizable(True)
    area.setWidget(inside)
    area.resize(width, 500)
    area.show()
    made.show_facts(facts)
    QApplication.processEvents()
    return area


def labels(area: QScrollArea) -> list[QLabel]:
    return [each for each in area.findChildren(QLabel) if each.isVisible()]


def is_whole(area: QScrollArea) -> bool:
    return clipped_texts(area) == []


def test_every_line_of_a_wrapped_value_is_seen(qtbot: QtBot) -> None:
    for width in range(240, 700, 20):
        area = shown(qtbot, width, FACTS)
        qtbot.waitUntil(partial(is_whole, area))
        made = area.findChild(FactList)
        assert isinstance(made, FactList)
        assert made.rect().contains(made.childrenRect()), width


def test_a_name_stands_beside_the_first_line_of_its_value(qtbot: QtBot) -> None:
    area = shown(qtbot, 300, FACTS)
    tops = {label.text(): label.y() for label in labels(area)}
    assert tops["Folder"] == tops[FOLDER]
    assert "Nothing" not in tops


def test_a_long_name_gives_way_and_is_told_by_its_tool_tip(qtbot: QtBot) -> None:
    name = "a_table_whose_name_has_all_of_the_sixty_three_characters_there_"
    area = shown(qtbot, 400, ((name, "12 rows changed", "yesterday"),))
    title, value = labels(area)
    assert title.text().endswith("…")
    assert title.toolTip() == name
    assert value.width() > 100
    assert value.toolTip() == "yesterday"
