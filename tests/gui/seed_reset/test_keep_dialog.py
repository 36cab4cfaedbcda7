"""Staged edits kept as a seed: offered in the review, named, written, refused where the name is taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.cells import RowKey
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.seeding import SeedService
from nexus_studio.services.session import Session
from nexus_studio.ui.grid.review_dialog import ReviewDialog
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.panels.data.keep_dialog import KeepDialog
from tests.gui.migrations.conftest import Closing
from tests.support.widgets import child, unnamed_widgets, unreachable_widgets

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

PATIENCE_MS = 30_000


def test_edits_are_kept(
    context: UiContext,
    profile: ConnectionProfile,
    sql: Callable[..., list[tuple[Any, ...]]],
    tmp_path: Path,
    qtbot: QtBot,
    closing: Closing,
) -> None:
    sql("CREATE TABLE t (n int PRIMARY KEY, said text)")
    (tmp_path / "project").mkdir()
    session = Session.open(replace(profile, project=tmp_path / "project"), None, TaskContext.for_test())
    relation = CatalogReader(session).relation(RelationName("public", "t"), TaskContext.for_test())
    changes = (RowChange(relation.name, ChangeKind.UPDATE, 1, RowKey(("4",)), {"said": "it's"}, {"said": "old"}),)
    seeds = SeedService(session)
    review = ReviewDialog(context, relation, changes, (), Environment.DEVELOPMENT, may_keep=True)
    closing(review)
    review.show()
    with qtbot.waitSignal(review.keep_asked):
        QTest.mouseClick(child(review, QPushButton, "review.keep"), Qt.MouseButton.LeftButton)
    unable = ReviewDialog(context, relation, changes, (), Environment.DEVELOPMENT, review)
    assert child(unable, QPushButton, "review.keep").isHidden()
    dialog = KeepDialog(context, seeds, relation, changes, review)
    dialog.open()
    keep, name = child(dialog, QPushButton, "keep.keep"), child(dialog, QLineEdit, "keep.name")
    assert not keep.isEnabled()
    name.setText("My Edit!")
    child(dialog, QLineEdit, "keep.description").setText("What I did")
    assert "my-edit.sql" in child(dialog, QLabel, "keep.becomes").text()
    assert (unnamed_widgets(dialog), unreachable_widgets(dialog)) == ([], [])
    file = tmp_path / "project" / "seeds" / "my-edit.sql"
    with qtbot.waitSignal(dialog.accepted, timeout=PATIENCE_MS):
        keep.click()
    assert file.read_text().endswith('UPDATE "public"."t" SET "said"=\'it\'\'s\' WHERE "n" = 4;\n')
    notice = context.notices.current()
    assert notice is not None
    assert str(file) in notice.explanation
    again = KeepDialog(context, seeds, relation, changes, review)
    again.open()
    child(again, QLineEdit, "keep.name").setText("my edit")
    child(again, QPushButton, "keep.keep").click()
    trouble = child(again, QLabel, "keep.trouble")
    qtbot.waitUntil(trouble.isVisible, timeout=PATIENCE_MS)
    assert "my-edit.sql" in trouble.text()
    again.reject()
    session.close()
