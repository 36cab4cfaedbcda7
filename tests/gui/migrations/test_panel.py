"""The panel on answers that a test gives: what it shows, how it is walked through by keyboard, when it reads again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QPixmap
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.migrations import (
    MigrationStanding,
    MigrationStatus,
    RevisionState,
    Step,
)
from nexus_studio.core.admin.revisions import RevisionProblem
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import ConnectionLost, MigrationBlocked, ServerFailed, StudioError
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.pages import EmptyPage, ErrorPage
from nexus_studio.ui.panels.migrations.panel import MigrationsPanel
from nexus_studio.ui.panels.migrations.revision_model import LINE_ROLE, ROW_HEIGHT, Column, lines_of, spoken
from nexus_studio.ui.panels.migrations.revision_view import RevisionView
from tests.support.beat import STALL_S, work_of
from tests.support.fake_migrations import (
    FakeMigrations,
    branches,
    holder,
    long_line,
    revision,
    status_of,
    steps_for,
    workspace_with,
)
from tests.support.widgets import child, unnamed_widgets, unreachable_widgets

PATIENCE_MS = 5_000
S = RevisionState
UP_TO_DATE = status_of(branches())
BEHIND = status_of(branches(), {"d2": S.PENDING, "d3": S.PENDING})
FAILED = status_of(branches(), {"d1": S.FAILED, "d2": S.PENDING, "d3": S.PENDING})
RUNNING = status_of(branches(), {"d3": S.RUNNING}, standing=MigrationStanding.RUNNING, holder=holder())

Open = Callable[..., tuple[MigrationsPanel, FakeMigrations]]


@pytest.fixture
def open_panel(context: UiContext, qtbot: QtBot) -> Iterator[Open]:
    """A function that opens the panel on an answer and waits until it is shown."""
    opened: list[MigrationsPanel] = []

    def open_on(
        answer: MigrationStatus | StudioError, *, wait: bool = True, **more: Any
    ) -> tuple[MigrationsPanel, FakeMigrations]:
        service = FakeMigrations(answer)
        panel = MigrationsPanel(context)
        opened.append(panel)
        panel.resize(1200, 700)
        panel.open(workspace_with(service, **more))
        panel.show()
        panel.activateWindow()
        if wait:
            qtbot.waitUntil(lambda: context.runner.is_idle and "status" in service.asked, timeout=PATIENCE_MS)
        return panel, service

    yield open_on
    for panel in opened:
        panel.leave()
        panel.close()
        panel.deleteLater()


def _title(panel: MigrationsPanel) -> str:
    return child(panel, QLabel, "migrations.standing.title").text()


def _shown(panel: MigrationsPanel) -> list[str]:
    return [line.report.revision for line in panel.list.model.lines]


def _press(qtbot: QtBot, widget: QWidget, *keys: Qt.Key) -> None:
    for key in keys:
        qtbot.keyClick(widget, key)


def test_it_opens_at_once_and_fills_in(open_panel: Open, qtbot: QtBot) -> None:
    panel, _ = open_panel(UP_TO_DATE, wait=False)
    assert panel.status is None
    assert not panel.grab().isNull()
    assert not child(panel, QPushButton, "migrations.main").isVisible()
    with qtbot.waitSignal(panel.status_shown, timeout=PATIENCE_MS):
        pass
    assert _title(panel) == "Up to date"
    assert _shown(panel)[0] == "d3"
    assert _shown(panel)[-1] == "a1"


def test_the_newest_is_on_top_and_its_graph_beside_it(open_panel: Open) -> None:
    panel, _ = open_panel(UP_TO_DATE)
    lanes = {line.report.revision: line.lanes.lane for line in panel.list.model.lines if line.lanes is not None}
    assert len(lanes) == 12
    assert lanes["m1"] == lanes["a2"] == 0
    assert {lanes["b1"], lanes["c1"]} == {0, 1}
    dotted = [line for line in panel.list.model.lines if line.lanes and any(each.dotted for each in line.lanes.leaving)]
    assert [line.report.revision for line in dotted] == ["c3"]


def test_what_is_pending_is_counted_and_offered(open_panel: Open) -> None:
    panel, _ = open_panel(BEHIND)
    main = child(panel, QPushButton, "migrations.main")
    assert "2" in _title(panel)
    assert "2" in main.text()
    assert main.isEnabled()
    assert not child(panel, QToolButton, "migrations.deploy").isVisible()  # it stands there once
    assert "deploy" in panel.state().can


def test_a_failed_one_is_chosen_and_says_why(open_panel: Open, qtbot: QtBot) -> None:
    panel, _ = open_panel(FAILED)
    assert panel.details.revision == "d1"
    card = panel.details.card
    assert card.isVisible()
    assert "Statement 2 failed" in child(card, QLabel, "failure.title").text()
    words = child(card, QLabel, "failure.words").text()
    assert "could not create unique index" in words
    assert "23505" in words
    assert "ALTER TABLE users" in child(card, QLabel, "failure.statement").text()
    deploy = child(panel, QToolButton, "migrations.deploy")
    assert not deploy.isEnabled()
    assert "Resolve" in deploy.toolTip()
    qtbot.mouseClick(card.resolve, Qt.MouseButton.LeftButton)
    assert panel.resolving is not None
    assert panel.resolving.revision == "d1"
    panel.resolving.left.emit()
    assert panel.resolving is None
    qtbot.waitUntil(lambda: panel.context.runner.is_idle, timeout=PATIENCE_MS)


def test_an_interrupted_one_says_what_is_known(open_panel: Open) -> None:
    panel, _ = open_panel(status_of(branches(), {"d3": S.INTERRUPTED}))
    assert "never ended" in child(panel, QLabel, "failure.title").text()
    assert "1" in child(panel, QLabel, "failure.words").text()


def test_read_only_says_so_and_runs_nothing(open_panel: Open) -> None:
    panel, _ = open_panel(BEHIND, read_only=True)
    main = child(panel, QPushButton, "migrations.main")
    assert not main.isEnabled()
    assert "read-only" in main.toolTip()
    assert "Read-only" in child(panel, QLabel, "migrations.facts").text()
    assert panel.state().can == {"check", "create", "test", "pull"}


def test_more_says_why_it_can_not_be_done(open_panel: Open, qtbot: QtBot) -> None:
    panel, _ = open_panel(UP_TO_DATE)
    menu = child(panel, QMenu, "migrations.more_menu")
    menu.aboutToShow.emit()
    told = {action.objectName().rpartition(".")[2]: action for action in menu.actions() if not action.isSeparator()}
    assert set(told) == {"push", "downgrade", "stamp", "merge", "pull", "project"}
    assert told["downgrade"].isEnabled()
    assert not told["merge"].isEnabled()
    assert "one head" in told["merge"].toolTip()
    with qtbot.waitSignal(panel.step_asked, timeout=PATIENCE_MS) as asked:
        told["project"].trigger()
    assert asked.args == ["connection.edit"]


def test_the_sql_comes_when_it_is_looked_at(open_panel: Open, qtbot: QtBot) -> None:
    panel, service = open_panel(UP_TO_DATE)
    sql = panel.details.sql
    qtbot.waitUntil(lambda: "CREATE TABLE t_d3" in sql.text.toPlainText(), timeout=PATIENCE_MS)
    assert "outside of a transaction" in sql._facts.text()
    qtbot.mouseClick(sql.down, Qt.MouseButton.LeftButton)
    assert sql.text.toPlainText() == "DROP TABLE t_d3;"
    qtbot.mouseClick(sql.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "DROP TABLE t_d3;"
    panel.list.choose("d2")
    qtbot.waitUntil(lambda: "t_d2" in sql.text.toPlainText(), timeout=PATIENCE_MS)
    panel.list.choose("d3")
    assert "t_d3" in sql.text.toPlainText()  # known already
    assert service.asked.count("steps d3") == 1


def test_walking_through_the_list_asks_for_the_last_one_only(open_panel: Open, qtbot: QtBot) -> None:
    panel, service = open_panel(UP_TO_DATE)
    panel.list.view.setFocus()
    _press(qtbot, panel.list.view, *[Qt.Key.Key_Down] * 6)
    qtbot.waitUntil(lambda: "steps b2" in service.asked or "steps c2" in service.asked, timeout=PATIENCE_MS)
    assert sum(each.startswith("steps") for each in service.asked) == 1


@pytest.mark.parametrize("reason", ["reads_database", "failed", "environment"])
def test_sql_that_can_not_be_shown_says_why(open_panel: Open, qtbot: QtBot, reason: str) -> None:
    panel, service = open_panel(UP_TO_DATE)

    def unknown(name: str) -> tuple[Step, Step]:
        up, down = steps_for(name)
        return replace(up, statements=(), reason=reason, words="NameError: x"), down

    service.steps = unknown
    words = child(panel, QLabel, "migrations.sql.words")
    qtbot.waitUntil(lambda: "NameError: x" in words.text(), timeout=PATIENCE_MS)
    assert reason not in words.text()
    assert not panel.details.sql.copy.isEnabled()


def test_sql_that_failed_can_be_asked_for_again(open_panel: Open, qtbot: QtBot) -> None:
    panel, service = open_panel(UP_TO_DATE)

    def broken(name: str) -> tuple[Step, Step]:
        raise MigrationBlocked("migration.project_broken", reason="script_location", folder=name)

    service.steps = broken
    again = child(panel, QPushButton, "migrations.sql.again")
    qtbot.waitUntil(again.isVisible, timeout=PATIENCE_MS)
    service.steps = steps_for
    qtbot.mouseClick(again, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "t_d3" in panel.details.sql.text.toPlainText(), timeout=PATIENCE_MS)


def test_the_file_is_read_in_a_worker(open_panel: Open, qtbot: QtBot, tmp_path: Path) -> None:
    source = tmp_path / "a1_first.py"
    source.write_bytes(b'"""first\r\n\r\nover lines"""\r\nrevision = "a1"\r\n')
    file = replace(revision("a1"), path=source)
    panel, _ = open_panel(status_of((file,)))
    panel.details.tabs.setCurrentWidget(panel.details.file)
    text = panel.details.file.text
    qtbot.waitUntil(lambda: 'revision = "a1"' in text.toPlainText(), timeout=PATIENCE_MS)
    assert "\r" not in text.toPlainText()
    source.unlink()
    panel.details.tabs.setCurrentIndex(0)
    panel.details.tabs.setCurrentWidget(panel.details.file)
    qtbot.waitUntil(lambda: "can't be read" in text.toPlainText(), timeout=PATIENCE_MS)


def test_ledger_and_log_tell_the_story(open_panel: Open) -> None:
    panel, _ = open_panel(FAILED)
    told = "\n".join(label.text() for label in panel.details.timeline.findChildren(QLabel))
    assert "Failed" in told
    assert "ada on laptop" in told
    assert "SQLSTATE" in told
    assert "running upgrade" in panel.details.log.toPlainText()
    panel.list.choose("d3")
    assert "no row" in "\n".join(label.text() for label in panel.details.timeline.findChildren(QLabel))
    assert "Nothing was logged" in panel.details.log.toPlainText()


def test_files_with_problems_stand_above_and_are_shown_with_their_line(
    open_panel: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    broken = tmp_path / "x9_broken.py"
    broken.write_text("revision = 'x9'\ndef upgrade(:\n    pass\n")
    problems = (RevisionProblem("syntax", broken, 2), RevisionProblem("cycle", revisions=("k1", "k2")))
    panel, _ = open_panel(status_of(branches(), problems=problems))
    assert panel.list.problems.isVisible()
    assert "line 2" in panel.list.problems.item(0).text()
    assert len(_shown(panel)) == 12
    panel.list.problems.setFocus()
    _press(qtbot, panel.list.problems, Qt.Key.Key_Return)
    source = panel.details.file.text
    qtbot.waitUntil(lambda: "def upgrade(:" in source.toPlainText(), timeout=PATIENCE_MS)
    assert source.marked_line == 2
    assert source.textCursor().blockNumber() == 1
    panel.list.problems.setCurrentRow(1)
    assert not child(panel, QPushButton, "migrations.open_problem").isEnabled()  # a circle is no file


def test_without_problems_there_is_no_list_of_them(open_panel: Open) -> None:
    panel, _ = open_panel(UP_TO_DATE)
    assert not panel.list.problems.isVisible()


def test_the_filter_narrows_by_words_and_by_state(open_panel: Open, qtbot: QtBot) -> None:
    panel, _ = open_panel(BEHIND)
    filtering = panel.list
    qtbot.keyClicks(filtering.filter, "BOOK index")
    qtbot.waitUntil(lambda: _shown(panel) == [], timeout=PATIENCE_MS)
    assert filtering._nothing.isVisible()
    filtering.filter.setText("book")
    qtbot.waitUntil(lambda: set(_shown(panel)) == {"m1", "b1", "b2"}, timeout=PATIENCE_MS)
    assert all(line.lanes is None for line in filtering.model.lines)
    _press(qtbot, filtering.filter, Qt.Key.Key_Escape)
    assert len(_shown(panel)) == 12
    filtering.states.setCurrentIndex(filtering.states.findData(S.PENDING))
    assert _shown(panel) == ["d3", "d2"]
    panel.list.choose("a1")  # hidden by the filter: it is let go
    assert panel.details.revision == "a1"
    assert len(_shown(panel)) == 12


def test_the_choice_survives_reading_again(open_panel: Open, qtbot: QtBot) -> None:
    panel, service = open_panel(BEHIND)
    panel.list.choose("b1")
    service.answer = UP_TO_DATE
    panel.on_effects(Effects(Kind.LEDGER))
    qtbot.waitUntil(lambda: _title(panel) == "Up to date", timeout=PATIENCE_MS)
    assert panel.details.revision == "b1"


def test_what_a_check_found_is_said_until_something_changes(open_panel: Open, qtbot: QtBot) -> None:
    panel, _ = open_panel(UP_TO_DATE)
    panel._note(UP_TO_DATE, 2)
    qtbot.waitUntil(lambda: _title(panel) != "Up to date", timeout=PATIENCE_MS)
    assert panel.status is not None
    assert (panel.status.standing, panel.status.out_of_sync) == (MigrationStanding.OUT_OF_SYNC, 2)
    panel._note(panel.status, 0)
    qtbot.waitUntil(lambda: _title(panel) == "Up to date", timeout=PATIENCE_MS)
    panel._note(panel.status, 1)
    qtbot.waitUntil(lambda: _title(panel) != "Up to date", timeout=PATIENCE_MS)
    panel.on_effects(Effects(Kind.CATALOG))
    qtbot.waitUntil(lambda: _title(panel) == "Up to date", timeout=PATIENCE_MS)


def test_one_that_fails_now_is_chosen(open_panel: Open, qtbot: QtBot) -> None:
    panel, service = open_panel(BEHIND)
    panel.list.choose("b1")
    service.answer = FAILED
    panel.on_effects(Effects(Kind.LEDGER))
    qtbot.waitUntil(lambda: panel.details.revision == "d1", timeout=PATIENCE_MS)


def test_news_of_no_concern_are_not_read(open_panel: Open) -> None:
    panel, service = open_panel(BEHIND)
    before = service.asked.count("status")
    panel.on_effects(Effects(Kind.ROWS))
    assert panel.context.runner.is_idle or service.asked.count("status") == before
    assert not panel._reading.is_busy


def test_a_hidden_panel_only_notes_that_it_is_stale(open_panel: Open, qtbot: QtBot) -> None:
    panel, service = open_panel(BEHIND)
    panel.hide()
    before = service.asked.count("status")
    panel.on_effects(Effects(Kind.LEDGER))
    assert not panel._reading.is_busy
    assert service.asked.count("status") == before
    service.answer = UP_TO_DATE
    panel.show()
    qtbot.waitUntil(lambda: _title(panel) == "Up to date", timeout=PATIENCE_MS)


def test_while_somebody_migrates_it_looks_again_by_itself(open_panel: Open, qtbot: QtBot) -> None:
    panel, service = open_panel(RUNNING)
    assert panel._polling.isActive()
    assert "deploy" in child(panel, QLabel, "migrations.facts").text()
    service.answer = UP_TO_DATE
    panel._polling.setInterval(1)
    panel._polling.start()
    qtbot.waitUntil(lambda: _title(panel) == "Up to date", timeout=PATIENCE_MS)
    assert not panel._polling.isActive()
    panel.hide()
    assert not panel._polling.isActive()


def test_coming_back_to_the_window_reads_again(open_panel: Open, qtbot: QtBot) -> None:
    panel, service = open_panel(BEHIND)
    qtbot.waitUntil(panel.isActiveWindow, timeout=PATIENCE_MS)
    service.answer = UP_TO_DATE
    QApplication.sendEvent(panel, QEvent(QEvent.Type.ActivationChange))
    qtbot.waitUntil(lambda: _title(panel) == "Up to date", timeout=PATIENCE_MS)


def test_the_same_answer_does_not_disturb(open_panel: Open, qtbot: QtBot) -> None:
    panel, _ = open_panel(BEHIND)
    resets: list[int] = []
    panel.list.model.modelReset.connect(lambda: resets.append(1))
    with qtbot.waitSignal(panel.status_shown, timeout=PATIENCE_MS):
        panel.read()
    assert resets == []


def test_an_empty_project_offers_the_first_migration(open_panel: Open) -> None:
    panel, _ = open_panel(status_of(()))
    page = next(page for page in panel.findChildren(EmptyPage) if page.isVisible())
    button = child(page, QPushButton, "step_create")
    assert button.isVisible()
    assert "Create" in button.text()


def test_a_folder_without_a_project_says_what_to_do(open_panel: Open, qtbot: QtBot) -> None:
    panel, service = open_panel(MigrationBlocked("migration.project_missing", folder="/projects/x"))
    page = next(page for page in panel.findChildren(EmptyPage) if page.isVisible())
    button = child(page, QPushButton, "step_connection_edit")
    qtbot.waitUntil(button.isVisible, timeout=PATIENCE_MS)
    with qtbot.waitSignal(panel.step_asked, timeout=PATIENCE_MS) as asked:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert asked.args == ["connection.edit"]
    service.answer = UP_TO_DATE
    panel.read()
    qtbot.waitUntil(lambda: len(_shown(panel)) == 12, timeout=PATIENCE_MS)
    assert panel.header.isVisible()
    assert panel.list.view.isVisible()


def test_an_error_has_a_page_and_can_be_tried_again(open_panel: Open, qtbot: QtBot) -> None:
    panel, service = open_panel(ServerFailed())
    page = panel._error
    assert isinstance(page, ErrorPage)
    assert page.isVisible()
    service.answer = UP_TO_DATE
    qtbot.mouseClick(child(page, QPushButton, "step_rows_refresh"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(_shown(panel)) == 12, timeout=PATIENCE_MS)
    assert panel.list.view.isVisible()


def test_a_lost_line_leaves_what_is_in_sight(open_panel: Open, qtbot: QtBot) -> None:
    panel, service = open_panel(UP_TO_DATE)
    service.answer = ConnectionLost()
    with qtbot.waitSignal(panel.failed, timeout=PATIENCE_MS):
        panel.read()
    assert len(_shown(panel)) == 12
    assert panel.list.view.isVisible()


def test_the_keyboard_reaches_every_area(open_panel: Open, qtbot: QtBot) -> None:
    panel, _ = open_panel(BEHIND)
    panel.list.view.setFocus()
    areas = []
    for _ in range(4):
        panel.step_area(1)
        focus = panel.focusWidget()
        assert focus is not None
        areas.append(focus.objectName())
    assert areas[1:] == ["migrations.main", "migrations.filter", "migrations.list"]
    panel.step_area(-1)
    assert panel.focusWidget() is panel.list.filter
    _press(qtbot, panel.list.filter, Qt.Key.Key_Down)
    assert panel.list.view.hasFocus() or panel.focusWidget() is panel.list.view
    assert unreachable_widgets(panel) == []


def test_return_on_a_failed_one_opens_its_page(open_panel: Open, qtbot: QtBot) -> None:
    panel, _ = open_panel(FAILED)
    panel.list.view.setFocus()
    _press(qtbot, panel.list.view, Qt.Key.Key_Return)
    assert panel.resolving is not None
    panel.step_area(1)
    focus = panel.focusWidget()
    assert focus is panel.resolving or panel.resolving.isAncestorOf(focus)
    assert panel.may_close()
    assert panel.state().can == frozenset()
    qtbot.waitUntil(lambda: panel.context.runner.is_idle, timeout=PATIENCE_MS)


def test_tabs_are_stepped_through(open_panel: Open) -> None:
    panel, _ = open_panel(BEHIND)
    seen = []
    for _ in range(4):
        panel.details.step_tab(1)
        seen.append(panel.details.tabs.tabText(panel.details.tabs.currentIndex()))
    assert seen == ["File", "Ledger", "Log", "SQL"]


def test_every_widget_has_names(open_panel: Open) -> None:
    problems = (RevisionProblem("syntax", Path("/x/a.py"), 1),)
    panel, _ = open_panel(status_of(branches(), {"d1": S.FAILED}, problems=problems))
    assert unnamed_widgets(panel) == []


def test_a_line_is_spoken_whole(open_panel: Open) -> None:
    panel, _ = open_panel(UP_TO_DATE)
    index = panel.list.model.find("m1").siblingAtColumn(Column.GRAPH)
    words = index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert words == "Applied, merge bookings and payments, m1, after b3, c3, merge"
    assert "database is here" in spoken(panel.list.model.lines[0])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_drawn_in_each_theme(open_panel: Open, context: UiContext, theme: str) -> None:
    panel, _ = open_panel(FAILED)
    context.theme.set_mode(theme)
    picture = panel.grab()
    view = panel.list.view
    empty = view.viewport().mapTo(panel, QPoint(view.viewport().width() // 2, view.viewport().height() - 3))
    row = view.visualRect(panel.list.model.find("d1").siblingAtColumn(Column.GRAPH))
    dot = view.viewport().mapTo(panel, QPoint(row.left() + 14, row.center().y()))
    assert _color_at(picture, dot) == context.theme.color("danger").name()
    assert _color_at(picture, empty) == context.theme.color("base").name()
    context.theme.set_mode("light")


def test_wide_the_details_stand_beside_the_list(open_panel: Open) -> None:
    panel, _ = open_panel(BEHIND)
    assert panel._split.orientation() is Qt.Orientation.Vertical
    panel.resize(1800, 900)
    assert panel._split.orientation() is Qt.Orientation.Horizontal


def test_narrow_the_message_keeps_its_room(open_panel: Open) -> None:
    panel, _ = open_panel(BEHIND)
    view = panel.list.view
    assert not view.isColumnHidden(Column.WHEN)
    panel.resize(620, 700)
    assert view.isColumnHidden(Column.DURATION)
    assert view.columnWidth(Column.MESSAGE) >= 180


def test_narrow_the_buttons_show_icons_and_the_words_have_room(open_panel: Open, qtbot: QtBot) -> None:
    panel, _ = open_panel(FAILED)
    create = child(panel, QToolButton, "migrations.create")
    assert create.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonTextBesideIcon
    panel.resize(760, 560)
    assert create.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonIconOnly
    assert create.accessibleName() == "Create…"
    title = child(panel, QLabel, "migrations.standing.title")
    qtbot.waitUntil(lambda: title.width() > 240, timeout=PATIENCE_MS)
    words = child(panel, QLabel, "failure.words")
    # nothing of PostgreSQL's words is cut off
    qtbot.waitUntil(lambda: words.height() >= words.heightForWidth(words.width()), timeout=PATIENCE_MS)


def test_two_thousand_revisions_scroll_smoothly(
    open_panel: Open, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted: list[int] = []
    paint = RevisionView.drawRow

    def counted(view: RevisionView, *args: Any) -> None:
        painted.append(args[2].row())
        paint(view, *args)

    monkeypatch.setattr(RevisionView, "drawRow", counted)
    status = status_of(long_line(2000))
    assert work_of(lambda: lines_of(status)) < 2 * STALL_S
    panel, _ = open_panel(status)
    view = panel.list.view
    assert panel.list.model.rowCount() == 2000
    bar = view.verticalScrollBar()
    longest = 0.0
    for step in range(20):
        bar.setValue(bar.maximum() * step // 19)
        painted.clear()
        longest = max(longest, work_of(view.viewport().grab))
        assert 5 < len(set(painted)) <= view.viewport().height() // ROW_HEIGHT + 2
    assert max(painted) == 1999
    assert longest < STALL_S
    view.setFocus()
    _press(qtbot, view, Qt.Key.Key_Home)
    assert panel.details.revision == "r01999"
    _press(qtbot, view, Qt.Key.Key_End)
    assert panel.details.revision == "r00000"


def test_the_palette_finds_a_revision(open_panel: Open) -> None:
    panel, _ = open_panel(UP_TO_DATE)
    entry = next(each for each in panel.palette_entries() if each.title == "payments")
    assert entry.hint == "c1"
    entry.run()
    assert panel.details.revision == "c1"


def test_what_is_in_no_folder_stands_on_top(open_panel: Open) -> None:
    panel, _ = open_panel(status_of(branches(), standing=MigrationStanding.AHEAD, strangers=("zz9",)))
    assert _shown(panel)[0] == "zz9"
    panel.list.choose("zz9")
    assert "no SQL" in child(panel, QLabel, "migrations.sql.words").text()
    assert panel.list.model.lines[0].report.state is S.NOT_IN_FOLDER
    assert panel.list.view.currentIndex().data(LINE_ROLE).report.revision == "zz9"


def _color_at(picture: QPixmap, place: QPoint) -> str:
    return picture.toImage().pixelColor(place * picture.devicePixelRatio()).name()
