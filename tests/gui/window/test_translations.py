"""The translations: complete, up to date, true to their sources, and what the window really shows in French."""

from __future__ import annotations

import importlib.util
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest
from PySide6.QtWidgets import QAbstractButton, QDialog, QLabel, QLineEdit, QMenu, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.filters import AllOf, Condition
from nexus_studio.core.settings import UI_LANGUAGE
from nexus_studio.ui.grid.condition_popup import ConditionPopup
from nexus_studio.ui.shell.connect_dialog import ConnectDialog
from nexus_studio.ui.shell.studio import Studio
from nexus_studio.ui.shell.welcome import WelcomePage
from tests.support.fix_window import PATIENCE_MS, OpenWindow, open_table, row_at, stage

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

SCRIPT: Final = Path(__file__).parents[3] / "scripts" / "i18n.py"
FIELD: Final = re.compile(r"%L?n|\{\w+\}")
SHORTCUT: Final = re.compile(r"\t.*$|\s*\((?:Ctrl|Alt|Maj|Shift|F\d)[^)]*\)$")


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("i18n_script", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


I18N: Final = _script()


def _translated(language: str) -> dict[tuple[str, str], list[str]]:
    """Return every form of every translation by context and source."""
    found: dict[tuple[str, str], list[str]] = {}
    for (context, source, _), message in I18N.messages(I18N.FOLDER / f"nexus_studio_{language}.ts").items():
        translation = message.find("translation")
        assert translation is not None
        forms = [form.text or "" for form in translation.iter("numerusform")]
        found.setdefault((context, source), []).extend(forms or [translation.text or ""])
    return found


@pytest.mark.parametrize("language", I18N.LANGUAGES)
def test_translations_are_complete_and_up_to_date(language: str) -> None:
    assert I18N.check(language) == []


@pytest.mark.parametrize("language", I18N.LANGUAGES)
def test_translations_keep_what_is_filled_in(language: str) -> None:
    unlike = {
        (context, source, form)
        for (context, source), forms in _translated(language).items()
        for form in forms
        if Counter(FIELD.findall(form)) != Counter(FIELD.findall(source))
    }
    assert unlike == set()


def test_french_is_set_as_french_is() -> None:
    wrong: list[str] = []
    for (_, source), forms in _translated("fr").items():
        for form in forms:
            if re.search(r"\w'\w|“|”|« | »| [;?!:](?=\s|$)", form) and "/ ? #" not in form:
                wrong.append(form)  # a typewriter's apostrophe, foreign quotes, or a space that breaks the line
            if _edges(source) != _edges(form):
                wrong.append(form)  # … and what stands at the ends is as in the source
    assert wrong == []


@pytest.fixture
def french(open_window: OpenWindow, seeded_url: str, qtbot: QtBot) -> Iterator[Studio]:
    """The window, opened in English and turned to French: what is said once and never again stays English."""
    studio = open_window(seeded_url)
    studio.context.settings.set(UI_LANGUAGE, "fr")
    qtbot.waitUntil(lambda: _text(studio, QToolButton, "rail.data") == "Données", timeout=PATIENCE_MS)
    yield studio
    studio.context.settings.set(UI_LANGUAGE, "en")


def test_the_window_speaks_french(french: Studio, qtbot: QtBot) -> None:
    page = open_table(qtbot, french, "session_bookings", AllOf((Condition.of("status", "is", "COMPLETED"),)))
    assert _text(french, QPushButton, "top.search").startswith("Aller à une table ou une action…")
    assert _text(french, QToolButton, "rail.data") == "Données"
    assert _text(page, QPushButton, "filter_chip_0_edit") == "status est COMPLETED"
    assert _text(french.frame, QLabel, "status.mode") == "lecture et écriture"
    stage(page, row_at(qtbot, page, 0), "status", "NO_SHOW")
    assert _text(page, QLabel, "change_count") == "1 modification"
    stage(page, row_at(qtbot, page, 1), "status", "NO_SHOW")
    assert _text(page, QLabel, "change_count") == "2 modifications"
    assert _english(french.frame) == set()


def test_dialogs_speak_french(french: Studio, qtbot: QtBot) -> None:
    page = open_table(qtbot, french, "session_bookings")
    page.filter_bar.begin()
    popup = page.filter_bar.findChild(ConditionPopup)
    assert isinstance(popup, ConditionPopup)
    assert _text(popup, QPushButton, "condition_apply") == "Appliquer"
    assert _english(popup) == set()
    popup.close()
    stage(page, row_at(qtbot, page, 0), "status", "NO_SHOW")
    page.saving.review()
    qtbot.waitUntil(lambda: french.frame.findChild(QDialog, "review_dialog") is not None, timeout=PATIENCE_MS)
    review = french.frame.findChild(QDialog, "review_dialog")
    assert isinstance(review, QDialog)
    assert _text(review, QPushButton, "review.save") == "Enregistrer 1 ligne"
    assert _english(review) == set()
    review.reject()
    french.ask_connection()
    connect = french.findChild(ConnectDialog)
    assert isinstance(connect, ConnectDialog)
    assert connect.windowTitle() == "Connexion"
    assert _english(connect) == set()
    connect.reject()


def test_the_welcome_page_speaks_french(french: Studio) -> None:
    french.show_welcome()
    page = french.findChild(WelcomePage)
    assert isinstance(page, WelcomePage)
    assert _text(page, QPushButton, "welcome.demo") == "Lancer la base de démonstration"
    assert _english(page) == set()


def test_letters_choose_one_entry_of_a_menu(french: Studio) -> None:
    bar = french.frame.menuBar()
    menus = [menu for action in bar.actions() if isinstance(menu := action.menu(), QMenu)]
    assert len(menus) >= 5  # file, edit, rows, view, go
    for entries in (bar.actions(), *(menu.actions() for menu in menus)):
        titles = [entry.text() for entry in entries if not entry.isSeparator()]
        letters = [found[1].lower() for title in titles if (found := re.search("&([^&])", title))]
        assert len(letters) == len(titles), titles
        assert max(Counter(letters).values()) == 1, titles


def _edges(text: str) -> tuple[bool, bool, bool]:
    return text.startswith(" "), text.endswith(" "), text.endswith("…")


def _text(root: QWidget, kind: type[QWidget], name: str) -> str:
    found = root.findChild(kind, name)
    assert isinstance(found, QAbstractButton | QLabel), name
    return found.text().replace("\xa0", " ")


def _english(root: QWidget) -> set[str]:
    """Return the English source texts that a widget and those visible in it still show."""
    known = {
        _bare(source)
        for (_, source), forms in _translated("fr").items()
        if len(_bare(source)) > 1 and all(_bare(form) != _bare(source) for form in forms)
    }
    assert "Save" in known
    return known & {_bare(text) for text in _texts(root)}


def _texts(root: QWidget) -> Iterator[str]:
    for widget in (root, *root.findChildren(QWidget)):
        if not widget.isVisibleTo(root) and not isinstance(widget, QMenu):
            continue  # what is hidden says its texts when it comes up
        yield from (widget.windowTitle(), widget.toolTip(), widget.accessibleName())
        if isinstance(widget, QAbstractButton | QLabel):
            yield widget.text()
        if isinstance(widget, QLineEdit):
            yield widget.placeholderText()
        if isinstance(widget, QMenu):
            yield widget.title()
        for action in widget.actions():
            yield from (action.text(), action.toolTip())


def _bare(text: str) -> str:
    """Take mnemonics and shortcuts away: they differ by place, not by language."""
    return SHORTCUT.sub("", text).replace("&", "").strip()
