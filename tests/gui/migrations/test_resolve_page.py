"""The resolve page: what it says, which way it offers, what it asks first, and that nothing goes by accident."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.evidence import Way, WayOut
from nexus_studio.core.admin.migrations import RevisionState
from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.core.profiles import Environment
from nexus_studio.ui.kit.confirm import ConfirmDialog
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.pages import EmptyPage
from nexus_studio.ui.kit.wording import set_masking
from nexus_studio.ui.panels.migrations.flows.resolve_page import ResolvePage
from tests.gui.migrations.conftest import Closing
from tests.gui.migrations.fakes import EVIDENCE, FAILED, FakeMigrations, failed_status, workspace_on
from tests.support.widgets import child, unnamed_widgets, unreachable_widgets

REVISION = FAILED.migration_name
RIGHT_ALONE = replace(EVIDENCE, ways=(WayOut(Way.RETRY), *EVIDENCE.ways[2:]), recommended=Way.RETRY)
Open = Callable[..., ResolvePage]


@pytest.fixture
def open_page(context: UiContext, closing: Closing, qtbot: QtBot) -> Open:
    def opened(
        service: FakeMigrations, environment: Environment = Environment.DEVELOPMENT, *, wait: bool = True
    ) -> ResolvePage:
        page = ResolvePage(context, workspace_on(service, environment), REVISION)
        closing(page)
        page.resize(1200, 690)
        page.show()
        if wait:
            qtbot.waitUntil(lambda: page.findChild(QPushButton, "resolve.mark_applied") is not None)
        return page

    return opened


def service_of(**more: object) -> FakeMigrations:
    return FakeMigrations(state=failed_status(), **more)  # type: ignore[arg-type]


def button(page: ResolvePage, name: str) -> QPushButton:
    return child(page, QPushButton, name)


def question(page: ResolvePage) -> ConfirmDialog:
    asked = page.findChild(ConfirmDialog)
    assert asked is not None
    return asked


def resolutions(service: FakeMigrations) -> list[tuple[object, ...]]:
    return [call for call in service.calls if call[0] == "resolve"]


def test_it_says_what_failed_and_why(open_page: Open) -> None:
    page = open_page(service_of())
    said = child(page, QPlainTextEdit, "resolve_happened.words").toPlainText()
    assert "could not create unique index" in said
    assert "zoe@example.org" in said
    assert "23505" in said
    assert "CONCURRENTLY" in child(page, QPlainTextEdit, "resolve_happened.statement").toPlainText()
    texts = " ".join(label.text() for label in page.findChildren(QLabel))
    assert "anna @ laptop-7" in texts
    assert "number 2" in texts
    assert "1.2 s" in texts


def test_a_connection_that_masks_leaves_out_what_quotes_rows(open_page: Open) -> None:
    set_masking(masking=True)
    try:
        page = open_page(service_of())
        assert "zoe" not in child(page, QPlainTextEdit, "resolve_happened.words").toPlainText()
    finally:
        set_masking(masking=False)


def test_it_shows_each_statement_with_its_facts(open_page: Open) -> None:
    page = open_page(service_of())
    lines = page._evidence_view.lines()
    assert lines[0].endswith(": Present")
    assert lines[2].startswith("2  CREATE UNIQUE INDEX")
    assert lines[3] == "  index users_email_key: Half-done"
    assert "Present: 1 · Half-done: 1 · Absent: 1" in child(page, QLabel, "resolve_evidence.counted").text()
    assert "INVALID" not in child(page, QPlainTextEdit, "resolve_evidence.detail").toPlainText()
    item = page._evidence_view._tree.topLevelItem(1)
    assert item is not None
    fact = item.child(0)
    assert fact is not None
    page._evidence_view._tree.setCurrentItem(fact)
    assert "Found: INVALID CREATE UNIQUE INDEX" in child(page, QPlainTextEdit, "resolve_evidence.detail").toPlainText()


def test_the_recommended_way_is_the_big_button_and_has_its_reason(open_page: Open) -> None:
    page = open_page(service_of())
    best = button(page, "resolve.clean_up")
    assert best.property("primary")
    assert not button(page, "resolve.mark_applied").property("primary")
    assert "can be removed without loss" in child(page, QLabel, "resolve_ways.reason").text()
    assert not button(page, "resolve.finish").isEnabled()
    assert any(
        label.text() == "Finish the rest: What is missing can't be run without what came before it."
        for label in page.findChildren(QLabel)
    )


def test_everything_is_named_and_reached_by_keyboard(open_page: Open) -> None:
    page = open_page(service_of())
    assert unnamed_widgets(page) == []
    assert unreachable_widgets(page) == []


def test_a_return_too_many_does_nothing(open_page: Open, qtbot: QtBot) -> None:
    service = service_of(found=RIGHT_ALONE)
    page = open_page(service)
    page.activateWindow()
    for widget in (page, page.focusWidget(), page._evidence_view._tree):
        if widget is not None:
            qtbot.keyClick(widget, Qt.Key.Key_Return)
    assert resolutions(service) == []


def test_clean_up_shows_its_sql_first(open_page: Open, qtbot: QtBot) -> None:
    service = service_of()
    page = open_page(service)
    button(page, "resolve.clean_up").click()
    assert page._sql.sql() == "DROP INDEX CONCURRENTLY public.users_email_key;\n\nDROP TABLE public.email_backup;"
    assert resolutions(service) == []
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    assert page.page is page._page, "Escape goes back to the evidence"
    button(page, "resolve.clean_up").click()
    left: list[bool] = []
    page.left.connect(lambda: left.append(True))
    button(page, "resolve_page.go").click()
    qtbot.waitUntil(lambda: isinstance(page.page, EmptyPage))
    assert resolutions(service) == [("resolve", REVISION, Way.CLEAN_UP)]
    assert child(page.page, QLabel, "page_title").text() == "Resolved"
    button(page, "step_resolve_back").click()
    assert left == [True]


def test_the_recommended_way_that_runs_nothing_new_is_one_click(open_page: Open, qtbot: QtBot) -> None:
    service = service_of(found=RIGHT_ALONE)
    page = open_page(service)
    button(page, "resolve.retry").click()
    qtbot.waitUntil(lambda: resolutions(service) == [("resolve", REVISION, Way.RETRY)])
    qtbot.waitUntil(lambda: isinstance(page.page, EmptyPage))


def test_a_way_against_the_evidence_names_what_will_be_wrong(open_page: Open, qtbot: QtBot) -> None:
    service = service_of()
    page = open_page(service)
    button(page, "resolve.mark_applied").click()
    asked = question(page)
    words = " ".join(label.text() for label in asked.findChildren(QLabel))
    assert "index users_email_key will be missing" in words
    assert "Clean up and run again" in words
    qtbot.keyClick(asked, Qt.Key.Key_Return)
    assert resolutions(service) == []
    button(page, "resolve.mark_applied").click()
    child(question(page), QPushButton, "confirm_do").click()
    qtbot.waitUntil(lambda: resolutions(service) == [("resolve", REVISION, Way.MARK_APPLIED)])


def test_in_production_the_name_is_typed_even_for_the_right_way(open_page: Open, qtbot: QtBot) -> None:
    service = service_of(found=RIGHT_ALONE)
    page = open_page(service, Environment.PRODUCTION)
    button(page, "resolve.retry").click()
    asked = question(page)
    assert not child(asked, QPushButton, "confirm_do").isEnabled()
    child(asked, QLineEdit, "confirm_name").setText("nexus")
    child(asked, QPushButton, "confirm_do").click()
    qtbot.waitUntil(lambda: bool(resolutions(service)))


def test_a_run_that_fails_again_is_told_and_can_be_resolved(open_page: Open, qtbot: QtBot) -> None:
    service = service_of(found=RIGHT_ALONE, fails_at=2)
    page = open_page(service)
    button(page, "resolve.retry").click()
    resolve = button(page, "resolve_page.resolve")
    qtbot.waitUntil(resolve.isVisible)
    assert "could not create" in child(page._run.view, QPlainTextEdit, "resolve_run.words").toPlainText()
    service.state = failed_status()
    resolve.click()
    qtbot.waitUntil(lambda: page.page is page._page)


def test_gathering_can_be_given_up_and_then_only_warned_ways_are_left(open_page: Open, qtbot: QtBot) -> None:
    service = service_of(held=("evidence",))
    page = open_page(service, wait=False)
    qtbot.waitUntil(lambda: "evidence" in [call[0] for call in service.calls])
    assert "could not create" in child(page, QPlainTextEdit, "resolve_happened.words").toPlainText()
    child(page._right, QPushButton, "waiting_cancel").click()
    assert page.findChild(QPushButton, "resolve.clean_up") is None
    button(page, "resolve.run_again").click()
    words = " ".join(label.text() for label in question(page).findChildren(QLabel))
    assert "Nobody looked" in words
    question(page).reject()


def test_evidence_that_can_not_be_had_is_said(open_page: Open) -> None:
    error = MigrationBlocked("migration.scratch_failed", reason="nowhere")
    page = open_page(service_of(error=error, error_in="evidence"))
    assert "No throwaway database could be made" in child(page, QLabel, "resolve_evidence.source").text()
    assert not any(each.property("primary") for each in page._ways.findChildren(QPushButton))


def test_what_still_runs_can_be_ended(open_page: Open, qtbot: QtBot) -> None:
    living = replace(FAILED, error=None, backend_pid=4711, is_alive=True, failed_statement="", failed_number=None)
    service = FakeMigrations(state=failed_status(living, RevisionState.RUNNING))
    page = open_page(service, wait=False)
    qtbot.waitUntil(lambda: page.page is page._page)
    assert not page._right.isVisible()
    button(page, "resolve_happened.end").click()
    child(question(page), QPushButton, "confirm_do").click()
    qtbot.waitUntil(lambda: ("end_backend", 4711) in service.calls)
    qtbot.waitUntil(lambda: page.findChild(QPushButton, "resolve.mark_applied") is not None)


def test_what_was_resolved_elsewhere_is_said(open_page: Open, qtbot: QtBot) -> None:
    page = open_page(FakeMigrations(), wait=False)
    qtbot.waitUntil(lambda: isinstance(page.page, EmptyPage))
    assert child(page.page, QLabel, "page_title").text() == "There is nothing to resolve"  # type: ignore[arg-type]


def test_a_slow_replay_can_be_waited_for_longer(open_page: Open, qtbot: QtBot) -> None:
    service = service_of(found=replace(EVIDENCE, reason="migration.replay_slow"))
    page = open_page(service)
    longer = button(page, "resolve_page.wait_longer")
    qtbot.waitUntil(longer.isVisible)
    assert "120" in longer.toolTip()
    longer.click()
    qtbot.waitUntil(lambda: ("evidence", REVISION, 120_000) in service.calls and longer.isVisible())
    service.found = EVIDENCE
    longer.click()
    qtbot.waitUntil(lambda: ("evidence", REVISION, 720_000) in service.calls)
    qtbot.waitUntil(lambda: page._right.currentWidget() is page._evidence_view)
    assert not longer.isVisible()
    assert unnamed_widgets(page) == []


def test_the_values_of_the_run_line_up(open_page: Open) -> None:
    page = open_page(service_of())
    values = [each for each in page._happened.findChildren(QLabel, "resolve_happened.value") if each.isVisible()]
    assert len(values) > 3
    assert len({each.mapTo(page, each.rect().topLeft()).x() for each in values}) == 1
