"""Panels that consist of pages, a tab each: the frame around them, and what the pages have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, TypeVar

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from nexus_studio.core.effects import Effects
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.panel import Panel
from nexus_studio.ui.kit.tasks import Latest

if TYPE_CHECKING:  # the workspace's services are imported behind the first paint
    from nexus_studio.services.session import Session
    from nexus_studio.services.workspace import Workspace


class PanelPage(QWidget):
    """One tab of a panel. Gets `UiContext` once, when made, and a `Workspace` on each connect. UI thread only.

    It is made when it is first wanted, and reads when it comes into sight and is stale. `NAME` is how it is called
    among the panel's pages; its objectName is "panel.name".
    """

    NAME: ClassVar[str]

    state_changed = Signal()  # can() answers otherwise than before
    failed = Signal(object)  # StudioError that has no place of its own on the page
    step_asked = Signal(str)  # a next step, by its id, that is the window's to do ("connection.edit")
    open_relation = Signal(object, object)  # RelationName, Filter or None: show these rows, please

    def __init__(self, context: UiContext, panel_id: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"{panel_id}.{self.NAME}")
        self.context = context
        self._workspace: Workspace | None = None
        self._is_stale = True
        self._reading = Latest(context.runner, self)

    @classmethod
    def title(cls) -> str:
        """Return what stands on the page's tab, in the current language. No letter of it: the menus have those."""
        return ""

    def open(self, workspace: Workspace) -> None:
        """Show a database; nothing is read before the page is in sight. Also called after a lost connection."""
        self._workspace = workspace
        self._is_stale = True
        if self.isVisible():
            self.read()

    def leave(self) -> None:
        """Let go of the workspace: the session ends after this."""
        self._reading.cancel()
        self._workspace = None
        self._is_stale = True

    def on_effects(self, effects: Effects) -> None:
        """Hear what a write changed; a hidden page only notes that it is stale and reads again when shown."""

    def access_changed(self) -> None:
        """Hear that the session may be written to now, or no longer."""

    def may_close(self) -> bool:
        """Tell whether nothing would be lost by closing the window now."""
        return True

    def can(self) -> frozenset[str]:
        """Name what can be done now, for the panel's actions ("maintain", "export")."""
        return frozenset()

    def read(self) -> None:
        """Read again what the page shows."""

    def first_widget(self) -> QWidget:
        """Return what gets the keyboard when the page is turned to."""
        return self

    def retranslate(self) -> None:
        """Say everything in the current language."""

    # Qt

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_stale:
            self.read()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    # inside

    @property
    def _session(self) -> Session | None:
        return self._workspace.session if self._workspace is not None else None


P = TypeVar("P", bound=PanelPage)


class PagedPanel(Panel):
    """The frame: tabs, and whatever a panel is told handed on to its pages. A page is made when it is first wanted."""

    def __init__(
        self, context: UiContext, panel_id: str, kinds: Sequence[type[PanelPage]], parent: QWidget | None = None
    ) -> None:
        """Make it; `kinds` are the classes of its pages in their order, made with context and parent."""
        super().__init__(context, parent)
        self.setObjectName(f"panel.{panel_id}")
        self._workspace: Workspace | None = None
        self._kinds = tuple(kinds)
        self._made: dict[type[PanelPage], PanelPage] = {}
        self.tabs = QTabWidget(self)
        self.tabs.setObjectName(f"{panel_id}.tabs")
        self.tabs.setDocumentMode(True)
        for _ in self._kinds:
            place = QWidget(self.tabs)
            QVBoxLayout(place).setContentsMargins(0, 0, 0, 0)
            self.tabs.addTab(place, "")
        self.tabs.currentChanged.connect(lambda _: self._turned())
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(0)
        self.column.addWidget(self.tabs, 1)
        self.setFocusProxy(self.tabs)
        self.retranslate()

    @property
    def pages(self) -> tuple[PanelPage, ...]:
        """The pages that were made, in their order."""
        return tuple(self._made[kind] for kind in self._kinds if kind in self._made)

    def page_of(self, kind: type[P]) -> P:
        """Return the page of a class, made where it is not yet.

        Raises:
            KeyError: when it is none of the panel's.
        """
        if kind not in self._made:
            place = self.tabs.widget(self._place_of(kind))
            made = kind(self.context, place)  # type: ignore[arg-type]  # the panel's own classes know its id
            self._made[kind] = made
            made.state_changed.connect(self.state_changed)
            made.failed.connect(self.failed)
            made.open_relation.connect(self.open_relation)
            made.step_asked.connect(self.step_asked)
            if self._workspace is not None:
                made.open(self._workspace)
            self.made(made)
            layout = place.layout() if place is not None else None
            if layout is not None:
                layout.addWidget(made)
            made.show()
        found = self._made[kind]
        assert isinstance(found, kind)
        return found

    def made(self, page: PanelPage) -> None:
        """Hear that a page was made, to connect what only it has."""

    def named(self) -> str:
        """Return what the tabs are together, in the current language, for those who hear it."""
        return ""

    # Panel

    def open(self, workspace: Workspace) -> None:
        self._workspace = workspace
        for page in self.pages:
            page.open(workspace)
        self.state_changed.emit()

    def leave(self) -> None:
        for page in self.pages:
            page.leave()
        self._workspace = None

    def access_changed(self) -> None:
        for page in self.pages:
            page.access_changed()
        self.state_changed.emit()

    def on_effects(self, effects: Effects) -> None:
        for page in self.pages:
            page.on_effects(effects)

    def may_close(self) -> bool:
        return all(page.may_close() for page in self.pages)

    def cure(self, step: str) -> None:
        if step in {"connection.retry", "rows.refresh"}:
            self.read()

    # what actions do

    @property
    def page(self) -> PanelPage:
        """The page in sight."""
        return self.page_of(self._kinds[max(0, self.tabs.currentIndex())])

    def read(self) -> None:
        """Read again what is in sight."""
        self.page.read()

    def page_named(self, name: str) -> PanelPage:
        """Return the page of a name such as "growth".

        Raises:
            KeyError: when there is none.
        """
        return self.page_of({kind.NAME: kind for kind in self._kinds}[name])

    def show_page(self, page: PanelPage) -> None:
        """Turn to a page and give it the keyboard."""
        self.tabs.setCurrentIndex(self._place_of(type(page)))
        page.first_widget().setFocus(Qt.FocusReason.ShortcutFocusReason)

    def step_tab(self, by: int) -> None:
        """Go to the next tab to the right (or left), round the corner."""
        self.tabs.setCurrentIndex((self.tabs.currentIndex() + by) % self.tabs.count())

    def retranslate(self) -> None:
        """Say everything in the current language."""
        for number, kind in enumerate(self._kinds):
            self.tabs.setTabText(number, kind.title().replace("&", "&&"))
        self.tabs.setAccessibleName(self.named())
        self.tabs.tabBar().setAccessibleName(self.named())

    # Qt

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._turned()

    # inside

    def _turned(self) -> None:
        if self.isVisible():
            self.page.show()  # made where it is not yet
        self.state_changed.emit()

    def _place_of(self, kind: type[PanelPage]) -> int:
        if kind not in self._kinds:
            raise KeyError(kind.__name__)
        return self._kinds.index(kind)
