"""The whole program, driven from inside: it stages edits and is killed, or starts again and restores them.

Run as a program: `python -m tests.support.killed_drafts URL stage|commit|restore|save`. Each step waits until the
window is so far; what it found is written to stdout as one line of JSON.

- stage: opens `notes`, edits a row, adds one, deletes one, waits until all of it is on disk, says so and waits to be
  killed.
- commit: edits a row, adds one, saves, and kills itself once that is committed.
- restore: presses the notice's button and Restore, says what is staged and in conflict, and leaves.
- save: the same, then saves.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from nexus_studio import app
from nexus_studio.services.paths import Paths
from nexus_studio.ui.panels.data.draft_keeper import LEFT
from nexus_studio.ui.panels.data.draft_restoring import RESTORED
from nexus_studio.ui.panels.data.panel import DataPanel
from nexus_studio.ui.panels.data.table_page import TablePage
from nexus_studio.ui.shell.main_window import MainWindow
from nexus_studio.ui.shell.studio import Studio

TICK_MS = 20

Wait = Callable[[], bool]


def say(**found: Any) -> None:
    """Write what was found as one line."""
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


class Driver:
    """Goes on to the next step whenever what the last one waits for is so."""

    def __init__(self, steps: Iterator[Wait]) -> None:
        self._steps = steps
        self._wait: Wait = lambda: True
        self._timer = QTimer()
        self._timer.timeout.connect(self._tick)
        self._timer.start(TICK_MS)

    def _tick(self) -> None:
        if self._wait():
            try:
                self._wait = next(self._steps)
            except StopIteration:
                self._timer.stop()


def window() -> MainWindow | None:
    return next((each for each in QApplication.topLevelWidgets() if isinstance(each, MainWindow)), None)


def studio() -> Studio:
    frame = window()
    assert frame is not None
    found = frame.centralWidget()
    assert isinstance(found, Studio)
    return found


def panel() -> DataPanel:
    found = studio().panel("data")
    assert isinstance(found, DataPanel)
    return found


def page() -> TablePage:
    found = panel().page
    assert found is not None
    return found


def has_tree() -> bool:
    frame = window()
    inside = frame.centralWidget() if frame is not None else None
    found = inside.panel("data") if isinstance(inside, Studio) else None
    return isinstance(found, DataPanel) and found.tree.catalog.read_at is not None


def has_rows() -> bool:
    found = panel().page
    return found is not None and found.relation is not None and not found.grid.model.loader.is_busy


def on_disk(text: str) -> bool:
    root = Paths.default().data / "drafts"
    return any(text in file.read_text() for file in root.rglob("*.draft"))


def open_notes() -> Iterator[Wait]:
    yield has_tree
    from nexus_studio.core.names import RelationName  # noqa: PLC0415 - beside its use

    panel().show_relation(RelationName("public", "notes"))
    yield has_rows


def stage() -> Iterator[Wait]:
    """Stage three things and wait for the end."""
    yield from open_notes()
    changes, loader = page().changes, page().grid.model.loader
    assert changes is not None
    rows = [loader.row(number) for number in range(2)]
    assert rows[0] is not None
    assert rows[1] is not None
    changes.edit(rows[0], "text", "mine-1")
    page().grid.changes_touched()
    yield lambda: on_disk("mine-1")
    changes.delete(rows[1])
    changes.insert({"id": "9", "text": "new-9"})
    page().grid.changes_touched()
    yield lambda: on_disk("new-9")
    say(staged=changes.counts.total)


def commit() -> Iterator[Wait]:
    """Edit a row and add one whose key the server makes; die when both are saved and nobody was told."""
    yield from open_notes()
    writer = type(page().workspace.writer)
    apply = writer.apply

    def dying(*arguments: Any, **more: Any) -> Any:
        apply(*arguments, **more)
        os.kill(os.getpid(), signal.SIGKILL)

    writer.apply = dying  # type: ignore[method-assign]
    changes, row = page().changes, page().grid.model.loader.row(0)
    assert changes is not None
    assert row is not None
    changes.edit(row, "text", "mine-1")
    changes.insert({"text": "new"})
    page().grid.changes_touched()
    page().saving.save()


def restore(*, saves: bool) -> Iterator[Wait]:
    """Take what is offered, as a person would."""
    yield has_tree
    notices = studio().context.notices
    yield lambda: any(each.key == LEFT for each in notices.standing())
    notice = next(each for each in notices.standing() if each.key == LEFT)
    if notice.buttons:
        notice.buttons[0].run()
        yield lambda: has_rows() and page().findChild(QPushButton, "draft_restore") is not None
        button = page().findChild(QPushButton, "draft_restore")
        notes = page().findChild(QLabel, "draft_notes")
        assert isinstance(button, QPushButton)
        assert isinstance(notes, QLabel)
        said = notes.text()
        button.click()
        yield lambda: any(each.key == RESTORED for each in notices.history())
        changes = page().changes
        assert changes is not None
        kinds = sorted(row.kind.value for row in changes.staged_rows())
        conflicts = [[cell.column, cell.mine, cell.theirs] for each in changes.conflicts() for cell in each.cells]
        reasons = [row.rejections.get("", "") for row in changes.staged_rows() if row.rejections]
        say(offered=notice.explanation, notes=said, staged=kinds, conflicts=conflicts, reasons=reasons)
        if saves:
            page().saving.save()
            yield lambda: not page().saving.is_running and not page().is_dirty
            yield lambda: not list((Paths.default().data / "drafts").rglob("*.draft"))
            say(saved=True)
    else:
        say(offered=notice.explanation)
    for each in panel().pages():
        if each.changes is not None:
            each.changes.clear()
    studio().quit()


def main(url: str, what: str) -> int:
    """Run the program with its window."""
    steps = {
        "stage": stage,
        "commit": commit,
        "restore": lambda: restore(saves=False),
        "save": lambda: restore(saves=True),
    }
    app.application()
    driver = Driver(iter(steps[what]()))
    code = app.run(app.Start(url=url))
    del driver
    return code


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.exit(main(*sys.argv[1:]))
