"""SetDetails: one saved set in full: who, when, why; its rows, old → new; and the SQL that would take it back."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtCore import QEvent, QLocale, Qt, Signal
from PySide6.QtGui import QGuiApplication, QTextOption
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.data.history import SavedSet, Standing, TableCount
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import Environment
from nexus_studio.ui.kit.environments import environment_name
from nexus_studio.ui.kit.facts import FactList
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.moments import exact_moment_text
from nexus_studio.ui.kit.parts import Sign, label
from nexus_studio.ui.kit.theme import Theme, monospace_font
from nexus_studio.ui.kit.wording import sentence
from nexus_studio.ui.panels.history.counts import Counts
from nexus_studio.ui.panels.history.looking import Seen
from nexus_studio.ui.panels.history.rows_tree import MOST, RowsTree
from nexus_studio.ui.panels.history.words import (
    REVERT,
    gap_text,
    reason_text,
    sign_of,
    standing_text,
    who_text,
)

_SIGN: Final = 20
_MOST_TABLES: Final = 4
_LEAST_ROWS: Final = 180  # pixels: a few lines are always seen, the rest scrolls


class SetDetails(QWidget):
    """Shows one set; its line is there at once, its rows when they are read."""

    revert_asked = Signal()
    open_asked = Signal(object)  # RelationName
    copied = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("history.details")
        self._saved: SavedSet | None = None
        self._seen: Seen | None = None
        self._obstacle = ""
        self._counts = Counts(self)
        self._content = QWidget(self)
        self._sign = Sign("save", "text-muted", _SIGN, self._content)
        self._title = label("", "subtitle", selectable=True, name="history.title")
        self._standing = label("", tone="warning", selectable=True, name="history.standing")
        self._short = label("", tone="warning", selectable=True, name="history.short")
        self._facts = FactList("history.facts", self._content)
        self.revert = QPushButton(self._content)
        self.open_table = QPushButton(self._content)
        self.copy = QPushButton(self._content)
        self._menu = QMenu(self)
        self._tabs = QTabWidget(self._content)
        self.rows = RowsTree(theme, self._tabs)
        self._more = label("", "muted", name="history.more")
        self.sql = QPlainTextEdit(self._tabs)
        self._build()
        self.retranslate()

    @property
    def seen(self) -> Seen | None:
        """What is shown; None while it is being read."""
        return self._seen

    def show_saved(self, saved: SavedSet | None, obstacle: str) -> None:
        """Show a set's line, as long as its rows are read; None: nothing. `obstacle` says why nothing can be staged."""
        self._saved, self._seen, self._obstacle = saved, None, obstacle
        self._fill()

    def show_seen(self, seen: Seen) -> None:
        """Show a set's rows."""
        self._saved, self._seen = seen.details.saved, seen
        self._fill()

    def set_obstacle(self, obstacle: str) -> None:
        """Say why nothing can be staged; empty where it can."""
        self._obstacle = obstacle
        self._tell()

    @property
    def can_revert(self) -> bool:
        """Whether the set in sight can be taken back now."""
        seen = self._seen
        return seen is not None and seen.inverse is not None and seen.inverse.rows > 0 and not self._obstacle

    def relations(self) -> tuple[RelationName, ...]:
        """Return the tables that can be opened."""
        seen = self._seen
        return tuple(seen.relations) if seen is not None else ()

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.revert.setText(self.tr("Revert…"))
        self.open_table.setText(self.tr("Open table"))
        self.copy.setText(self.tr("Copy SQL"))
        for button in (self.revert, self.open_table, self.copy):
            button.setAccessibleName(button.text())
        self.sql.setAccessibleName(self.tr("SQL that would take it back"))
        self._tabs.setTabText(0, self.tr("Rows"))
        self._tabs.setTabText(1, self.tr("SQL of the way back"))
        self._tabs.tabBar().setAccessibleName(self.tr("Rows or SQL"))
        self._fill()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    # inside

    def _build(self) -> None:
        for button, name, sign in (
            (self.revert, REVERT, "undo"),
            (self.open_table, "history.open_table", "table"),
            (self.copy, "history.copy_sql", "copy"),
        ):
            button.setObjectName(name)
            button.setIcon(icon(sign, "accent-text" if button is self.revert else "text"))
        self.revert.setProperty("primary", True)
        self.sql.setObjectName("history.sql")
        self.sql.setReadOnly(True)
        self.sql.setFont(monospace_font())
        self.sql.setTabChangesFocus(True)
        self.sql.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._tabs.setObjectName("history.tabs")
        self._tabs.tabBar().setObjectName("history.tab_bar")
        self._tabs.setDocumentMode(True)
        rows = QWidget(self._tabs)
        inside = QVBoxLayout(rows)
        inside.setContentsMargins(0, 8, 0, 0)
        inside.addWidget(self.rows, 1)
        inside.addWidget(self._more)
        self._tabs.addTab(rows, "")
        page = QWidget(self._tabs)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 8, 0, 0)
        column.addWidget(self.sql, 1)
        column.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignLeft)
        self._tabs.addTab(page, "")
        self._lay_out()
        self.revert.clicked.connect(lambda _checked=False: self.revert_asked.emit())
        self.open_table.clicked.connect(lambda _checked=False: self._open())
        self.copy.clicked.connect(lambda _checked=False: self._copy())

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self._title, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.revert)
        buttons.addWidget(self.open_table)
        buttons.addStretch(1)
        column = QVBoxLayout(self._content)
        column.setContentsMargins(16, 14, 16, 12)
        column.setSpacing(8)
        column.addLayout(head)
        for widget in (self._facts, self._standing, self._short):
            column.addWidget(widget)
        column.addLayout(buttons)
        column.addWidget(self._tabs, 1)
        self._tabs.setMinimumHeight(_LEAST_ROWS)
        area = QScrollArea(self)
        area.setObjectName("history.details_area")
        area.setAccessibleName(self.tr("About the save"))
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self._content)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)

    def _fill(self) -> None:
        saved, seen = self._saved, self._seen
        self._content.setVisible(saved is not None)
        if saved is None:
            return
        self._sign.set_sign(*sign_of(saved))
        title = reason_text(saved) or self.tr("Saved without a reason")
        self._title.setText(title)
        self.setAccessibleName(f"{title}: {exact_moment_text(saved.at)}")
        self._standing.setText(standing_text(saved))
        self._standing.setVisible(bool(self._standing.text()))
        self._standing.setProperty("tone", "" if saved.standing is Standing.WRITTEN else "warning")
        self._standing.style().polish(self._standing)
        self._facts.show_facts(self._facts_of(saved))
        images = seen.details.images if seen is not None else ()
        self.rows.show_images(images, seen.relations if seen is not None else {})
        total = QLocale().toString(len(images))
        self._more.setText(self._counts.first_rows(MOST).format(total=total) if len(images) > MOST else "")
        self._more.setVisible(bool(self._more.text()))
        self.sql.setPlainText(self._sql_text(seen))
        self._short.setText("\n".join(self._short_lines(seen)))
        self._short.setVisible(bool(self._short.text()))
        self._tell()

    def _tell(self) -> None:
        seen = self._seen
        self.revert.setEnabled(self.can_revert)
        self.open_table.setEnabled(bool(self.relations()))
        self.copy.setEnabled(bool(seen is not None and seen.sql))
        hint = self.tr("Stage what takes it back, to be looked at and saved like any other edits")
        self.revert.setToolTip(self._obstacle or hint)

    def _facts_of(self, saved: SavedSet) -> list[tuple[str, str]]:
        place = saved.origin.place
        if saved.origin.environment:
            place = f"{place} ({environment_name(Environment(saved.origin.environment))})"
        facts = [
            (self.tr("When"), exact_moment_text(saved.at)),
            (self.tr("Who"), f"{who_text(saved)}  ·  {saved.origin.person}"),
            (self.tr("Where"), place),
        ]
        written = [each for each in saved.tables if each.rows > each.along]
        facts += [(str(each.relation), self._count_text(each)) for each in written[:_MOST_TABLES]]
        others = [each for each in saved.tables if each not in written[:_MOST_TABLES]]
        if others:
            rows = QLocale().toString(sum(each.rows for each in others))
            facts.append((self.tr("Others"), self._counts.along_in(len(others)).format(rows=rows)))
        return facts

    def _count_text(self, count: TableCount) -> str:
        parts = (
            (count.inserted, self._counts.inserted),
            (count.updated, self._counts.updated),
            (count.deleted, self._counts.deleted),
            (count.along, self._counts.along),
        )
        return ", ".join(words(number) for number, words in parts if number) or self._counts.rows(0)

    def _sql_text(self, seen: Seen | None) -> str:
        if seen is None:
            return ""
        if seen.is_masked:
            return self.tr("-- The connection masks values: the SQL is not shown.")
        return "\n".join(seen.sql)

    def _short_lines(self, seen: Seen | None) -> list[str]:
        if seen is None:
            return []
        lines = [sentence(seen.error).title] if seen.error is not None else []
        for each in seen.inverse.shortfalls if seen.inverse is not None else ():
            words = gap_text(each.gap, each.columns)
            lines.append(self._counts.short(each.rows).format(table=each.relation, reason=words))
        if lines and seen.error is None:
            lines.insert(0, self.tr("Not all of it can be taken back:"))
        if seen.triggers:
            words = self.tr("What triggers wrote is not kept, and stays ({names}).")
            lines.append(words.format(names=", ".join(seen.triggers)))
        return lines

    def _open(self) -> None:
        relations = self.relations()
        if len(relations) == 1:
            self.open_asked.emit(relations[0])
            return
        self._menu.clear()
        for name in relations:
            self._menu.addAction(str(name), partial(self.open_asked.emit, name))
        self._menu.popup(self.open_table.mapToGlobal(self.open_table.rect().bottomLeft()))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.sql.toPlainText())
        self.copied.emit()
