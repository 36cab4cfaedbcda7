"""What the grid's tool tips say, as plain text turned into safe rich text."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QCoreApplication, QModelIndex

from nexus_studio.core.data.cells import StagedCell
from nexus_studio.core.schema.catalog import Column, Relation
from nexus_studio.ui.grid.locks import Lock, lock_of_cell, lock_sentence
from nexus_studio.ui.grid.parts import GridParts
from nexus_studio.ui.grid.row_model import RowTableModel
from nexus_studio.ui.grid.stager import Stager

_LONG: Final = 30
_MOST: Final = 1000


def column_tooltip(relation: Relation, parts: GridParts, column: Column) -> str:
    """Say a column's type, what is known about it, its default, where it points, and why it is locked."""
    lines = [f"{column.type.display}{'' if column.nullable else ' NOT NULL'}"]
    known = parts.overlay.of(relation)
    lines += [text for text in (column.comment, known.descriptions.get(column.name, "")) if text]
    if column.default:
        lines.append(QCoreApplication.translate("grid", "Default: {default}").format(default=column.default))
    elif column.name in known.defaults:
        lines.append(QCoreApplication.translate("grid", "Default: made by the model"))
    if (key := relation.foreign_key_on(column.name)) is not None:
        words = QCoreApplication.translate("grid", "Points to {table} ({columns})")
        lines.append(words.format(table=key.target, columns=", ".join(key.target_columns)))
    lock = lock_of_cell(relation, column, is_draft=False, read_only=parts.read_only)
    if lock is not Lock.OPEN:
        lines.append(lock_sentence(lock))
    return _rich(column.name, list(dict.fromkeys(lines)))


def cell_tooltip(
    model: RowTableModel, stager: Stager, index: QModelIndex, label_of: Callable[[int, StagedCell], str]
) -> str:
    """Say what does not fit a cell: long text, the label, why it was refused, why it is locked."""
    shown = model.shown(index.row())
    if shown is None:
        return ""
    cell, lines = shown.cells[index.column()], list[str]()
    if index.column() in model.masked:
        cell = None
    if isinstance(cell, str) and len(cell) > _LONG:
        lines.append(cell[:_MOST] + ("…" if len(cell) > _MOST or index.column() in shown.sizes else ""))
    if label := label_of(index.column(), cell):
        lines.append(label)
    lines += [text for text in (shown.reasons.get(index.column()), shown.reasons.get(-1)) if text]
    lock = stager.lock(shown, model.columns[index.column()])
    if lock is not Lock.OPEN:
        lines.append(lock_sentence(lock))
    return _rich("", lines)


def _rich(title: str, lines: list[str]) -> str:
    """Write lines as rich text, so that they wrap; nothing in them is taken for markup."""
    head = [f"<b>{html.escape(title)}</b>"] if title else []
    body = [html.escape(line).replace("\n", "<br>") for line in lines]
    return "<qt>" + "<br>".join([*head, *body]) + "</qt>" if head or body else ""
