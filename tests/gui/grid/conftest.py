"""A grid on a real table, with everything a window would give it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nexus_studio.core.data.changeset import ChangeSet
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.schema.overlay import ModelOverlay
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.paths import Paths
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.rowsource import RowSource
from nexus_studio.services.session import Session
from nexus_studio.services.settings_store import SettingsStore
from nexus_studio.ui.grid.grid_view import RowGrid
from nexus_studio.ui.grid.parts import GridParts
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.notices import NoticeCenter
from nexus_studio.ui.kit.settings import SettingsHolder
from nexus_studio.ui.kit.tasks import EffectsBus, TaskRunner
from nexus_studio.ui.kit.theme import Theme


@pytest.fixture
def context(qapp: QApplication, tmp_path: Path) -> Iterator[UiContext]:
    """What every panel is given, light."""
    theme = Theme("light")
    theme.apply(qapp)
    bus = EffectsBus()
    runner = TaskRunner(bus)
    settings = SettingsHolder(SettingsStore(tmp_path / "settings.toml"))
    paths = Paths.below(tmp_path / "home")
    yield UiContext(runner, bus, NoticeCenter(), theme, settings, paths)
    runner.shutdown(3000)
    settings.flush()


@dataclass
class Bench:
    """A grid on a relation, and the way to look into it."""

    grid: RowGrid
    relation: Relation
    changes: ChangeSet
    parts: GridParts
    qtbot: QtBot

    def wait(self, *, rows: int | None = None) -> None:
        """Wait until rows are here (that many, when given) and nothing is on its way."""

        def is_ready() -> bool:
            loader = self.grid.model.loader
            enough = self.grid.model.rowCount() == rows if rows is not None else self.grid.model.is_here(0)
            return enough and not loader.is_busy and self.grid.context.runner.is_idle

        self.qtbot.waitUntil(is_ready, timeout=10_000)

    def text(self, row: int, column: str) -> str:
        """Return what stands in a cell."""
        place = [known.name for known in self.grid.model.columns].index(column)
        return str(self.grid.model.data(self.grid.model.index(row, place)))

    def cell(self, row: int, column: str) -> Any:
        """Return the cell itself, staged edits on top."""
        place = [known.name for known in self.grid.model.columns].index(column)
        shown = self.grid.model.shown(row)
        assert shown is not None
        return shown.cells[place]


OpenGrid = Callable[..., Bench]


@pytest.fixture
def open_grid(context: UiContext, session: Session, qtbot: QtBot) -> Iterator[OpenGrid]:
    """A function that shows a table: `open_grid("users")`, options: query, overlay, window, read_only."""

    def open_table(name: str, *, window: int = 1_000_000, overlay: ModelOverlay | None = None, **more: Any) -> Bench:
        catalog = CatalogReader(session)
        relation = catalog.relation(RelationName("public", name), TaskContext.for_test())
        query = more.pop("query", None) or RowQuery(relation.name)
        parts = GridParts(RowSource(session), catalog, overlay or ModelOverlay(), **more)
        grid = RowGrid(context, window=window)
        qtbot.addWidget(grid)
        grid.resize(900, 500)
        changes = ChangeSet(relation)
        grid.open(parts, relation, query, changes)
        grid.show()
        return Bench(grid, relation, changes, parts, qtbot)

    yield open_table
    context.runner.shutdown(3000)  # before the session ends
