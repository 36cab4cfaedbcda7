"""ImportPage: the rows of a SQLite file - what goes where, a dry run, and the import."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.admin.sqliteimport import ImportPlan, ImportReport, Wishes
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import ConnectionFailed, ConnectionLost, ImportRefused, StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.kit.confirm import Confirmation, ask
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.pages import EmptyPage, ErrorPage
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.kit.plurals import numbered, plural_of
from nexus_studio.ui.kit.wording import NextStep
from nexus_studio.ui.panels.seed_reset.import_result import ImportResult
from nexus_studio.ui.panels.seed_reset.import_tables import ImportTables
from nexus_studio.ui.panels.seed_reset.import_words import ACT, obstacle
from nexus_studio.ui.panels.seed_reset.page import SeedResetPage

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.services.workspace import Workspace

RUN, TRY = "import.run", "import.try"
_BROWSE = "import.browse"
_Read = tuple[ImportPlan, tuple[RelationName, ...]]


class ImportPage(SeedResetPage):
    """Takes over the rows of a SQLite file."""

    NAME = "import"

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._plan: ImportPlan | None = None
        self._maps: dict[str, str] = {}
        self._is_answered = False
        self._file_label = QLabel(self)
        self.file = QLineEdit(self)
        self.browse = QPushButton(icon("folder"), "", self)
        self._pages = QStackedWidget(self)
        self._nothing = EmptyPage(self._pages)
        self._error = ErrorPage(self._pages)
        self._content = QWidget(self._pages)
        self._split = QSplitter(Qt.Orientation.Vertical, self._content)
        self.tables = ImportTables(self._split)
        self.result = ImportResult(self._split)
        self._against = label("", tone="warning", name="import.against")
        self.adding = QCheckBox(self._content)
        self.trying = QPushButton(icon("test"), "", self._content)
        self.running = QPushButton("", self._content)
        self._arrange()
        self._wire()
        self.retranslate()

    # SeedResetPage

    @classmethod
    def title(cls) -> str:
        return QCoreApplication.translate("ImportPage", "Import")

    def open(self, workspace: Workspace) -> None:
        super().open(workspace)
        self._tell()

    def leave(self) -> None:
        super().leave()
        self._plan = None
        self._pages.setCurrentWidget(self._nothing)
        self.result.clear()
        self._tell()

    def on_effects(self, effects: Effects) -> None:
        if effects.touches(Kind.CATALOG) and self.isVisible() and self._task is None and self._plan is not None:
            self.read()

    def can(self) -> frozenset[str]:
        if self._plan is None or self._task is not None or not self._plan.tables:
            return frozenset()
        return frozenset({TRY}) if obstacle(self._session) else frozenset({TRY, RUN})

    def read(self) -> None:
        workspace, path = self._workspace, self._path
        if workspace is None or path is None or self._task is not None:
            return
        self._is_stale = False
        imports, wishes = workspace.imports, self._wishes

        def work(ctx: TaskContext) -> _Read:
            return imports.plan(path, wishes, ctx), imports.targets(ctx)

        self._reading.start(work, self._show, self._show_failure)

    # what a person does

    def show_file(self, path: Path) -> None:
        """Look at a file: what of it goes where."""
        self.file.setText(str(path))
        self._look()

    def try_import(self) -> None:
        """Say what would be refused, and write nothing."""
        workspace, path = self._workspace, self._path
        if workspace is None or path is None or TRY not in self.can():
            return
        imports, wishes = workspace.imports, self._wishes
        title = self.tr("Trying {file}").format(file=path.name)
        self._begin(title, lambda ctx: imports.check(path, wishes, ctx))

    def ask_import(self) -> None:
        """Import, once the person is sure."""
        session, path, plan = self._session, self._path, self._plan
        if session is None or path is None or plan is None or RUN not in self.can():
            return
        tables = self.tr("%Ln table(s) get rows, in one transaction.", "", len(plan.tables))
        homeless = len(plan.unmatched) + len(plan.left_out)
        left = self.tr("%Ln table(s) of the file go nowhere.", "", homeless)
        confirmation = Confirmation(
            self.tr("Import {file}?").format(file=path.name),
            numbered(self.tr("{number} row(s) are written into this database.", "", plural_of(plan.rows)), plan.rows),
            self.tr("Import"),
            (tables, left) if homeless else (tables,),
            act=ACT,
        )
        ask(confirmation, session.profile, self, self._import)

    def retranslate(self) -> None:
        self._file_label.setText(self.tr("SQLite file:"))
        self.file.setAccessibleName(self.tr("SQLite file"))
        self.file.setPlaceholderText(self.tr("such as prisma/dev.db; it is only read"))
        self.browse.setText(self.tr("Choose…"))
        self.browse.setAccessibleName(self.tr("Choose a SQLite file"))
        self.adding.setText(self.tr("Add to tables that hold rows already"))
        self.adding.setAccessibleName(self.adding.text())
        self.trying.setText(self.tr("Dry run"))
        self.trying.setAccessibleName(self.tr("Dry run of the import"))
        self.running.setText(self.tr("Import…"))
        self.running.setAccessibleName(self.tr("Import the file"))
        self.tables.retranslate()
        self.result.retranslate()
        self._nothing.show_words(
            "database",
            self.tr("Bring over the rows of a SQLite file"),
            self.tr(
                "Its tables are matched to those of this database by name. A dry run lists every value that does not "
                "fit; the import is one transaction, and is compared with the file afterwards."
            ),
            (NextStep(_BROWSE, self.tr("Choose a file…")),),
        )
        self._tell()

    # inside

    @property
    def _path(self) -> Path | None:
        text = self.file.text().strip()
        return Path(text).expanduser() if text else None

    @property
    def _wishes(self) -> Wishes:
        return Wishes(dict(self._maps), adds=self.adding.isChecked())

    def _arrange(self) -> None:
        self._file_label.setBuddy(self.file)
        named: tuple[tuple[QWidget, str], ...] = (
            (self.file, "import.file"),
            (self.browse, _BROWSE),
            (self.adding, "import.append"),
            (self.trying, TRY),
            (self.running, RUN),
            (self._split, "import.split"),
        )
        for widget, name in named:
            widget.setObjectName(name)
        self.running.setProperty("primary", True)
        self._split.setChildrenCollapsible(False)
        self._split.setStretchFactor(0, 1)
        self._split.setStretchFactor(1, 1)
        head, foot = QHBoxLayout(), QHBoxLayout()
        for part in (self._file_label, self.file, self.browse):
            head.addWidget(part, int(part is self.file))
        for button in (self.running, self.trying, self.adding):
            foot.addWidget(button)
        foot.addStretch(1)
        for line in (head, foot):
            line.setSpacing(8)
        inside = QVBoxLayout(self._content)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(8)
        inside.addWidget(self._against)
        inside.addLayout(foot)
        inside.addWidget(self._split, 1)
        for page in (self._nothing, self._error, self._content):
            self._pages.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self._pages, 1)
        self.setFocusProxy(self.file)

    def _wire(self) -> None:
        self.file.editingFinished.connect(self._look)
        self.browse.clicked.connect(self._choose_file)
        self.tables.mapped.connect(self._map)
        self.trying.clicked.connect(self.try_import)
        self.running.clicked.connect(self.ask_import)
        self.result.cancel_asked.connect(self._cancel)
        for page in (self._nothing, self._error):
            page.chosen.connect(self._step)

    def _choose_file(self) -> None:
        dialog = QFileDialog(self, self.tr("Choose a SQLite file"))
        dialog.setObjectName("import.file_dialog")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        words = self.tr("SQLite databases ({pattern})").format(pattern="*.db *.sqlite *.sqlite3 *.db3")
        dialog.setNameFilters([words, self.tr("All files ({pattern})").format(pattern="*")])
        dialog.fileSelected.connect(lambda name: self.show_file(Path(name)))
        dialog.open()

    def _look(self) -> None:
        """Read the file that is named, if it is another one."""
        path = self._path
        if path is None:
            self._plan = None
            self._pages.setCurrentWidget(self._nothing)
        elif self.file.isModified() or self._plan is None or self.sender() is not self.file:
            self.file.setModified(False)
            self._maps = {}
            self.result.clear()
            self.read()
        self._tell()

    def _map(self, maps: dict[str, str]) -> None:
        self._maps = maps
        self.read()

    def _show(self, found: _Read) -> None:
        self._plan, targets = found
        self.tables.show_plan(self._plan, targets, self._maps)
        self._pages.setCurrentWidget(self._content)
        self._tell()

    def _show_failure(self, error: StudioError) -> None:
        if isinstance(error, ConnectionLost | ConnectionFailed):
            self.failed.emit(error)
            return
        self._plan = None
        self._error.show_error(error, (NextStep(_BROWSE, self.tr("Choose a file…")),))
        self._pages.setCurrentWidget(self._error)
        if error.code == "import.map_twice":
            self._maps = {}
        self._tell()

    def _import(self) -> None:
        workspace, path = self._workspace, self._path
        if workspace is None or path is None or RUN not in self.can():
            return
        imports, wishes = workspace.imports, self._wishes
        self._begin(self.tr("Importing {file}").format(file=path.name), lambda ctx: imports.run(path, wishes, ctx))

    def _begin(self, title: str, work: Callable[[TaskContext], Any]) -> None:
        self._reading.cancel()
        self.result.start()
        height = self._split.height()
        self._split.setSizes([height // 3, height - height // 3])
        self._is_answered = False
        task = self.context.runner.operate(title, work, owner=self, done=self._done, failed=self._refused)
        self._task = task
        task.progressed.connect(self.result.show_progress)
        task.finished.connect(self._ended)
        self._tell()

    def _done(self, report: ImportReport) -> None:
        self._is_answered = True
        self.result.show_report(report)

    def _refused(self, error: StudioError) -> None:
        self._is_answered = True
        outcome = error.outcome if isinstance(error, ImportRefused) else None
        if isinstance(outcome, ImportReport):
            self.result.show_refused(error, outcome)
        else:
            self.result.show_error(error)
        if isinstance(error, ConnectionLost | ConnectionFailed):
            self.failed.emit(error)

    def _ended(self) -> None:
        self._task = None
        if not self._is_answered:
            self.result.show_stopped()
        self._tell()

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _step(self, step: str) -> None:
        if step == _BROWSE:
            self._choose_file()
        else:
            self.step_asked.emit(step)

    def _tell(self) -> None:
        """Say what can be done now, and why not."""
        can = self.can()
        self.trying.setEnabled(TRY in can)
        self.running.setEnabled(RUN in can)
        against = obstacle(self._session)
        self._against.setText(against)
        self._against.setVisible(bool(against))
        is_free = self._task is None
        for each in (self.file, self.browse, self.tables, self.adding):
            each.setEnabled(is_free)
        self.state_changed.emit()
