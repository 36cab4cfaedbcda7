"""The revisions as lines of a list, newest first, with the picture of their graph; narrowed by text and state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QCoreApplication, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt

from nexus_studio.core.admin.lanes import Knot, LaneRow, lanes_of, widest
from nexus_studio.core.admin.migrations import MigrationStatus, RevisionReport, RevisionState
from nexus_studio.core.admin.revisions import RevisionGraph
from nexus_studio.ui.panels.migrations.words import duration, exact_moment, moment, state_sentence, state_word

LINE_ROLE = int(Qt.ItemDataRole.UserRole) + 1
"""The Line of a row."""

ROW_HEIGHT = 28
"""Pixels."""

Index = QModelIndex | QPersistentModelIndex


class Column(IntEnum):
    """The columns, left to right."""

    GRAPH = 0
    STATE = 1
    MESSAGE = 2
    REVISION = 3
    WHEN = 4
    DURATION = 5
    WHO = 6


@dataclass(frozen=True, slots=True)
class Line:
    """One revision of the list. `lanes` is its row of the picture, None where the list is narrowed."""

    report: RevisionReport
    lanes: LaneRow | None = None

    @property
    def message(self) -> str:
        """What the revision is called; its id where nobody knows."""
        return (self.report.file.message if self.report.file else "") or self.report.revision

    @property
    def labels(self) -> tuple[str, ...]:
        """The branch labels that its file declares."""
        return self.report.file.labels if self.report.file else ()

    @property
    def is_merge(self) -> bool:
        """Whether it joins branches."""
        return self.report.file is not None and len(self.report.file.down) > 1


def lines_of(status: MigrationStatus) -> tuple[Line, ...]:
    """Return a status as lines, newest first. Any thread: two thousand revisions take a few hundredths of a second."""
    strangers = [each for each in status.revisions if each.file is None]
    known = [each for each in reversed(status.revisions) if each.file is not None]
    reports = [*reversed(strangers), *known]
    names = _Names(status.graph)
    rows = lanes_of([_knot(each, names) for each in reports])
    return tuple(Line(report, row) for report, row in zip(reports, rows, strict=True))


def narrowed(lines: tuple[Line, ...], text: str, state: RevisionState | None) -> tuple[Line, ...]:
    """Return the lines with all words of a text and in a state; without the picture unless all are there."""
    words = text.casefold().split()
    if not words and state is None:
        return lines
    return tuple(Line(each.report) for each in lines if state in {None, each.report.state} and _has(each, words))


def states_of(lines: tuple[Line, ...]) -> dict[RevisionState, int]:
    """Count the lines by state, in the order of the states."""
    counted = Counter(each.report.state for each in lines)
    return {state: counted[state] for state in RevisionState if counted[state]}


class RevisionModel(QAbstractTableModel):
    """The lines as Qt wants them. How they look is `RevisionView`'s."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lines: tuple[Line, ...] = ()
        self._places: dict[str, int] = {}
        self._width = 1

    def show(self, lines: tuple[Line, ...]) -> None:
        """Show other lines."""
        self.beginResetModel()
        self._lines = lines
        self._places = {line.report.revision: number for number, line in enumerate(lines)}
        self._width = widest(line.lanes for line in lines if line.lanes is not None)
        self.endResetModel()

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is shown, top down."""
        return self._lines

    @property
    def lanes(self) -> int:
        """How many lanes the picture takes."""
        return self._width

    def find(self, revision: str) -> QModelIndex:
        """Return the message cell of a revision; an invalid index when it is not shown."""
        place = self._places.get(revision)
        return QModelIndex() if place is None else self.index(place, Column.MESSAGE)

    def retranslate(self) -> None:
        """Say everything again, in another language."""
        if self._lines:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._lines) - 1, len(Column) - 1))
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(Column(section))
        return _titles()[Column(section)] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._lines):
            return None
        answer = _ANSWERS.get(role)
        return answer(self._lines[index.row()], Column(index.column())) if answer is not None else None


def spoken(line: Line) -> str:
    """Say a whole line, for who can't see the picture."""
    report = line.report
    says = [state_word(report.state), line.message, report.revision]
    if report.file is not None and report.file.down:
        parents = ", ".join(report.file.down)
        says.append(QCoreApplication.translate("migrations", "after {revisions}").format(revisions=parents))
    says += [text for text, _ in chips_of(line)]
    return ", ".join(says)


def chips_of(line: Line) -> tuple[tuple[str, str], ...]:
    """Return what stands behind a message, each with a tone: where the database is, what the branch is called."""
    chips = []
    if line.report.is_current:
        chips.append((QCoreApplication.translate("migrations", "database is here"), "success"))
    if line.is_merge:
        chips.append((QCoreApplication.translate("migrations", "merge"), ""))
    chips += [(label, "") for label in line.labels]
    if line.report.is_head and not line.report.is_current:
        chips.append((QCoreApplication.translate("migrations", "head"), ""))
    return tuple(chips)


def text_of(line: Line, column: Column) -> str:
    """Return what stands in a cell."""
    last, file = line.report.last, line.report.file
    match column:
        case Column.GRAPH:
            return ""
        case Column.STATE:
            return state_word(line.report.state)
        case Column.MESSAGE:
            return line.message
        case Column.REVISION:
            return line.report.revision
        case Column.WHEN:
            ended = (last.finished_at or last.rolled_back_at or last.started_at) if last is not None else None
            return moment(ended or (file.created_at if file is not None else None))
        case Column.DURATION:
            return duration(last.duration_ms) if last is not None else ""
        case Column.WHO:
            return last.who if last is not None else ""


def _tool_tip(line: Line, column: Column) -> str | None:
    last, file = line.report.last, line.report.file
    if column is Column.STATE:
        return state_sentence(line.report.state)
    if column is Column.WHEN:
        if last is not None:
            return exact_moment(last.finished_at or last.rolled_back_at or last.started_at)
        if file is not None and file.created_at is not None:
            return QCoreApplication.translate("migrations", "Its file was created {moment}").format(
                moment=exact_moment(file.created_at)
            )
    if column is Column.MESSAGE:
        return " · ".join((line.message, *(text for text, _ in chips_of(line))))
    if column is Column.WHO and last is not None and last.host:
        return QCoreApplication.translate("migrations", "{who} on {host}").format(who=last.who, host=last.host)
    return None


def _titles() -> dict[Column, str]:
    return {
        Column.GRAPH: "",
        Column.STATE: QCoreApplication.translate("migrations", "State"),
        Column.MESSAGE: QCoreApplication.translate("migrations", "Migration"),
        Column.REVISION: QCoreApplication.translate("migrations", "Revision"),
        Column.WHEN: QCoreApplication.translate("migrations", "Date"),
        Column.DURATION: QCoreApplication.translate("migrations", "Duration"),
        Column.WHO: QCoreApplication.translate("migrations", "Who"),
    }


def _alignment(column: Column) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column is Column.DURATION else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _has(line: Line, words: list[str]) -> bool:
    if not words:
        return True
    file, last = line.report.file, line.report.last
    parts = [line.message, line.report.revision, *line.labels]
    parts += [file.path.name] if file is not None else []
    parts += [last.who] if last is not None else []
    text = "\n".join(parts).casefold()
    return all(word in text for word in words)


class _Names:
    """What revisions name one another by: ids, branch labels, beginnings of ids."""

    def __init__(self, graph: RevisionGraph) -> None:
        self._graph = graph
        # RevisionGraph.resolve looks through all revisions for a label, each time.
        self._labels = {label: each.revision for each in graph.revisions.values() for label in each.labels}

    def ids(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return the ids that names mean; a name that nobody bears stays as it is."""
        return tuple(
            name if name in self._graph.revisions else self._labels.get(name) or self._graph.resolve(name) or name
            for name in names
        )


def _knot(report: RevisionReport, names: _Names) -> Knot:
    file = report.file
    if file is None:
        return Knot(report.revision)
    return Knot(file.revision, names.ids(file.down), names.ids(file.depends_on))


_ANSWERS: Mapping[int, Callable[[Line, Column], Any]] = {
    Qt.ItemDataRole.DisplayRole: text_of,
    Qt.ItemDataRole.ToolTipRole: _tool_tip,
    Qt.ItemDataRole.AccessibleTextRole: lambda line, column: spoken(line) if column is Column.GRAPH else None,
    Qt.ItemDataRole.TextAlignmentRole: lambda _line, column: _alignment(column),
    Qt.ItemDataRole.SizeHintRole: lambda _line, _column: QSize(0, ROW_HEIGHT),
    LINE_ROLE: lambda line, _column: line,
}
