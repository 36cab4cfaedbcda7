"""CurrentRecord: what the page says of the row one stands in: its fields, its name, the rows related to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Signal

from nexus_studio.core.data.cells import UNREAD, RowCount, StagedCell
from nexus_studio.core.data.changeset import CellState
from nexus_studio.core.data.filters import AllOf, Condition
from nexus_studio.core.schema.catalog import ForeignKey, Relation
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.conventions import MOST_JOINED, joined_keys, joins_of
from nexus_studio.ui.grid.shown import ShownRow
from nexus_studio.ui.kit.tasks import Latest, TaskRunner
from nexus_studio.ui.panels.data.filtering import equal_to
from nexus_studio.ui.panels.data.record_model import Field
from nexus_studio.ui.panels.data.record_pane import RelatedRows
from nexus_studio.ui.panels.data.rows_page import RowsPage
from nexus_studio.ui.panels.data.whole_row import WholeRow, is_partial


class CurrentRecord(QObject):
    """The current row of a page. UI thread only; nothing here waits."""

    changed = Signal()  # more of the row is known

    def __init__(self, page: RowsPage, runner: TaskRunner) -> None:
        super().__init__(page)
        self._page = page
        self._related = Latest(runner, self)
        self._following = Latest(runner, self)
        self._joins: dict[ForeignKey, ForeignKey] = {}  # of tables of pairs: to the other side
        self._whole = WholeRow(runner, lambda: page.workspace.rows, self)
        self._whole.arrived.connect(self.changed)

    def read(self) -> tuple[str, tuple[Field, ...], tuple[RelatedRows, ...]] | None:
        """Return title, fields and related keys of the current row; None without one."""
        relation, changes, shown = self._page.relation, self._page.changes, self.row()
        if relation is None or changes is None or shown is None:
            return None
        overlay = self._page.workspace.overlay.of(relation)
        target = shown.row if shown.row is not None else shown.draft
        fields = tuple(
            Field(
                column=(column := relation.column(name)),
                cell=shown.cells[place],
                state=changes.state(target, name) if target is not None else CellState.CLEAN,
                is_key=name in relation.key,
                is_link=relation.foreign_key_on(name) is not None,
                label=self._page.grid.label_of(place, shown.cells[place]) if shown.sizes.get(place) != UNREAD else "",
                description=overlay.descriptions.get(name) or column.comment,
                reason=shown.reasons.get(place, ""),
                size=shown.sizes.get(place),
                is_masked=place in self._page.grid.view.masked,
            )
            for place, name in enumerate(changes.columns)
        )
        outgoing = tuple(RelatedRows(key, incoming=False) for key in relation.foreign_keys)
        incoming = tuple(
            RelatedRows(key, incoming=True, through=self._joins.get(key)) for key in relation.referenced_by
        )
        if shown.draft is not None:
            return self.tr("New row"), fields, outgoing  # nothing points to it yet
        title = self._title(relation, self._values(shown)) or self._numbered()
        return title, fields, (*incoming, *outgoing)

    def _numbered(self) -> str:
        """Name a row that has neither key nor label by its number."""
        model, index = self._page.grid.model, self._page.grid.view.currentIndex()
        return self.tr("Row {number}").format(number=model.number_of(model.base + index.row()))

    def _title(self, relation: Relation, values: Mapping[str, StagedCell]) -> str:
        labels = [values.get(name) for name in self._page.workspace.overlay.label_columns(relation)]
        if self._page.workspace.session.profile.masking:
            labels = []
        text = " ".join(cell for cell in labels if isinstance(cell, str) and cell)
        return text or ", ".join(cell for name in relation.key if isinstance(cell := values.get(name), str))

    def count_related(self, show: Callable[[Mapping[ForeignKey, RowCount]], None]) -> None:
        """Count the rows that point at the current row and hand the counts to `show`."""
        relation, shown = self._page.relation, self.row()
        is_whole = shown is not None and not is_partial(shown)  # else this is asked again when it is
        if not is_whole or relation is None or shown is None or shown.row is None or not relation.referenced_by:
            self._related.cancel()
            return
        cells = dict(zip(self._page.columns, shown.row.cells, strict=False))
        keys, catalog, rows = relation.referenced_by, self._page.workspace.catalog, self._page.workspace.rows

        def work(ctx: TaskContext) -> tuple[Mapping[ForeignKey, RowCount], dict[ForeignKey, ForeignKey]]:
            tables = catalog.relations({key.table for key in keys}, ctx)
            pairs = [(tables[key.table], key) for key in keys if key.table in tables]
            joins = joins_of({key: table for table, key in pairs})
            return rows.related_counts(pairs, cells, ctx), joins

        def arrived(found: tuple[Mapping[ForeignKey, RowCount], dict[ForeignKey, ForeignKey]]) -> None:
            counts, joins = found
            is_news = joins.items() - self._joins.items()
            self._joins |= joins
            if is_news:
                self.changed.emit()
            show(counts)

        # A count that fails is left out: the rows themselves are a click away and will say why.
        self._related.start(work, arrived, lambda _: None)

    def show_related(self, line: RelatedRows) -> None:
        """Go to the rows behind a line of "Related"."""
        shown = self.row()
        if shown is None:
            return
        values = self._values(shown)
        if (other := line.through or self._joins.get(line.key)) is not None and line.incoming:
            self._show_joined(line.key, other, values)
            return
        here, there = line.key.columns, line.key.target_columns
        name = line.key.target
        if line.incoming:
            here, there, name = there, here, line.key.table
        cells = [values.get(column) for column in here]
        found = tuple(cell for cell in cells if isinstance(cell, str))
        if len(found) == len(here):
            self._page.follow_asked.emit(name, equal_to(there, found))

    def _show_joined(self, key: ForeignKey, other: ForeignKey, values: Mapping[str, StagedCell]) -> None:
        """Go to the rows of the other side of a table of pairs; to the pairs themselves where they are many."""
        cells = {name: cell for name, cell in values.items() if cell is None or isinstance(cell, str)}
        session, catalog = self._page.workspace.session, self._page.workspace.catalog

        def go(found: tuple[str, ...]) -> None:
            target = other.target_columns[0]
            if len(found) <= MOST_JOINED:
                condition = Condition.of(target, "in", *found) if found else Condition.of(target, "is_null")
                self._page.follow_asked.emit(other.target, AllOf((condition,)))
            else:
                value = cells.get(key.target_columns[0])
                self._page.follow_asked.emit(key.table, equal_to(key.columns, (value,)))

        def work(ctx: TaskContext) -> tuple[str, ...]:
            return joined_keys(session, catalog.relation(key.table, ctx), key, other, cells, ctx)

        self._following.start(work, go, self._page.failed.emit)

    def _values(self, shown: ShownRow) -> dict[str, StagedCell]:
        cells = zip(self._page.columns, shown.cells, strict=False)
        return {name: cell for place, (name, cell) in enumerate(cells) if shown.sizes.get(place) != UNREAD}

    def row(self) -> ShownRow | None:
        """Return the current row, whole as soon as what the grid does not show of it was read."""
        shown = self._page.grid.current_row()
        if shown is None or self._page.relation is None or self._page.changes is None:
            return shown
        return self._whole.of(shown, self._page.relation, self._page.changes)

    def row_names(self) -> dict[int, str]:
        """Name every changed row by its label and its key, by draft number."""
        if self._page.changes is None:
            return {}
        keys = {change.draft: change.key.cells for change in self._page.changes.freeze() if change.key is not None}
        names = {draft: ", ".join(cell for cell in cells if cell) for draft, cells in keys.items()}
        for draft, label in self.labels().items():
            names[draft] = "  ·  ".join(part for part in (label, names.get(draft, "")) if part)
        return names

    def labels(self) -> dict[int, str]:
        """Name every changed row as people do, by draft number; rows that have no label but their key are left out."""
        relation, changes = self._page.relation, self._page.changes
        if relation is None or changes is None:
            return {}
        names: dict[int, str] = {}
        for change in changes.freeze():
            key = change.key.cells if change.key is not None else ()
            known = {**dict(zip(relation.key, key, strict=False)), **change.base}
            loader = self._page.grid.model.loader
            ordinal = loader.find(change.key) if change.key is not None else None
            row = loader.row(ordinal) if ordinal is not None else None
            if row is not None:
                known = {**dict(zip(changes.columns, row.cells, strict=False)), **known}
            label = self._title(relation, known)
            if label and label != ", ".join(cell for cell in key if cell):
                names[change.draft] = label
        return names
