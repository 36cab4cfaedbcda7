"""SaveWatch: says that a save waits for somebody's lock, while it does. It gives up by its lock_timeout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal

from nexus_studio.ui.kit.context import UiContext

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.services.rowwriter import RowWriter

_EVERY_MS: Final = 1000
_KEY: Final = "save.waiting"


class SaveWatch(QObject):
    """Asks once a second for what a running save waits. UI thread only, but for `began`."""

    waiting = Signal(object)  # tuple[int, ...]: backends whose locks are waited for; () when no more

    def __init__(self, context: UiContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._writer: RowWriter | None = None
        self._pid = 0
        self._blockers: tuple[int, ...] = ()
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self._ask)

    def began(self, pid: int) -> None:
        """Take the number of the backend that writes. Any thread."""
        self._pid = pid

    def start(self, writer: RowWriter) -> None:
        """Watch a save of this writer."""
        self._writer, self._pid = writer, 0
        self._timer.start()

    def stop(self) -> None:
        """The save has ended."""
        self._timer.stop()
        self._writer = None
        self._say(())

    def _ask(self) -> None:
        writer, pid = self._writer, self._pid
        if writer is not None and pid:
            self._context.runner.query(
                lambda ctx: writer.waits_for(pid, ctx), owner=self, done=self._answered, failed=lambda _: None
            )

    def _answered(self, blockers: tuple[int, ...]) -> None:
        if self._writer is not None:
            self._say(blockers)

    def _say(self, blockers: tuple[int, ...]) -> None:
        if blockers == self._blockers:
            return
        self._blockers = blockers
        self.waiting.emit(blockers)
        if blockers:
            self._context.notices.info(
                self.tr("Saving waits: another session works on the same rows or table."),
                explanation=self.tr("It gives up after a few seconds; then nothing is written, and all stays staged."),
                key=_KEY,
            )
        else:
            self._context.notices.withdraw(_KEY)
