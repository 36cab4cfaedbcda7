"""EnvPage: a project's `.env` as a form that keeps the file's comments and order; secrets are dots unless asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.admin.envchecks import EnvEntry, EnvReport, Severity
from nexus_studio.core.errors import StudioError
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.tasks import Latest
from nexus_studio.ui.kit.wording import sentence
from nexus_studio.ui.shell.env_row import EnvRow, said

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.services.servers import ServerHelpers

Helpers = Callable[[TaskContext], "ServerHelpers"]


class EnvPage(QWidget):
    """The form, or the offer to make the file. Nothing is written before Save."""

    saved = Signal()  # the file was made or changed
    shown = Signal()  # what was read, or an error, is in sight

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("env_page")
        self._context = context
        self._helpers: Helpers | None = None
        self._report: EnvReport | None = None
        self._rows: list[EnvRow] = []
        self._reading = Latest(context.runner, self)
        self._is_writing = False
        self._make_parts()
        self._arrange()
        self._refresh()

    def open(self, helpers: Helpers) -> None:
        """Show the file of another folder; `helpers` is called in workers."""
        self._helpers = helpers
        self.read()

    def read(self) -> None:
        """Read the file again; what was typed and not saved is gone."""
        helpers = self._helpers
        if helpers is not None:
            self._reading.start(lambda ctx: helpers(ctx).env(ctx), self._show, self._failed)

    @property
    def report(self) -> EnvReport | None:
        """What was read last."""
        return self._report

    @property
    def is_dirty(self) -> bool:
        """Whether something is typed and not saved."""
        return any(row.is_changed for row in self._rows)

    def row(self, name: str) -> EnvRow | None:
        """Return the row of a variable."""
        return next((row for row in self._rows if row.entry.name == name), None)

    def save(self) -> None:
        """Write what was changed."""
        report, helpers = self._report, self._helpers
        if report is None or helpers is None or not self.is_dirty or self._is_writing:
            return
        changes = {row.entry.name: row.value() for row in self._rows if row.is_changed}
        self._write(self.tr("Saving .env"), lambda ctx: helpers(ctx).save_env(changes, report.text, ctx))

    def create_file(self) -> None:
        """Make the file of its example."""
        helpers, strong = self._helpers, self._strong.isChecked()
        if helpers is not None and not self._is_writing:
            self._write(self.tr("Creating .env"), lambda ctx: helpers(ctx).create_env(ctx, strong=strong))

    def rest(self) -> None:
        """Stop reading."""
        self._reading.cancel()

    def showEvent(self, event: QShowEvent) -> None:
        """Begin at the top."""
        super().showEvent(event)
        self._area.verticalScrollBar().setValue(0)

    def _write(self, title: str, work: Callable[[TaskContext], EnvReport]) -> None:
        self._is_writing = True
        self._refresh()
        self._context.runner.operate(title, work, owner=self, done=self._written, failed=self._not_written)

    def _written(self, report: EnvReport) -> None:
        self._is_writing = False
        self._show(report)
        self.saved.emit()

    def _not_written(self, error: StudioError) -> None:
        """Stay with what was typed: it must not be lost."""
        self._is_writing = False
        self._say_error(error)
        self._refresh()
        self.shown.emit()

    def _failed(self, error: StudioError) -> None:
        self._report = None
        self._fill(())
        self._say_error(error)
        self._refresh()
        self.shown.emit()

    def _show(self, report: EnvReport) -> None:
        self._report = report
        self._trouble.hide()
        self._fill(report.entries)
        self._refresh()
        self.shown.emit()

    def _fill(self, entries: tuple[EnvEntry, ...]) -> None:
        for row in self._rows:
            row.hide()
            row.setParent(None)
            row.deleteLater()
        self._rows = []
        for entry in entries:
            self._add_row(entry)

    def _add_row(self, entry: EnvEntry) -> EnvRow:
        findings = self._report.findings_of(entry.name) if self._report is not None else ()
        row = EnvRow(entry, findings, self._form)
        row.changed.connect(self._refresh)
        self._column.insertWidget(len(self._rows), row)
        self._rows.append(row)
        return row

    def _add_variable(self) -> None:
        name = self._new.text().strip()
        if not name:
            return
        row = self.row(name) or self._add_row(EnvEntry(name, None, None))
        self._new.clear()
        self._column.activate()
        self._area.ensureWidgetVisible(row)
        row.focus_value()

    def _say_error(self, error: StudioError) -> None:
        words = sentence(error)
        self._trouble_text.setText(" ".join(filter(None, (f"{words.title}.", words.explanation))))
        self._trouble.show()

    def _refresh(self) -> None:
        report = self._report
        exists = report is not None and report.exists
        has_example = report is not None and report.example is not None
        self._pages.setCurrentWidget(self._form_page if exists else self._none_page)
        self._create.setEnabled(has_example and not self._is_writing)
        self._strong.setEnabled(self._create.isEnabled())
        if report is None:
            self._none_text.setText(self.tr("No .env file is read."))
        elif has_example:
            self._none_text.setText(self.tr("There is no .env file yet. Its example says what belongs into it."))
        else:
            self._none_text.setText(self.tr("There is neither a .env nor a .env.example in this folder."))
        self._summary.setText(self._summed() if report is not None and exists else "")
        count = sum(row.is_changed for row in self._rows)
        self._note.setText(self.tr("%Ln change(s), not saved yet", "", count) if count else "")
        self._save.setEnabled(count > 0 and not self._is_writing)
        self._undo.setEnabled(count > 0 and not self._is_writing)

    def _summed(self) -> str:
        report = self._report
        if report is None or not report.findings:
            return self.tr("The file is in order.")
        errors = sum(each.severity is Severity.ERROR for each in report.findings)
        warnings = len(report.findings) - errors
        counts = [self.tr("%Ln thing(s) to mend", "", errors)] if errors else []
        counts += [self.tr("%Ln thing(s) to look at", "", warnings)] if warnings else []
        general = [said(each) for each in report.findings_of("")]
        return "\n".join([" · ".join(counts), *general])

    def _make_parts(self) -> None:
        self._summary = QLabel(self)
        self._summary.setObjectName("env.summary")
        self._summary.setWordWrap(True)
        self._summary.setTextFormat(Qt.TextFormat.PlainText)
        self._form = QWidget()
        self._form.setObjectName("env.form")
        self._column = QVBoxLayout(self._form)
        self._column.setContentsMargins(4, 8, 12, 8)
        self._column.setSpacing(14)
        self._column.addStretch(1)
        self._area = QScrollArea(self)
        self._area.setObjectName("env.area")
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(self._form)
        self._new = QLineEdit(self)
        self._new.setObjectName("env.new_name")
        self._new.setAccessibleName(self.tr("Name of a new variable"))
        self._new.setPlaceholderText(self.tr("NEW_VARIABLE"))
        self._new.setMinimumWidth(200)
        self._new.returnPressed.connect(self._add_variable)
        self._add = self._button("env.add", self.tr("Add"), self._add_variable)
        self._add.setIcon(icon("plus"))
        self._note = QLabel(self)
        self._note.setObjectName("env.note")
        self._note.setProperty("muted", True)
        self._undo = self._button("env.discard", self.tr("Discard"), self.read)
        self._save = self._button("env.save", self.tr("Save"), self.save)
        self._save.setProperty("primary", True)
        self._none_text = QLabel(self)
        self._none_text.setObjectName("env.none")
        self._none_text.setWordWrap(True)
        self._create = self._button("env.create", self.tr("Create .env from .env.example"), self.create_file)
        self._create.setProperty("primary", True)
        self._strong = QCheckBox(self.tr("With random passwords in place of the example's"), self)
        self._strong.setObjectName("env.strong")
        self._strong.setAccessibleName(self._strong.text())
        self._strong.setToolTip(
            self.tr("For a server that is still to be made: one that exists keeps the password it was made with")
        )
        self._trouble = QFrame(self)
        self._trouble.setObjectName("env.trouble")
        self._trouble.setProperty("card", True)
        self._trouble.setProperty("severity", "error")
        self._trouble_text = QLabel(self._trouble)
        self._trouble_text.setObjectName("env.trouble_text")
        self._trouble_text.setWordWrap(True)
        self._trouble_text.setTextFormat(Qt.TextFormat.PlainText)
        self._again = self._button("env.again", self.tr("Read again"), self.read)
        self._trouble.hide()

    def _arrange(self) -> None:
        self._none_page = QWidget(self)
        none = QVBoxLayout(self._none_page)
        none.setContentsMargins(0, 0, 0, 0)
        none.addWidget(self._none_text)
        none.addWidget(self._strong)
        none.addWidget(self._create, 0, Qt.AlignmentFlag.AlignLeft)
        none.addStretch(1)
        self._form_page = QWidget(self)
        form = QVBoxLayout(self._form_page)
        form.setContentsMargins(0, 0, 0, 0)
        form.addWidget(self._summary)
        form.addWidget(self._area, 1)
        foot = QHBoxLayout()
        foot.addWidget(self._new)
        foot.addWidget(self._add)
        foot.addWidget(self._note, 1, Qt.AlignmentFlag.AlignRight)
        foot.addWidget(self._undo)
        foot.addWidget(self._save)
        form.addLayout(foot)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self._none_page)
        self._pages.addWidget(self._form_page)
        trouble = QHBoxLayout(self._trouble)
        trouble.addWidget(self._trouble_text, 1)
        trouble.addWidget(self._again)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(12)
        column.addWidget(self._trouble)
        column.addWidget(self._pages, 1)

    def _button(self, name: str, words: str, clicked: Callable[[], object]) -> QPushButton:
        made = QPushButton(words, self)
        made.setObjectName(name)
        made.setAccessibleName(words)
        made.setAutoDefault(False)
        made.clicked.connect(lambda _checked=False: clicked())
        return made
