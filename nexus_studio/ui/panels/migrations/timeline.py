"""Timeline: the ledger's rows of one revision as they are read: what, when, by whom, for how long, and what failed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from nexus_studio.core.admin.ledgerentries import Deed, LedgerEntry
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.theme import Theme
from nexus_studio.ui.kit.wording import labelled
from nexus_studio.ui.panels.migrations.prisma_words import failure_words
from nexus_studio.ui.panels.migrations.words import deed_tone, deed_words, duration, exact_moment, moment

_MOST = 100  # rows; the ledger has them all
_SIGN = QSize(16, 16)


class Timeline(QScrollArea):
    """Newest on top. The keyboard scrolls it; its texts can be selected."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: tuple[LedgerEntry, ...] = ()
        self.setObjectName("migrations.timeline")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme.changed.connect(self._fill)
        self._fill()

    def show_entries(self, entries: tuple[LedgerEntry, ...]) -> None:
        """Show rows, given oldest first."""
        if entries != self._entries:
            self._entries = entries
            self._fill()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._fill()

    def _fill(self) -> None:
        page = QWidget(self)
        column = QVBoxLayout(page)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(10)
        if not self._entries:
            column.addWidget(_label(self.tr("The ledger has no row of this revision."), page, "muted"))
        for entry in reversed(self._entries[-_MOST:]):
            column.addWidget(self._row(entry, page))
        column.addStretch(1)
        # Qt may be telling all widgets of another palette or language just now: none may be gone under its hands.
        if (before := self.takeWidget()) is not None:
            before.hide()
            before.deleteLater()
        self.setWidget(page)
        self.setAccessibleName(self.tr("Rows of the ledger, newest first"))
        self.setAccessibleDescription("\n".join(self._spoken(entry) for entry in reversed(self._entries[-_MOST:])))

    def _row(self, entry: LedgerEntry, parent: QWidget) -> QWidget:
        row = QWidget(parent)
        grid = QGridLayout(row)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        sign = QLabel(row)
        sign.setPixmap(icon(_icon(entry), deed_tone(entry)).pixmap(_SIGN))
        grid.addWidget(sign, 0, 0, Qt.AlignmentFlag.AlignTop)
        title = _label(deed_words(entry), row, "strong")
        grid.addWidget(title, 0, 1)
        when = _label(self._facts(entry), row, "muted")
        when.setToolTip(self._exactly(entry))
        grid.addWidget(when, 1, 1)
        if entry.error is not None:
            said = failure_words(entry)
            words = _label("\n".join(labelled(label, text) for label, text in said), row)
            words.setProperty("tone", "danger")
            grid.addWidget(words, 2, 1)
        return row

    def _facts(self, entry: LedgerEntry) -> str:
        ran = duration(entry.duration_ms)
        who = entry.who
        if who and entry.host:
            who = self.tr("{who} on {host}").format(who=entry.who, host=entry.host)
        facts = [moment(entry.finished_at or entry.rolled_back_at or entry.started_at), ran, who]
        if entry.deed is Deed.RUN and (entry.statements or entry.tool_version):  # Prisma does not count them
            facts.append(self.tr("%Ln statement(s)", "", entry.statements))
        facts.append(entry.tool_version)
        if entry.rolled_back_at is not None and entry.finished_at is not None:
            facts.append(self.tr("rolled back {moment}").format(moment=moment(entry.rolled_back_at)))
        return " · ".join(filter(None, facts))

    def _exactly(self, entry: LedgerEntry) -> str:
        lines = [self.tr("Started {moment}").format(moment=exact_moment(entry.started_at))]
        if entry.finished_at is not None:
            lines.append(self.tr("Finished {moment}").format(moment=exact_moment(entry.finished_at)))
        if entry.rolled_back_at is not None:
            lines.append(self.tr("Rolled back {moment}").format(moment=exact_moment(entry.rolled_back_at)))
        if entry.checksum:
            lines.append(self.tr("Checksum {checksum}").format(checksum=entry.checksum))
        return "\n".join(lines)

    def _spoken(self, entry: LedgerEntry) -> str:
        return f"{deed_words(entry)}, {self._facts(entry)}"


def _icon(entry: LedgerEntry) -> str:
    if entry.error is not None:
        return "error"
    if entry.is_open:
        return "running" if entry.is_alive else "interrupted"
    icons = {
        Deed.MARKED_APPLIED: "check",
        Deed.MARKED_ROLLED_BACK: "undo",
        Deed.CLEANED_UP: "discard",
        Deed.STAMPED: "pin",
        Deed.BASELINE: "pin",
    }
    if entry.deed in icons:
        return icons[entry.deed]
    return "success" if deed_tone(entry) == "success" else "undo"


def _label(words: str, parent: QWidget, look: str = "") -> QLabel:
    label = QLabel(words, parent)
    if look:
        label.setProperty(look, True)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
