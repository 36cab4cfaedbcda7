"""The schema tree: a filter box over the relations of the database; choosing one opens it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QLabel, QLineEdit, QMenu, QTreeView, QVBoxLayout, QWidget

from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Catalog
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.panels.data.tree_model import RELATION_ROLE, SchemaTreeModel, build_nodes

_LONGEST_FIGURE = "1000k"
_AROUND_FIGURE = 16  # pixels


class SchemaTree(QWidget):
    """Filter box and tree. Typing narrows the tree, Enter opens the first match, Down goes to the tree."""

    relation_chosen = Signal(object)  # RelationName
    new_tab_asked = Signal(object)  # RelationName

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._catalog = Catalog()
        self._first_schema = "public"
        self._filter = QLineEdit(self)
        self._filter.setObjectName("tree.filter")
        self._filter.setClearButtonEnabled(True)
        self._filter.addAction(icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self._model = SchemaTreeModel(self)
        self._view = _make_view(self._model, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 0)
        layout.setSpacing(8)
        layout.addWidget(self._filter)
        self._nothing = QLabel(self)
        self._nothing.setProperty("muted", True)
        self._nothing.setWordWrap(True)
        layout.addWidget(self._nothing)
        layout.addWidget(self._view)
        self.setFocusProxy(self._filter)
        self._filter.textChanged.connect(self._rebuild)
        self._filter.returnPressed.connect(self._open_first)
        self._filter.installEventFilter(self)
        self._view.clicked.connect(self._choose)
        self._view.activated.connect(self._choose)
        self._view.customContextMenuRequested.connect(self._show_menu)
        self._retranslate()

    def show_catalog(self, catalog: Catalog, first_schema: str) -> None:
        """Show a snapshot; `first_schema` leads and stands open."""
        self._catalog, self._first_schema = catalog, first_schema
        self._rebuild()

    def select(self, name: RelationName) -> None:
        """Mark the line of the relation that is open now, without opening anything."""
        index = self._model.find(name)
        if index.isValid():
            self._view.setCurrentIndex(index)

    @property
    def catalog(self) -> Catalog:
        """The snapshot shown."""
        return self._catalog

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
        super().changeEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._filter and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Down:
                self._view.setFocus()
                if not self._view.currentIndex().isValid():
                    self._view.setCurrentIndex(self._model.first_relation())
                return True
            if event.key() == Qt.Key.Key_Escape and self._filter.text():
                self._filter.clear()
                return True
        return super().eventFilter(watched, event)

    def _retranslate(self) -> None:
        self._filter.setPlaceholderText(self.tr("Filter tables"))
        self._filter.setAccessibleName(self.tr("Filter tables"))
        self._view.setAccessibleName(self.tr("Tables and views"))
        self._tell()

    def _rebuild(self) -> None:
        wanted = self._filter.text()
        figures = self._view.fontMetrics().horizontalAdvance(_LONGEST_FIGURE) + _AROUND_FIGURE
        self._view.header().resizeSection(1, figures)
        self._model.show(build_nodes(self._catalog, self._first_schema, wanted))
        self._nothing.setVisible(self._catalog.read_at is not None and not self._model.rowCount())
        self._tell()
        for row in range(self._model.rowCount()):
            index = self._model.index(row, 0)
            self._view.setExpanded(index, bool(wanted) or row == 0)

    def _tell(self) -> None:
        """Say why there is nothing."""
        self._nothing.setText(self.tr("No table matches.") if self._filter.text() else self.tr("No tables yet."))

    def _open_first(self) -> None:
        self._choose(self._model.first_relation())

    def _choose(self, index: QModelIndex) -> None:
        name = index.data(RELATION_ROLE) if index.isValid() else None
        if name is not None:
            self.relation_chosen.emit(name)

    def _show_menu(self, place: QPoint) -> None:
        name = self._view.indexAt(place).data(RELATION_ROLE)
        if name is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Open"), lambda: self.relation_chosen.emit(name))
        menu.addAction(self.tr("Open in a new tab"), lambda: self.new_tab_asked.emit(name))
        menu.addAction(icon("copy"), self.tr("Copy name"), lambda: QGuiApplication.clipboard().setText(str(name)))
        menu.popup(self._view.viewport().mapToGlobal(place))


def _make_view(model: SchemaTreeModel, parent: QWidget) -> QTreeView:
    view = QTreeView(parent)
    view.setObjectName("tree.relations")
    view.setModel(model)
    view.setHeaderHidden(True)
    view.setUniformRowHeights(True)
    view.setIndentation(12)
    view.setFrameShape(QTreeView.Shape.NoFrame)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
    header = view.header()
    header.setStretchLastSection(False)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    header.setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
    return view
