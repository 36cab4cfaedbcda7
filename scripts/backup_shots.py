"""The scene of backups: a library with one that is proven, and one opened like a database. See `daily_shots.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import text

from nexus_studio.core.admin.backups import BackupFormat, BackupSpec
from nexus_studio.core.names import RelationName
from nexus_studio.core.settings import UI_THEME
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.workspace import Workspace
from nexus_studio.ui.panels.backups.panel import BackupsPanel
from nexus_studio.ui.shell.studio import Studio

BOOKINGS = RelationName("public", "session_bookings")
_LOSS = """
    DELETE FROM session_bookings WHERE id IN (SELECT id FROM session_bookings ORDER BY id LIMIT 3);
    UPDATE session_bookings SET status = 'CANCELLED'
     WHERE id IN (SELECT id FROM session_bookings WHERE status = 'SCHEDULED' ORDER BY id LIMIT 2)
"""


def backups(
    window: Studio, wait: Callable[[Callable[[], bool], str], None], settle: Callable[[Studio], None]
) -> Iterator[str]:
    """The library, light and dark, and inside of a backup the rows that today's table has lost."""
    workspace = window.connection.workspace
    assert workspace is not None
    file = _library(workspace)
    window.show_panel("backups")
    panel = window.panel("backups")
    assert isinstance(panel, BackupsPanel)
    panel.read()
    wait(lambda: panel.list.current() is not None, "the library")
    panel.list.choose(file)
    settle(window)
    yield "backups"
    window.context.settings.set(UI_THEME, "dark")
    settle(window)
    yield "backups-dark"
    window.context.settings.set(UI_THEME, "light")
    _lose(workspace)
    panel.open_inside(file)
    wait(panel.inside.isVisible, "the backup to be open")
    panel.inside.tables.choose(BOOKINGS)
    wait(lambda: panel.inside.rows.model.rowCount() > 0, "rows that differ")
    panel.inside.rows.table.selectRow(0)
    settle(window)
    yield "backups-inside"
    panel.close_inside()
    settle(window)


def _library(workspace: Workspace) -> Path:
    """Make three backups and prove one; return that."""
    service, ctx = workspace.backups, TaskContext()
    service.create(BackupSpec(format=BackupFormat.PLAIN), ctx)
    service.create(BackupSpec(reason="scheduled"), ctx)
    file, _ = service.create(BackupSpec(), ctx)
    service.verify(file, ctx)
    return file


def _lose(workspace: Workspace) -> None:
    """Lose a few rows and change others."""
    with workspace.session.write(TaskContext()) as connection:
        for statement in _LOSS.split(";"):
            connection.execute(text(statement))
