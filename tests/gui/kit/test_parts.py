"""Notices, confirmations, actions, pages, languages and settings of the window."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QMainWindow, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from nexus_studio.core.errors import ConnectionFailed, ServerReport
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.settings import UI_LANGUAGE, UI_THEME, Settings
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.settings_store import SettingsStore
from nexus_studio.ui.kit.actions import ActionSpec, ActionTable, Menu
from nexus_studio.ui.kit.confirm import Answer, Confirmation, ConfirmDialog, ask
from nexus_studio.ui.kit.i18n import Languages, resolved
from nexus_studio.ui.kit.notices import NoticeButton, NoticeCenter, NoticeStrip, Severity
from nexus_studio.ui.kit.pages import EmptyPage, ErrorPage
from nexus_studio.ui.kit.panels import Panel, PanelState
from nexus_studio.ui.kit.settings import SettingsHolder
from nexus_studio.ui.kit.task_chip import TaskChip
from nexus_studio.ui.kit.tasks import EffectsBus, TaskRunner
from nexus_studio.ui.kit.theme import Theme
from nexus_studio.ui.kit.wording import NextStep

ROOT = Path(__file__).resolve().parents[3]
REFUSED = ConnectionFailed("connection.refused", host="localhost", port=5434, report=ServerReport(message="<b>no</b>"))


def child(parent: QWidget, kind: type[QWidget], name: str) -> QWidget:
    found = parent.findChild(kind, name)
    assert found is not None, name
    return found


def press(parent: QWidget, name: str) -> None:
    QTest.mouseClick(child(parent, QPushButton, name), Qt.MouseButton.LeftButton)


@pytest.fixture
def center(qapp: QApplication) -> NoticeCenter:
    return NoticeCenter()


@pytest.fixture
def strip(qtbot: QtBot, center: NoticeCenter) -> NoticeStrip:
    made = NoticeStrip(center)
    qtbot.addWidget(made)
    return made


def shown_text(widget: QWidget, name: str) -> str:
    label = child(widget, QLabel, name)
    assert isinstance(label, QLabel)
    return label.text()


def test_the_strip_shows_the_gravest_and_hides_when_all_are_gone(strip: NoticeStrip, center: NoticeCenter) -> None:
    assert strip.isHidden()
    center.warning("careful")
    center.info("by the way")
    assert not strip.isHidden()
    assert shown_text(strip, "notice_text") == "careful"
    for notice in center.standing():
        center.dismiss(notice)
    assert strip.isHidden()
    assert [notice.text for notice in center.history()] == ["by the way", "careful"]


def test_a_key_replaces_and_withdraws(center: NoticeCenter) -> None:
    center.warning("lost", key="line")
    center.success("back", key="line")
    assert [notice.text for notice in center.standing()] == ["back"]
    center.withdraw("line")
    assert center.current() is None


def test_buttons_run_and_take_the_notice_down(qtbot: QtBot, strip: NoticeStrip, center: NoticeCenter) -> None:
    done: list[int] = []
    center.info("backup done", buttons=(NoticeButton("Show", lambda: done.append(1)),))
    press(strip, "notice_button_0")
    assert done == [1]
    assert center.current() is None


def test_many_buttons_stand_below_the_text_and_never_twice(strip: NoticeStrip, center: NoticeCenter) -> None:
    strip.resize(1200, 40)
    strip.show()
    few = tuple(NoticeButton(label, lambda: None) for label in ("Undo", "Undo", "Review"))
    center.warning("Done.", buttons=few)
    words = child(strip, QLabel, "notice_text")

    def buttons() -> list[QPushButton]:
        made = [one for one in strip.findChildren(QPushButton) if one.objectName().startswith("notice_button")]
        return [one for one in made if one.isVisible()]

    assert [button.text() for button in buttons()] == ["Undo", "Review"]
    strip.resize(1200, strip.sizeHint().height())
    QApplication.processEvents()
    assert all(button.x() > words.geometry().right() for button in buttons())
    many = tuple(NoticeButton(label, lambda: None) for label in ("Try again", "Reconnect", "Edit connection"))
    center.warning("Not done.", buttons=many)
    strip.resize(1200, strip.sizeHint().height())
    QApplication.processEvents()
    tops = [button.mapTo(strip, button.rect().topLeft()).y() for button in buttons()]
    assert len(tops) == 3
    assert min(tops) > words.mapTo(strip, words.rect().center()).y()


def test_the_strips_sign_follows_the_theme(qapp: QApplication, strip: NoticeStrip, center: NoticeCenter) -> None:
    theme = Theme("light")
    theme.apply(qapp)
    center.info("Hello")
    before = strip._icon.pixmap().toImage()
    theme.set_mode("dark")
    QApplication.processEvents()
    assert strip._icon.pixmap().toImage() != before


def test_an_error_offers_its_next_steps(qtbot: QtBot, strip: NoticeStrip, center: NoticeCenter) -> None:
    center.failed(REFUSED, what="Connect")
    current = center.current()
    assert current is not None
    assert current.severity is Severity.ERROR
    assert shown_text(strip, "notice_text") == "Connect: Nothing listens at localhost:5434"
    with qtbot.waitSignal(center.chosen) as chosen:
        press(strip, "notice_button_0")
    assert chosen.args == ["connection.retry"]


def test_what_the_server_says_is_never_markup(strip: NoticeStrip, center: NoticeCenter) -> None:
    center.failed(REFUSED)
    label = child(strip, QLabel, "notice_explanation")
    assert isinstance(label, QLabel)
    assert "<b>no</b>" in label.text()
    assert label.textFormat() == Qt.TextFormat.PlainText


def test_copy_details(qtbot: QtBot, strip: NoticeStrip, center: NoticeCenter) -> None:
    center.failed(REFUSED)
    QTest.mouseClick(child(strip, QToolButton, "notice_copy"), Qt.MouseButton.LeftButton)
    assert "connection.refused" in QApplication.clipboard().text()


@pytest.mark.parametrize(
    ("environment", "destructive", "typed"),
    [
        (Environment.DEVELOPMENT, True, False),
        (Environment.DEMO, False, False),
        (Environment.STAGING, False, False),
        (Environment.STAGING, True, True),
        (Environment.PRODUCTION, False, True),
    ],
)
def test_a_confirmation_is_as_strict_as_its_environment(
    qtbot: QtBot, environment: Environment, destructive: bool, typed: bool
) -> None:
    profile = ConnectionProfile("p", database="nexus", environment=environment)
    dialog = ConfirmDialog(Confirmation("Reset?", "All rows go.", "Reset", ("12 rows",), destructive), profile)
    qtbot.addWidget(dialog)
    name = child(dialog, QLineEdit, "confirm_name")
    do = child(dialog, QPushButton, "confirm_do")
    assert name.isHidden() is not typed
    assert do.isEnabled() is not typed
    if typed:
        QTest.keyClicks(name, "nexu")
        assert not do.isEnabled()
        QTest.keyClicks(name, "s")
    with qtbot.waitSignal(dialog.accepted):
        press(dialog, "confirm_do")


@pytest.mark.parametrize(
    "title", ["Drop?", "Stop the database server that everybody here has been working with since Monday?"]
)
def test_a_confirmation_has_room_for_its_words_and_no_more(qtbot: QtBot, title: str) -> None:
    words = Confirmation(title, "All rows go.", "Reset", ("Will be lost: " + "many tables, " * 20,), destructive=True)
    dialog = ConfirmDialog(words, ConnectionProfile("p", host="db.example.org", database="d"))
    qtbot.addWidget(dialog)
    dialog.show()
    layout = dialog.layout()
    assert layout is not None
    assert dialog.height() == layout.heightForWidth(dialog.width())
    for label in dialog.findChildren(QLabel):
        if label.isVisible() and label.wordWrap():
            assert label.height() >= label.heightForWidth(label.width()), label.text()


def test_what_touches_no_database_needs_no_name(qtbot: QtBot) -> None:
    profile = ConnectionProfile("p", database="nexus", environment=Environment.PRODUCTION)
    dialog = ConfirmDialog(Confirmation("Discard?", "Edits go.", "Discard", destructive=True, writes=False), profile)
    qtbot.addWidget(dialog)
    assert child(dialog, QPushButton, "confirm_do").isEnabled()


def test_escape_says_no(qtbot: QtBot) -> None:
    dialog = ConfirmDialog(Confirmation("Reset?", "All rows go.", "Reset"), ConnectionProfile("p"))
    qtbot.addWidget(dialog)
    dialog.show()
    with qtbot.waitSignal(dialog.rejected):
        QTest.keyClick(dialog, Qt.Key.Key_Escape)


def test_return_never_does_what_loses_something(qtbot: QtBot) -> None:
    dialog = ConfirmDialog(
        Confirmation("Reset?", "All rows go.", "Reset", destructive=True),
        ConnectionProfile("p", environment=Environment.DEVELOPMENT),
    )
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitExposed(dialog)
    assert dialog.focusWidget() is child(dialog, QPushButton, "confirm_cancel")
    child(dialog, QPushButton, "confirm_do").setFocus()
    QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)
    assert not dialog.isVisible()
    assert dialog.answer is Answer.CANCEL


def test_return_leaves_a_typed_name_alone(qtbot: QtBot) -> None:
    profile = ConnectionProfile("p", database="nexus", environment=Environment.PRODUCTION)
    dialog = ConfirmDialog(Confirmation("Reset?", "All rows go.", "Reset", destructive=True), profile)
    qtbot.addWidget(dialog)
    dialog.show()
    name = child(dialog, QLineEdit, "confirm_name")
    assert dialog.focusWidget() is name
    QTest.keyClicks(name, "nexus")
    QTest.keyClick(name, Qt.Key.Key_Return)
    assert dialog.isVisible()
    press(dialog, "confirm_do")
    assert dialog.answer is Answer.DO


@pytest.mark.parametrize(
    ("button", "answer"),
    [
        ("confirm_do", Answer.DO),
        ("confirm_alternative", Answer.ALTERNATIVE),
        ("confirm_cancel", Answer.CANCEL),
    ],
)
def test_a_question_may_have_a_third_way(qtbot: QtBot, button: str, answer: Answer) -> None:
    question = Confirmation(
        "Close?", "Edits go.", "Discard", destructive=True, writes=False, alternative="Save", consequences=("3 edits",)
    )
    parent, heard = QWidget(), list[Answer]()
    qtbot.addWidget(parent)
    dialog = ask(
        question,
        ConnectionProfile("p"),
        parent,
        lambda: heard.append(Answer.DO),
        lambda: heard.append(Answer.ALTERNATIVE),
    )
    press(dialog, button)
    assert dialog.answer is answer
    assert heard == [answer] * (answer is not Answer.CANCEL)


def test_actions_come_from_one_list(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    ran: list[Panel | None] = []
    table = ActionTable(
        [
            ActionSpec("rows.save", "&Save", ran.append, "save", "Ctrl+S", Menu.ROWS, lambda state: state.dirty),
            ActionSpec("view.dark", "Dark", ran.append, menu=Menu.VIEW, checked=lambda state: "dark" in state.can),
            ActionSpec("secret", "Secret", ran.append, shortcut="F5; Ctrl+R"),
        ],
        lambda: None,
        window,
    )
    table.install(window)
    assert [action.text() for action in window.menuBar().actions()] == ["&Rows", "&View"]
    table.refresh(PanelState())
    assert not table.action("rows.save").isEnabled()
    table.refresh(PanelState(dirty=True, can=frozenset({"dark"})))
    assert table.action("view.dark").isChecked()
    table.action("rows.save").trigger()
    assert ran == [None]
    assert len(table.action("secret").shortcuts()) == 2
    assert table.action("secret") in window.actions()
    assert table.action("rows.save").toolTip().startswith("Save (")
    assert [spec.id for spec, _ in table.entries()] == ["rows.save", "view.dark", "secret"]


def test_the_error_page(qtbot: QtBot) -> None:
    page = ErrorPage()
    qtbot.addWidget(page)
    page.show_error(REFUSED, (NextStep("welcome", "Back"),))
    assert shown_text(page, "page_title") == "Nothing listens at localhost:5434"
    assert shown_text(page, "server_words") == "Message: <b>no</b>"
    with qtbot.waitSignal(page.chosen) as chosen:
        press(page, "step_demo_start")
    assert chosen.args == ["demo.start"]
    press(page, "step_details_copy")
    assert "<b>no</b>" in QApplication.clipboard().text()
    page.show_error(ConnectionFailed("connection.host_not_found", host="x"))
    assert child(page, QWidget, "server_frame").isHidden()


def test_the_error_page_begins_on_its_first_button(qtbot: QtBot) -> None:
    page = ErrorPage()
    qtbot.addWidget(page)
    page.show_error(REFUSED)
    page.show()
    focused = page.focusWidget()
    assert isinstance(focused, QPushButton)
    assert focused.property("primary")


def test_no_button_of_a_page_is_cut_off(qtbot: QtBot) -> None:
    page = ErrorPage()
    qtbot.addWidget(page)
    page.show_error(REFUSED)
    page.resize(420, 700)
    page.show()
    buttons = page.findChildren(QPushButton)
    qtbot.waitUntil(lambda: len({button.y() for button in buttons}) > 1)
    assert all(button.width() >= button.sizeHint().width() for button in buttons)


def test_the_empty_page(qtbot: QtBot) -> None:
    page = EmptyPage()
    qtbot.addWidget(page)
    page.show_words("table", "Nothing here", "Yet.", (NextStep("demo.start", "Start"),))
    with qtbot.waitSignal(page.chosen):
        press(page, "step_demo_start")
    assert page.accessibleName() == "Nothing here"


def test_the_task_chip(qtbot: QtBot) -> None:
    runner, owner, go = TaskRunner(EffectsBus()), QObject(), threading.Event()
    chip = TaskChip(runner)
    qtbot.addWidget(chip)
    assert chip.isHidden()

    def work(ctx: TaskContext) -> None:
        with ctx.token.calling(go.set):
            ctx.report(Progress("seed.rows", 43, 100, "rows"))
            go.wait(20)
        ctx.token.raise_if_cancelled()

    runner.operate("Seed", work, owner=owner)
    qtbot.waitUntil(lambda: not chip.isHidden())
    qtbot.waitUntil(lambda: shown_text(chip, "task_amount") == "43 %")
    assert shown_text(chip, "task_name") == "Seed"
    QTest.mouseClick(child(chip, QToolButton, "task_stop"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(chip.isHidden)
    assert runner.shutdown(5000)


@pytest.fixture
def languages(qapp: QApplication) -> Iterator[Languages]:
    made = Languages(qapp)
    yield made
    made.apply("en")
    made.deleteLater()


def test_the_language_changes_while_running(
    qtbot: QtBot, languages: Languages, strip: NoticeStrip, center: NoticeCenter
) -> None:
    close = child(strip, QToolButton, "notice_close")
    languages.apply("en")
    assert close.toolTip() == "Dismiss"
    with qtbot.waitSignal(languages.changed):
        languages.apply("fr")
    qtbot.waitUntil(lambda: close.toolTip() == "Fermer")
    assert strip.tr("%Ln more", "further notices", 2) == "2 autres"
    assert QApplication.translate("QPlatformTheme", "Cancel") == "Annuler"  # Qt's own


def test_the_system_language_is_one_we_speak() -> None:
    assert resolved("fr") == "fr"
    assert resolved("system") in {"en", "fr"}


def test_settings_are_saved_soon_and_at_the_latest_on_flush(qtbot: QtBot, tmp_path: Path) -> None:
    store = SettingsStore(tmp_path / "settings.toml")
    holder = SettingsHolder(store)
    with qtbot.waitSignal(holder.changed) as changed:
        holder.set(UI_THEME, "dark")
    assert changed.args == [UI_THEME.key]
    qtbot.waitUntil(store.path.exists)
    with qtbot.assertNotEmitted(holder.changed):
        holder.set(UI_THEME, "dark")
    holder.replace(holder.value.with_value(UI_LANGUAGE, "fr"))
    holder.flush()
    assert store.load().get(UI_LANGUAGE) == "fr"


def test_an_unwritable_disk_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    holder = SettingsHolder(SettingsStore(tmp_path / "file" / "settings.toml"))
    assert holder.value == Settings()
    (tmp_path / "file").write_text("in the way")
    holder.set(UI_THEME, "dark")
    with qtbot.waitSignal(holder.save_failed):
        holder.flush()
    assert holder.get(UI_THEME) == "dark"


def test_the_kit_asks_for_no_database_library() -> None:
    """The window is painted before SQLAlchemy and psycopg are imported."""
    code = "import sys, nexus_studio.ui.kit.tasks, nexus_studio.ui.kit.pages; assert 'psycopg' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
