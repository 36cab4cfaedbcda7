"""The page of seeds on a real server: list, dry run, run, stop, failures; and its frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.seeds import SeedFault
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.seeding import SeedService
from nexus_studio.services.session import Session
from nexus_studio.services.workspace import Workspace
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.wording_seeds import SEED_FAULTS
from nexus_studio.ui.panels import PANELS
from nexus_studio.ui.panels.seed_reset.panel import SeedResetPanel
from nexus_studio.ui.panels.seed_reset.seeds_page import SeedsPage
from tests.gui.migrations.conftest import Closing
from tests.support.widgets import child, unnamed_widgets, unreachable_widgets

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

PATIENCE_MS = 30_000
Sql = Callable[..., list[tuple[Any, ...]]]
GOOD = "-- description: Two rows\nINSERT INTO t VALUES (1), (2);\nUPDATE t SET n = 5 WHERE n = 2;\n"
SLOW = "INSERT INTO t VALUES (3);\nSELECT pg_sleep(60);\n"
OpenPage = Callable[..., SeedsPage]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    seeds = tmp_path / "project" / "seeds"
    seeds.mkdir(parents=True)
    (seeds / "a.sql").write_text(
        "-- description: Two rows\nINSERT INTO t VALUES (1), (2);\nUPDATE t SET n = 5 WHERE n = 2;\n"
    )
    (seeds / "b.sql").write_text("-- environments: ci\nINSERT INTO t VALUES (9);\n")
    (seeds / "c.sql").write_text(SLOW)
    (seeds / "d.sql").write_text("INSERT INTO t VALUES ('x');\n")
    (seeds / "e.sql").write_text("-- environments: moon\n")
    (seeds / "f.py").write_text("from nexus_seeds import seed\n\n@seed\ndef f(): ...\n")
    return tmp_path / "project"


@pytest.fixture
def open_page(
    context: UiContext, profile: ConnectionProfile, project: Path, sql: Sql, qtbot: QtBot, closing: Closing
) -> Iterator[OpenPage]:
    """A function that shows the panel on the test's database, as another kind of connection where one is given."""
    sessions: list[Session] = []

    def open_on(**changes: Any) -> SeedsPage:
        sql("CREATE TABLE IF NOT EXISTS t (n int PRIMARY KEY)")
        sessions.append(Session.open(replace(profile, project=project, **changes), None, TaskContext.for_test()))
        panel = SeedResetPanel(context)
        closing(panel)
        panel.resize(1100, 700)
        panel.seeds.open(cast("Workspace", SimpleNamespace(session=sessions[-1], seeds=SeedService(sessions[-1]))))
        panel.show()
        qtbot.waitUntil(lambda: panel.seeds.list.topLevelItemCount() > 0, timeout=PATIENCE_MS)
        return panel.seeds

    yield open_on
    for session in sessions:
        session.close()


def click(page: SeedsPage, name: str) -> None:
    button = child(page, QPushButton, name)
    assert button.isEnabled()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def card_of(page: SeedsPage) -> str:
    card = page.details.result._card
    return "" if card is None else " ".join(label.text() for label in card.findChildren(QLabel))


def rows_of(page: SeedsPage) -> list[list[str]]:
    tree = page.details.result.tables
    items = [tree.topLevelItem(number) for number in range(tree.topLevelItemCount())]
    return [[item.text(place) for place in range(4)] for item in items if item is not None]


def test_a_seed_is_tried_then_run(
    open_page: OpenPage, context: UiContext, qtbot: QtBot, sql: Sql, project: Path
) -> None:
    page = open_page()
    heard: list[Effects] = []
    context.bus.published.connect(heard.append)
    names = [page.list.topLevelItem(n).text(0) for n in range(page.list.topLevelItemCount())]  # type: ignore[union-attr]
    assert names[-6:] == ["a", "b", "c", "d", "f", "e.sql"]
    page.list.choose("a")
    assert child(page, QLabel, "seeds.description").text() == "Two rows"
    assert page.can() == {"seed.run", "seed.try"}
    click(page, "seeds.try")
    assert page.is_running
    assert page.can() == frozenset()
    qtbot.waitUntil(lambda: not page.is_running, timeout=PATIENCE_MS)
    assert "dry run" in card_of(page)
    assert rows_of(page) == [["t", "2", "1", ""]]
    assert page.details.result.tables.isColumnHidden(3)
    assert "a.sql:2  INSERT 0 2" in page.details.result.log_view.toPlainText()
    assert (sql("SELECT count(*) FROM t"), heard) == ([(0,)], [])
    click(page, "seeds.run")
    qtbot.waitUntil(lambda: not page.is_running, timeout=PATIENCE_MS)
    assert sql("SELECT n FROM t ORDER BY 1") == [(1,), (5,)]
    assert [each.kinds for each in heard] == [Kind.ROWS | Kind.SIZES]
    with qtbot.waitSignal(page.open_relation) as asked:
        page.details.result.tables.itemActivated.emit(page.details.result.tables.topLevelItem(0), 0)
    assert asked.args == [RelationName("public", "t"), None]
    # a failure has the server's words, and the choice stays when the folder is read again
    page.list.choose("d")
    click(page, "seeds.run")
    qtbot.waitUntil(lambda: not page.is_running, timeout=PATIENCE_MS)
    assert "invalid input syntax" in card_of(page)
    (project / "seeds" / "g.sql").write_text("SELECT 1;\n")
    page.read()
    qtbot.waitUntil(lambda: page.list.topLevelItemCount() == len(names) + 1, timeout=PATIENCE_MS)
    assert page.details.seed is not None
    assert page.details.seed.name == "d"
    assert "invalid input syntax" in card_of(page)
    assert (unnamed_widgets(page), unreachable_widgets(page)) == ([], [])


def test_a_seed_is_stopped(open_page: OpenPage, qtbot: QtBot, sql: Sql) -> None:
    page = open_page()
    page.list.choose("c")
    click(page, "seeds.run")
    log = page.details.result.log_view
    qtbot.waitUntil(lambda: "INSERT" in log.toPlainText(), timeout=PATIENCE_MS)
    click(page, "seeds.cancel")
    qtbot.waitUntil(lambda: not page.is_running, timeout=PATIENCE_MS)
    assert "nothing of it was kept" in card_of(page)
    assert sql("SELECT count(*) FROM t") == [(0,)]
    assert child(page, QPushButton, "seeds.run").isEnabled()


@pytest.mark.parametrize(
    ("changes", "name", "said"),
    [
        ({}, "b", "marked Development"),
        ({"read_only": True}, "a", "read-only"),
        ({"environment": Environment.STAGING}, "a", "staging and production"),
        ({"environment": Environment.PRODUCTION}, "a", "staging and production"),
    ],
)
def test_what_may_not_run_says_why(open_page: OpenPage, changes: dict[str, Any], name: str, said: str) -> None:
    page = open_page(**changes)
    page.list.choose(name)
    against = child(page, QLabel, "seeds.against")
    assert not against.isHidden()
    assert said in against.text()
    for button in ("seeds.run", "seeds.try"):
        assert not child(page, QPushButton, button).isEnabled()
        assert said in child(page, QPushButton, button).toolTip()
    page.run_seed()
    assert not page.is_running


def test_what_can_not_be_tried_says_why(open_page: OpenPage, qtbot: QtBot) -> None:
    page = open_page()
    page.list.choose("f")
    assert page.can() == {"seed.run"}
    against, trying = child(page, QLabel, "seeds.against"), child(page, QPushButton, "seeds.try")
    assert not against.isHidden()
    assert against.text() == trying.toolTip()
    assert "takes no connection" in against.text()
    assert not trying.isEnabled()
    page.try_seed()
    assert not page.is_running
    click(page, "seeds.run")
    qtbot.waitUntil(lambda: not page.is_running, timeout=PATIENCE_MS)
    assert "Nothing was changed" in card_of(page)


def test_what_is_not_on_offer_says_why(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch, project: Path) -> None:
    assert set(SEED_FAULTS) == set(SeedFault)
    page = open_page()
    page.list.choose("e.sql")
    shown = page.details._pages.currentWidget()
    assert shown is not None
    assert "There is no environment “moon”." in " ".join(label.text() for label in shown.findChildren(QLabel))
    assert page.can() == frozenset()
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    click(page, "step_seed_open_file")
    assert opened == [QUrl.fromLocalFile(str(project / "seeds" / "e.sql"))]


def test_the_frame(open_page: OpenPage) -> None:
    spec = next(each for each in PANELS if each.id == "seed_reset")
    assert spec.translated_title == "Seed & reset"
    page = open_page()
    panel = page.window()
    assert isinstance(panel, SeedResetPanel)
    assert [panel.tabs.tabText(n).replace("&", "") for n in range(4)] == ["Seeds", "Reset", "Shelves", "Import"]
    assert (panel.state().panel, panel.page) == ("seed_reset", page)
    panel.step_tab(1)
    assert panel.page.objectName() == "seed_reset.reset"
    panel.show_page(panel.page_named("import"))
    assert panel.page.objectName() == "seed_reset.import"
    panel.step_tab(1)
    assert panel.page.objectName() == "seed_reset.seeds"
