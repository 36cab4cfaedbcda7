"""The whole window on a masking connection, with the line to the server listened to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.rowformats import MASK
from nexus_studio.core.data.rowquery import Sort
from nexus_studio.core.schema.types import TypeKind
from nexus_studio.ui.shell.doors import Target
from tests.support.fix_cluster import profile_of
from tests.support.fix_window import PATIENCE_MS, OpenWindow, has_tree, open_table
from tests.support.listening import Heard, listening_proxy

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

SECRET = "canary.person@example.org"


@pytest.fixture
def line(seeded_url: str) -> Iterator[tuple[int, Heard]]:
    with psycopg.connect(seeded_url, autocommit=True) as connection:
        connection.execute("UPDATE users SET email = %s || id", (SECRET,))
    profile = profile_of(seeded_url)
    with listening_proxy(profile.host, profile.port or 5432) as found:
        yield found


def test_no_way_through_the_window_fetches_a_sensitive_value(
    open_window: OpenWindow, seeded_url: str, line: tuple[int, Heard], qtbot: QtBot
) -> None:
    port, heard = line
    studio = open_window(seeded_url)
    studio.disconnect_now()
    through = replace(profile_of(seeded_url), host="127.0.0.1", port=port, masking=True)
    studio.connection.connect_to(Target(through))
    qtbot.waitUntil(lambda: studio.connection.workspace is not None and has_tree(studio), timeout=PATIENCE_MS)

    def rest() -> None:
        qtbot.waitUntil(lambda: studio.context.runner.is_idle, timeout=PATIENCE_MS)

    page = open_table(qtbot, studio, "users")
    assert page.relation is not None
    assert "email" in page.relation.masked
    page.grid.select_all()
    with qtbot.waitSignal(page.grid.copying.copied, timeout=PATIENCE_MS):
        page.grid.copy()
    assert MASK in QGuiApplication.clipboard().text()
    page.grid.add_up()
    page.grid.select_cell(1, "email")
    rest()
    page.show_form(True)
    rest()
    page.show_form(False)
    page.grid.set_sort((Sort("email"),))
    assert page.grid.query is not None
    assert page.grid.query.sort == ()
    page.grid.find_and_replace()
    page.grid.duplicate_rows()
    rest()
    page.grid.undo()
    role = next(each for each in page.relation.columns if each.type.kind is TypeKind.ENUM and each.may_select)
    page.grid.select_cell(1, role.name)
    shown = page.grid.current_row()
    assert shown is not None
    other = next(label for label in role.type.labels if label not in shown.cells)
    page.grid.stage(role.name, other)
    rest()
    page.saving.review()
    rest()
    page.saving.save()
    qtbot.waitUntil(lambda: not page.is_dirty and studio.context.runner.is_idle, timeout=PATIENCE_MS)
    studio.show_panel("history")
    rest()
    assert len(heard) > 10_000
    assert heard.count(SECRET) == 0
