"""RevisionList: the revisions with the picture of their graph, a filter, and what is wrong with files above them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.admin.migrations import RevisionReport, RevisionState
from nexus_studio.core.admin.revisions import RevisionProblem
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.theme import monospace_font
from nexus_studio.ui.panels.migrations.revision_model import (
    LINE_ROLE,
    Column,
    Line,
    RevisionModel,
    narrowed,
    states_of,
    text_of,
)
from nexus_studio.ui.panels.migrations.revision_view import RevisionView, graph_width
from nexus_studio.ui.panels.migrations.skeleton import Skeleton
from nexus_studio.ui.panels.migrations.words import problem_place, problem_words, state_word

_FILTER_DELAY_MS = 120
_PROBLEMS_SHOWN = 4  # lines of the list of problems, one less where the revisions would have no room
_TALL = 440  # pixels
_MOST_PROBLEMS = 200  # more of them help nobody
_LEAST_MESSAGE = 200  # pixels; columns give way to the message in this order
_WIDEST = 220
_GIVE_WAY = (Column.DURATION, Column.WHO, Column.WHEN)


class RevisionList(QWidget):
    """Newest on top. Up and Down move, Enter asks for the details, typing in the filter narrows, Escape widens."""

    chosen = Signal(object)  # RevisionReport in sight now, None when there is none
    activated = Signal(object)  # RevisionReport: Enter or a double click
    menu_asked = Signal(object, QPoint)  # RevisionReport, global position
    file_asked = Signal(Path, object)  # a file with a problem, its line or None

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: tuple[Line, ...] = ()
        self._problems: tuple[RevisionProblem, ...] = ()
        self._wanted = ""  # revision to be shown once it is there
        self.model = RevisionModel(self)
        self._body = QStackedWidget(self)
        self.view = RevisionView(context, self.model, self._body)
        self.filter = QLineEdit(self)
        self.states = QComboBox(self)
        self.problems = QListWidget(self)
        self._problem_title = QLabel(self)
        self._open = QPushButton(self)
        self._nothing = QLabel(self._body)
        self._skeleton = Skeleton(context.theme, self._body)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_FILTER_DELAY_MS)
        self._problem_frame = self._make_problems()
        self._arrange()
        self._wire()
        self.retranslate()

    def show_lines(self, lines: tuple[Line, ...], problems: tuple[RevisionProblem, ...]) -> None:
        """Show lines and problems; what was chosen stays chosen where it still is."""
        self._lines = lines
        self._show_problems(problems)
        self._fill_states()
        self._narrow()

    def show_waiting(self) -> None:
        """Show that lines are on their way."""
        self._body.setCurrentWidget(self._skeleton)

    def current(self) -> RevisionReport | None:
        """Return the revision that is chosen."""
        line = self.view.currentIndex().data(LINE_ROLE)
        return line.report if isinstance(line, Line) else None

    def choose(self, revision: str) -> None:
        """Choose a revision, also one that comes with the next lines; a filter that hides it is let go."""
        self._wanted = revision
        if not self.model.find(revision).isValid() and any(each.report.revision == revision for each in self._lines):
            self.filter.clear()
            self.states.setCurrentIndex(0)
            self._narrow()
        self._choose_wanted()

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.filter.setPlaceholderText(self.tr("Filter migrations"))
        self.filter.setAccessibleName(self.tr("Filter migrations"))
        self.states.setAccessibleName(self.tr("Show states"))
        self.view.setAccessibleName(self.tr("Migrations, newest first"))
        self.problems.setAccessibleName(self.tr("Files that can't be used"))
        self._open.setText(self.tr("Show file"))
        self._open.setAccessibleName(self.tr("Show the file with the problem"))
        self._nothing.setText(self.tr("No migration matches."))
        self._show_problems(self._problems)
        self._fill_states()
        self.model.retranslate()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_width()
        self._size_problems()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if watched is self.filter and event.key() in {Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                self._narrow()
                self.view.setFocus()
                return True
            if event.key() == Qt.Key.Key_Escape and (self.filter.text() or self.states.currentIndex() > 0):
                self.filter.clear()
                self.states.setCurrentIndex(0)
                self._narrow()
                return True
            if watched is self.view and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                self._activate(self.view.currentIndex())
                return True
        return super().eventFilter(watched, event)

    # building

    def _make_problems(self) -> QFrame:
        around = QFrame(self)
        frame = QFrame(around)
        frame.setProperty("card", True)
        frame.setProperty("severity", "warning")
        self._problem_title.setProperty("strong", True)
        self._problem_title.setTextFormat(Qt.TextFormat.PlainText)
        self._problem_title.setWordWrap(True)
        self.problems.setObjectName("migrations.problems")
        self.problems.setUniformItemSizes(True)
        self.problems.setIconSize(QSize(14, 14))
        self.problems.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.problems.setTextElideMode(Qt.TextElideMode.ElideRight)
        self._open.setObjectName("migrations.open_problem")
        head = QHBoxLayout()
        head.addWidget(self._problem_title, 1)
        head.addWidget(self._open)
        column = QVBoxLayout(frame)
        column.setContentsMargins(12, 8, 8, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.problems)
        margin = QVBoxLayout(around)
        margin.setContentsMargins(12, 10, 12, 0)
        margin.addWidget(frame)
        around.hide()
        return around

    def _arrange(self) -> None:
        self.filter.setObjectName("migrations.filter")
        self.filter.setClearButtonEnabled(True)
        self.filter.addAction(icon("search", "text-muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.states.setObjectName("migrations.states")
        self.states.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._nothing.setProperty("muted", True)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._nothing.setContentsMargins(0, 32, 0, 0)
        for page in (self._skeleton, self.view, self._nothing):
            self._body.addWidget(page)
        line = QHBoxLayout()
        line.setContentsMargins(12, 8, 12, 8)
        line.setSpacing(8)
        line.addWidget(self.filter, 1)
        line.addWidget(self.states)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._problem_frame)
        column.addLayout(line)
        column.addWidget(self._body, 1)
        self.setFocusProxy(self.view)

    def _wire(self) -> None:
        self._typing.timeout.connect(self._narrow)
        self.filter.textChanged.connect(lambda _text: self._typing.start())
        self.states.currentIndexChanged.connect(self._narrow)
        self.filter.installEventFilter(self)
        self.view.installEventFilter(self)
        self.view.selectionModel().currentRowChanged.connect(self._current_changed)
        self.view.doubleClicked.connect(self._activate)
        self.view.customContextMenuRequested.connect(self._ask_menu)
        self.problems.itemActivated.connect(lambda _item: self._open_problem())
        self.problems.currentRowChanged.connect(lambda _row: self._tell_problem())
        self._open.clicked.connect(self._open_problem)

    # lines

    def _narrow(self) -> None:
        self._typing.stop()
        current = self.current()
        kept = self._wanted or (current.revision if current is not None else "")
        lines = narrowed(self._lines, self.filter.text(), self.states.currentData())
        self.model.show(lines)
        self.view.header().resizeSection(Column.GRAPH, graph_width(self.model.lanes))
        self._size_columns()
        self._body.setCurrentWidget(self.view if lines or not self._lines else self._nothing)
        self._wanted = kept
        if not self._choose_wanted():
            self._choose_first()

    def _choose_wanted(self) -> bool:
        index = self.model.find(self._wanted)
        if not index.isValid():
            return False
        self._wanted = ""
        self.view.setCurrentIndex(index)
        self.view.scrollTo(index)
        return True

    def _choose_first(self) -> None:
        """Choose what a person wants to see: what is to be decided on, else the newest."""
        self._wanted = ""
        lines = self.model.lines
        if not lines:
            self.chosen.emit(None)
            return
        urgent = {RevisionState.FAILED, RevisionState.INTERRUPTED, RevisionState.RUNNING}
        row = next((n for n, line in enumerate(lines) if line.report.state in urgent), 0)
        self.view.setCurrentIndex(self.model.index(row, Column.MESSAGE))
        self.view.scrollTo(self.view.currentIndex(), QAbstractItemView.ScrollHint.EnsureVisible)

    def _current_changed(self, current: QModelIndex, _before: QModelIndex) -> None:
        line = current.data(LINE_ROLE)
        if isinstance(line, Line):
            self.chosen.emit(line.report)

    def _activate(self, index: QModelIndex) -> None:
        line = index.data(LINE_ROLE)
        if isinstance(line, Line):
            self.activated.emit(line.report)

    def _ask_menu(self, place: QPoint) -> None:
        line = self.view.indexAt(place).data(LINE_ROLE)
        if isinstance(line, Line):
            self.menu_asked.emit(line.report, self.view.viewport().mapToGlobal(place))

    def _fill_states(self) -> None:
        """Offer the states that occur, with their numbers; what was chosen stays."""
        chosen = self.states.currentData()
        self.states.blockSignals(True)
        self.states.clear()
        self.states.addItem(self.tr("All states"), None)
        for state, number in states_of(self._lines).items():
            words = self.tr("{state} ({number})").format(state=state_word(state), number=number)
            self.states.addItem(words, state)
        self.states.setCurrentIndex(max(0, self.states.findData(chosen)))
        self.states.blockSignals(False)

    # widths

    def _size_columns(self) -> None:
        """Give each column the width of what is in it, looking at a part of the lines only."""
        header, metrics, fixed = self.view.header(), self.view.fontMetrics(), QFontMetrics(monospace_font())
        lines = self.model.lines
        sample = (*lines[:200], *lines[-50:])
        for column in (Column.STATE, Column.REVISION, Column.WHEN, Column.DURATION, Column.WHO):
            title = str(self.model.headerData(column, Qt.Orientation.Horizontal))
            texts = {text_of(line, column) for line in sample} | {title}
            measured = fixed if column is Column.REVISION else metrics
            wide = max(*(measured.horizontalAdvance(text) for text in texts), metrics.horizontalAdvance(title))
            header.resizeSection(column, min(wide + (42 if column is Column.STATE else 20), _WIDEST))
        self._share_width()

    def _share_width(self) -> None:
        """Hide columns until the message has room; the details have what they would say."""
        header = self.view.header()
        for column in _GIVE_WAY:
            self.view.setColumnHidden(column, False)
        for column in _GIVE_WAY:
            taken = sum(header.sectionSize(each) for each in Column if each is not Column.MESSAGE)
            if self.width() - taken >= _LEAST_MESSAGE:
                break
            self.view.setColumnHidden(column, True)

    # problems

    def _show_problems(self, problems: tuple[RevisionProblem, ...]) -> None:
        row = max(0, self.problems.currentRow())
        self._problems = problems
        self.problems.clear()
        for problem in problems[:_MOST_PROBLEMS]:
            where, words = problem_place(problem), problem_words(problem)
            if where:
                words = self.tr("{place}: {words}").format(place=where, words=words)
            item = QListWidgetItem(icon("warning", "warning"), words)
            item.setToolTip(words if problem.path is None else f"{words}\n{problem.path}")
            self.problems.addItem(item)
        if all(each.is_harmless for each in problems):
            title = self.tr("%Ln problem(s) with the project's files; the rest works", "", len(problems))
        else:
            title = self.tr("%Ln problem(s) with the project's files: nothing runs until mended", "", len(problems))
        self._problem_title.setText(title)
        self._problem_frame.setVisible(bool(problems))
        self.problems.setCurrentRow(min(row, self.problems.count() - 1))
        self._size_problems()
        self._tell_problem()

    def _size_problems(self) -> None:
        """Leave the revisions room: what has none here is scrolled."""
        shown = _PROBLEMS_SHOWN if self.height() >= _TALL else _PROBLEMS_SHOWN - 1
        line = max(self.problems.sizeHintForRow(0), 1)
        self.problems.setFixedHeight(min(self.problems.count(), shown) * line + 2)

    def _tell_problem(self) -> None:
        row = self.problems.currentRow()
        can_open = 0 <= row < len(self._problems) and self._problems[row].path is not None
        self._open.setEnabled(can_open)

    def _open_problem(self) -> None:
        row = self.problems.currentRow()
        if 0 <= row < len(self._problems) and (path := self._problems[row].path) is not None:
            self.file_asked.emit(path, self._problems[row].line)
