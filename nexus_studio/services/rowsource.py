"""RowSource: pages, counts, whole cells and labels of rows, read from the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nexus_studio.core.data.cells import Cell, Page, PageRequest, Row, RowCount, RowKey
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.schema.catalog import ForeignKey, Relation
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.session import Session


class RowSource:
    """Reads rows through a session. Stateless; any thread."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def fetch(
        self, relation: Relation, query: RowQuery, request: PageRequest, generation: int, ctx: TaskContext
    ) -> Page:
        """Read one page, in one statement."""
        raise NotImplementedError

    def estimate(self, relation: Relation, query: RowQuery, ctx: TaskContext) -> RowCount:
        """Guess the number of rows from the server's statistics."""
        raise NotImplementedError

    def count(self, relation: Relation, query: RowQuery, ctx: TaskContext) -> RowCount:
        """Count the rows exactly. Reads the whole table: run it as a task of its own."""
        raise NotImplementedError

    def whole_cell(self, relation: Relation, key: RowKey, column: str, ctx: TaskContext) -> Cell:
        """Read one cell whole."""
        raise NotImplementedError

    def whole_cells(self, relation: Relation, key: RowKey, columns: Sequence[str], ctx: TaskContext) -> dict[str, Cell]:
        """Read several cells of one row whole."""
        raise NotImplementedError

    def row_by_key(self, relation: Relation, key: RowKey, ctx: TaskContext) -> Row | None:
        """Read one row as a page would hold it; None when it is gone."""
        raise NotImplementedError

    def labels(
        self,
        target: Relation,
        key_columns: Sequence[str],
        label_columns: Sequence[str],
        keys: Sequence[tuple[Cell, ...]],
        ctx: TaskContext,
    ) -> dict[tuple[Cell, ...], str]:
        """Read the labels of the rows that foreign keys point to; keys without a row are left out."""
        raise NotImplementedError

    def search(
        self,
        target: Relation,
        key_columns: Sequence[str],
        label_columns: Sequence[str],
        text: str,
        limit: int,
        ctx: TaskContext,
    ) -> list[tuple[tuple[Cell, ...], str]]:
        """Find rows by label or key, for the picker of a foreign key: (key, label) pairs."""
        raise NotImplementedError

    def related_counts(
        self, referencing: Sequence[tuple[Relation, ForeignKey]], cells: Mapping[str, Cell], ctx: TaskContext
    ) -> dict[ForeignKey, RowCount]:
        """Count the rows that point at one row, each up to a bound ("at least" from there on).

        `cells` holds the row's cells by column name, at least those the foreign keys point to.
        """
        raise NotImplementedError
