"""SessionModel: the sessions of a server as lines that stay where they are chosen while they are read again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from nexus_studio.core.admin.activity import MARKS, ActivitySnapshot, SessionRow
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.tips import plain_tip
from nexus_studio.ui.kit.wording import labelled
from nexus_studio.ui.panels.sizes.session_words import (
    age_words,
    first_mark,
    mark_sign,
    marks_words,
    query_words,
    said,
    state_word,
)

PID, USER, DATABASE, APPLICATION, STATE, WAIT, DURATION, TRANSACTION, QUERY = range(9)
COLUMNS: Final = QUERY + 1
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_NOWHERE: Final = QModelIndex()
_Index = QModelIndex | QPersistentModelIndex
_TITLES: Final = (
    QT_TRANSLATE_NOOP("activity", "Process"),
    QT_TRANSLATE_NOOP("activity", "Role"),
    QT_TRANSLATE_NOOP("activity", "Database"),
    QT_TRANSLATE_NOOP("activity", "Application"),
    QT_TRANSLATE_NOOP("activity", "State"),
    QT_TRANSLATE_NOOP("activity", "Waits for"),
    QT_TRANSLATE_NOOP("activity", "For"),
    QT_TRANSLATE_NOOP("activity", "Transaction"),
    QT_TRANSLATE_NOOP("activity", "Statement"),
)
_EXPLAINED: Final[Mapping[int, str]] = {
    DURATION: QT_TRANSLATE_NOOP("activity", "How long it is in this state, or at this statement"),
    TRANSACTION: QT_TRANSLATE_NOOP("activity", "How long its transaction is open"),
    QUERY: QT_TRANSLATE_NOOP("activity", "What it does, or has done last; values are left out"),
}

Key = tuple[int, datetime | None]


def key_of(session: SessionRow) -> Key:
    """Tell a session from a later one that has the same number."""
    return session.pid, session.backend_start


class SessionModel(QAbstractTableModel):
    """Sorts by itself. A new look keeps lines, so that selection and scroll stay."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._snapshot: ActivitySnapshot | None = None
        self._shown: list[SessionRow] = []
        self._keeps: Callable[[SessionRow], bool] = lambda _: True
        self._order = (TRANSACTION, Qt.SortOrder.DescendingOrder)

    @property
    def sessions(self) -> tuple[SessionRow, ...]:
        """The sessions of the lines, from above."""
        return tuple(self._shown)

    def show(self, snapshot: ActivitySnapshot) -> None:
        """Show another look at the same server."""
        self._snapshot = snapshot
        self._arrange()

    def keep_only(self, keeps: Callable[[SessionRow], bool]) -> None:
        """Show those sessions alone of which this is true."""
        self._keeps = keeps
        self._arrange()

    def session(self, row: int) -> SessionRow | None:
        """Return the session of a line."""
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def row_of(self, key: Key) -> int:
        """Return the line of a session, -1 where it has none."""
        return next((row for row, each in enumerate(self._shown) if key_of(each) == key), -1)

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else COLUMNS

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        session, column = self.session(index.row()), index.column()
        if session is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(session, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column in {PID, DURATION, TRANSACTION} else None
        if role == Qt.ItemDataRole.DecorationRole and column == PID:
            mark = first_mark(session)
            return icon(*mark_sign(mark)) if mark else icon("user", "text-disabled")
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(session.query if column == QUERY else marks_words(session)) or None
        if role == Qt.ItemDataRole.AccessibleTextRole and column == PID:
            return ", ".join(filter(None, (str(session.pid), marks_words(session))))
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return said(_TITLES[section])
        if role == Qt.ItemDataRole.ToolTipRole and section in _EXPLAINED:
            return said(_EXPLAINED[section])
        if role == Qt.ItemDataRole.TextAlignmentRole and section in {PID, DURATION, TRANSACTION}:
            return _RIGHT
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; Qt asks for it."""
        if column >= 0:
            self._order = (column, order)
            self._arrange()

    # inside

    def _arrange(self) -> None:
        """Take in what there is; lines of the same sessions in the same order are only painted again."""
        snapshot = self._snapshot
        if snapshot is None:
            return
        now = snapshot.taken_at
        column, order = self._order
        found = [each for each in snapshot.sessions if self._keeps(each)]
        found.sort(key=key_of_pid)
        found.sort(key=lambda each: _KEYS[column](each, now), reverse=order is Qt.SortOrder.DescendingOrder)
        if [key_of(each) for each in found] == [key_of(each) for each in self._shown]:
            self._shown = found
            if found:
                self.dataChanged.emit(self.index(0, 0), self.index(len(found) - 1, COLUMNS - 1))
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        held = [(key_of(self._shown[index.row()]), index.column()) for index in before]
        self._shown = found
        places = {key_of(each): row for row, each in enumerate(found)}
        after = [self.index(places[key], at) if key in places else QModelIndex() for key, at in held]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _text(self, session: SessionRow, column: int) -> str:
        now = self._snapshot.taken_at if self._snapshot is not None else datetime.now(UTC)
        if column == DURATION:
            return age_words(_began(session), now)
        if column == TRANSACTION:
            return age_words(session.transaction_start, now)
        if column == WAIT:
            return wait_words(session)
        texts = {PID: str(session.pid), USER: session.user, DATABASE: session.database,
                 APPLICATION: session.application, STATE: state_word(session), QUERY: query_words(session)}  # fmt: skip
        return texts[column]


def wait_words(session: SessionRow) -> str:
    """Say what a session waits for: other sessions by their number, else as the server calls it."""
    if session.waits_for:
        return ", ".join(str(each) for each in session.waits_for)
    return labelled(session.wait_type, session.wait) if session.wait else ""


def key_of_pid(session: SessionRow) -> int:
    """Order sessions by their number, where nothing else does."""
    return session.pid


def _began(session: SessionRow) -> datetime | None:
    return session.query_start if session.state == "active" else session.state_change


def _age(since: datetime | None, now: datetime) -> float:
    return (now - since).total_seconds() if since is not None else -1.0


def _grave(session: SessionRow) -> int:
    mark = first_mark(session)
    return len(MARKS) - MARKS.index(mark) if mark else 0


_KEYS: Final[Mapping[int, Callable[[SessionRow, datetime], Any]]] = {
    PID: lambda session, _: session.pid,
    USER: lambda session, _: session.user,
    DATABASE: lambda session, _: session.database,
    APPLICATION: lambda session, _: session.application.casefold(),
    STATE: lambda session, _: session.state,
    WAIT: lambda session, _: wait_words(session),
    DURATION: lambda session, now: _age(_began(session), now),
    TRANSACTION: lambda session, now: (_grave(session), _age(session.transaction_start, now)),
    QUERY: lambda session, _: session.query,
}
