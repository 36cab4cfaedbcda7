"""The panel on answers that a test gives: what it shows, how the keyboard walks through it, what is taken along."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QLabel, QProgressBar, QPushButton, QTreeWidgetItem
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.readiness import (
    CHECKS,
    Cure,
    Finding,
    ReadinessReport,
    Remedy,
    Verdict,
    failed,
    not_applicable,
    ok,
    warning,
)
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import ConnectionLost, StudioError, TimedOut
from nexus_studio.core.profiles import Environment
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.pages import ErrorPage
from nexus_studio.ui.panels.readiness.panel import ReadinessPanel
from tests.support.widgets import child, unnamed_widgets, unreachable_widgets

PATIENCE_MS = 5_000
FINE = {
    "tls": ok("tls.verified", {"protocol": "TLSv1.3", "cipher": "TLS_AES_256_GCM_SHA384"}),
    "health": ok("health.well", {"url": "https://example.org/api/health", "time_ms": 31}),
    "password": ok("password.strong", {"length": 20}),
}
REINDEX = 'REINDEX INDEX CONCURRENTLY "public"."by_mail";'
FAULTY = {
    **FINE,
    "pool": warning("pool.unlimited", {"server_limit": 97}, Remedy(Cure.STEP, "connection.edit")),
    "migrations": failed("migrations.pending", {"revisions": ("a1", "b2")}, Remedy(Cure.PANEL, "migrations")),
    "indexes": warning("indexes.invalid", {"indexes": ("by_mail (users)",)}, Remedy(Cure.COPY, REINDEX)),
    "sequences": not_applicable("sequences.environment"),
}

Open = Callable[..., tuple[ReadinessPanel, "FakeReadiness"]]


def report_of(findings: dict[str, Finding]) -> ReadinessReport:
    """Return a report in which all is well but what is given."""
    made = tuple(findings.get(each.id) or ok(f"{each.id}.environment") for each in CHECKS)
    moment = datetime(2026, 11, 30, 9, 30, tzinfo=UTC)
    return ReadinessReport("shop @ db:5432", "shop", Environment.PRODUCTION, "18.4", moment, "nexus-studio 0", made)


class FakeReadiness:
    """Answers with what `findings` is at that time, or an error; waits at a check while `gate` is closed."""

    def __init__(self, findings: dict[str, Finding] | StudioError) -> None:
        self.findings = findings
        self.asked = 0
        self.gate = threading.Event()
        self.gate.set()
        self.stops_at = ""

    def report(self, ctx: TaskContext, *, listener: Callable[[Finding], None]) -> ReadinessReport:
        self.asked += 1
        if isinstance(self.findings, StudioError):
            raise self.findings
        found = report_of(self.findings)
        for number, each in enumerate(found.findings):
            if each.check == self.stops_at:
                ctx.report(Progress("readiness.checking", number, len(CHECKS)))
                with ctx.token.calling(self.gate.set):
                    self.gate.wait()
                ctx.token.raise_if_cancelled()
            listener(each)
        return found


@pytest.fixture
def open_panel(context: UiContext, qtbot: QtBot) -> Iterator[Open]:
    """A function that opens the panel on an answer and waits until it is shown."""
    opened: list[ReadinessPanel] = []

    def open_on(
        findings: dict[str, Finding] | StudioError, *, stops_at: str = ""
    ) -> tuple[ReadinessPanel, FakeReadiness]:
        service = FakeReadiness(findings)
        if stops_at:
            service.stops_at = stops_at
            service.gate.clear()
        panel = ReadinessPanel(context)
        opened.append(panel)
        panel.resize(1200, 760)
        workspace: Any = SimpleNamespace(readiness=service)
        panel.open(workspace)
        panel.show()
        panel.activateWindow()
        if not stops_at:
            qtbot.waitUntil(lambda: context.runner.is_idle and service.asked > 0, timeout=PATIENCE_MS)
        return panel, service

    yield open_on
    for panel in opened:
        panel.leave()
        panel.close()
        panel.deleteLater()


def text(panel: ReadinessPanel, name: str) -> str:
    return child(panel, QLabel, f"readiness.{name}").text()


def line(panel: ReadinessPanel, check: str) -> QTreeWidgetItem:
    panel.list.choose(check)
    item = panel.list.currentItem()
    assert item is not None
    return item


def test_where_all_is_well_it_says_so(open_panel: Open) -> None:
    panel, service = open_panel(FINE)
    assert service.asked == 1
    assert text(panel, "overall") == "Ready"
    assert text(panel, "counts") == "OK: 22 · warnings: 0 · failed: 0 · unknown: 0 · not asked: 0"
    assert "shop @ db:5432" in text(panel, "facts")
    assert line(panel, "tls").text(1) == "TLSv1.3, and the server's name was verified."
    assert text(panel, "verdict") == "OK"
    assert not panel.details.door.isVisible()
    assert not panel.details.copy.isVisible()
    assert unnamed_widgets(panel) == []
    assert unreachable_widgets(panel) == []


def test_the_worst_line_is_chosen_and_its_button_leads_there(open_panel: Open, qtbot: QtBot) -> None:
    panel, _ = open_panel(FAULTY)
    assert text(panel, "overall") == "Not ready"
    assert text(panel, "title") == "All migrations are applied"
    assert text(panel, "found") == "Not applied: a1, b2."
    assert text(panel, "advice").startswith("Deploy them")
    with qtbot.waitSignal(panel.step_asked) as asked:
        qtbot.mouseClick(panel.details.door, Qt.MouseButton.LeftButton)
    assert asked.args == ["panel.migrations"]
    panel.list.choose("pool")
    assert panel.details.door.text() == "Edit the connection…"
    with qtbot.waitSignal(panel.step_asked) as asked:
        qtbot.keyClick(panel.list, Qt.Key.Key_Return)
    assert asked.args == ["connection.edit"]


def test_a_command_is_copied_and_not_run(open_panel: Open, qtbot: QtBot) -> None:
    panel, _ = open_panel(FAULTY)
    panel.list.choose("indexes")
    assert text(panel, "command") == REINDEX
    assert not panel.details.door.isVisible()
    qtbot.mouseClick(panel.details.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == REINDEX


def test_only_what_is_to_be_done(open_panel: Open, qtbot: QtBot) -> None:
    panel, service = open_panel(FAULTY)
    panel.header.only_faults.click()

    def shown() -> set[str]:
        lines = {each.id: panel.list._lines[each.id] for each in CHECKS}
        return {name for name, each in lines.items() if not each.isHidden() and not each.parent().isHidden()}  # type: ignore[union-attr]

    assert shown() == {"pool", "migrations", "indexes"}
    service.findings = {**FAULTY, "pool": ok("pool.pooler", {"server_limit": 97})}
    qtbot.mouseClick(panel.header.look, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: service.asked == 2 and panel.context.runner.is_idle, timeout=PATIENCE_MS)
    assert shown() == {"migrations", "indexes"}
    panel.header.only_faults.click()
    assert len(shown()) == len(CHECKS)


def test_lines_come_one_by_one_and_it_can_be_stopped(open_panel: Open, qtbot: QtBot) -> None:
    panel, service = open_panel(FAULTY, stops_at="models")
    qtbot.waitUntil(lambda: line(panel, "migrations").text(1) == "Not applied: a1, b2.", timeout=PATIENCE_MS)
    assert panel.report is None
    assert line(panel, "pool").text(1) == ""
    assert child(panel, QProgressBar, "readiness.progress").isVisible()
    assert panel.header.look.text() == "Stop"
    assert not panel.header.take.isEnabled()
    assert panel.state().can == frozenset()
    qtbot.mouseClick(panel.header.look, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.context.runner.is_idle, timeout=PATIENCE_MS)
    assert panel.header.look.text() == "Look again"
    assert not child(panel, QProgressBar, "readiness.progress").isVisible()
    assert line(panel, "migrations").text(1) == "Not applied: a1, b2."
    service.gate.set()
    panel.read()
    qtbot.waitUntil(lambda: panel.report is not None, timeout=PATIENCE_MS)
    assert line(panel, "pool").text(1) == "The URL sets no limit."


def test_a_chosen_line_stays_chosen_over_another_look(open_panel: Open, qtbot: QtBot) -> None:
    panel, service = open_panel(FAULTY)
    panel.list.choose("tls")
    service.findings = {**FAULTY, "tls": warning("tls.unverified", {"sslmode": "require"})}
    panel.read()
    qtbot.waitUntil(lambda: text(panel, "verdict") == "Warning", timeout=PATIENCE_MS)
    assert text(panel, "found") == "Encrypted, but nobody verified who answers (sslmode=require)."


def test_what_others_changed_makes_it_stale(open_panel: Open, qtbot: QtBot) -> None:
    panel, service = open_panel(FINE)
    panel.on_effects(Effects(Kind.ROWS))
    assert "has changed" not in text(panel, "facts")
    panel.on_effects(Effects(Kind.CATALOG))
    assert text(panel, "facts").startswith("Something has changed since")
    panel.hide()
    panel.show()
    qtbot.waitUntil(lambda: service.asked == 2 and panel.context.runner.is_idle, timeout=PATIENCE_MS)
    assert "has changed" not in text(panel, "facts")
    panel.hide()
    panel.show()
    assert service.asked == 2


def test_a_failure_is_said_and_can_be_tried_again(open_panel: Open, qtbot: QtBot) -> None:
    panel, service = open_panel(TimedOut())
    page = child(panel, ErrorPage, "error_page")
    assert page.isVisible()
    service.findings = FINE
    qtbot.mouseClick(child(page, QPushButton, "step_rows_refresh"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.report is not None, timeout=PATIENCE_MS)
    assert not page.isVisible()
    service.findings = ConnectionLost()
    with qtbot.waitSignal(panel.failed, timeout=PATIENCE_MS):
        panel.read()
    assert not page.isVisible(), "what was found stays in sight"
    assert text(panel, "overall") == "Ready"


def test_the_report_is_taken_along(open_panel: Open, qtbot: QtBot, tmp_path: Path) -> None:
    panel, _ = open_panel(FAULTY)
    assert panel.state().can == {"look", "export"}
    panel.copy_markdown()
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith("# Readiness of shop @ db:5432")
    assert "✖ Failed" in copied
    panel.save("html")
    dialog = child(panel, QFileDialog, "readiness.save")
    assert Path(dialog.selectedFiles()[0]).name == "readiness-shop-2026-11-30.html"
    file = tmp_path / "ticket.html"
    dialog.fileSelected.emit(str(file))
    dialog.close()
    qtbot.waitUntil(lambda: panel.context.runner.is_idle and file.exists(), timeout=PATIENCE_MS)
    assert 'id="migrations"' in file.read_text()
    panel.write(tmp_path / "nowhere" / "ticket.md", "x")
    qtbot.waitUntil(
        lambda: any("ticket.md" in each.text for each in panel.context.notices.history()), timeout=PATIENCE_MS
    )


def test_the_keyboard_goes_round(open_panel: Open, qtbot: QtBot) -> None:
    panel, _ = open_panel(FAULTY)
    panel.list.setFocus()
    panel.step_area(1)
    assert panel.details.door.hasFocus()
    panel.step_area(1)
    assert panel.header.look.hasFocus()
    panel.step_area(-1)
    assert panel.details.door.hasFocus()
    panel.list.setFocus()
    panel.list.choose("url")
    qtbot.keyClick(panel.list, Qt.Key.Key_Down)
    assert text(panel, "title") == "TLS is on and verified"
    spoken = line(panel, "tls").data(0, Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "OK: TLS is on and verified"


@pytest.mark.parametrize("verdict", list(Verdict))
def test_each_verdict_has_a_sign(open_panel: Open, verdict: Verdict) -> None:
    panel, _ = open_panel({"tls": Finding(verdict, "tls.permission")})
    assert not line(panel, "tls").icon(0).isNull()
    assert not panel.grab().isNull()
