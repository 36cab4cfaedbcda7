"""EditorRegistry: which editor a cell gets - by type name, else by kind, else PostgreSQL's text form."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from PySide6.QtWidgets import QWidget

from nexus_studio.core.data.cells import StagedCell
from nexus_studio.core.schema.types import TypeKind
from nexus_studio.ui.grid.editors.array import ArrayEditor
from nexus_studio.ui.grid.editors.binary import BinaryEditor
from nexus_studio.ui.grid.editors.cell_editor import CellEditor, EditPlace
from nexus_studio.ui.grid.editors.choice import BooleanEditor, ChoiceEditor
from nexus_studio.ui.grid.editors.line import IntervalEditor, LineEditor, NumberEditor, PlainEditor, UuidEditor
from nexus_studio.ui.grid.editors.long_text import JsonEditor, LongTextEditor
from nexus_studio.ui.grid.editors.moment import CalendarEditor, TimeEditor
from nexus_studio.ui.grid.editors.reference import ReferenceEditor

LONG: Final = 80
"""Characters from which a text gets several lines to be edited in."""

Factory = Callable[[EditPlace, QWidget | None], CellEditor]


class EditorRegistry:
    """Makes editors. A new one is `register`ed by kind or by pg_type name; the last one registered wins."""

    def __init__(self) -> None:
        self._by_kind: dict[TypeKind, Factory] = {}
        self._by_name: dict[str, Factory] = {}

    def register(self, factory: Factory, *, kinds: Iterable[TypeKind] = (), names: Iterable[str] = ()) -> None:
        """Use a factory (an editor's class) for types of these kinds and names."""
        self._by_kind.update(dict.fromkeys(kinds, factory))
        self._by_name.update(dict.fromkeys(names, factory))

    def create(self, place: EditPlace, cell: StagedCell, parent: QWidget | None = None) -> CellEditor:
        """Make the editor of a place and give it its value."""
        editor = self._factory(place, cell)(place, parent)
        editor.set_cell(cell)
        return editor

    def _factory(self, place: EditPlace, cell: StagedCell) -> Factory:
        type_ = place.column.type
        if place.picker is not None:
            return ReferenceEditor
        for name in (type_.name, type_.domain_of):
            if name in self._by_name:
                return self._by_name[name]
        factory = self._by_kind.get(type_.kind, PlainEditor)
        is_multiline = isinstance(cell, str) and ("\n" in cell or len(cell) > LONG)
        return LongTextEditor if factory is LineEditor and is_multiline else factory


def built_in_editors() -> EditorRegistry:
    """Make a registry with the editors of PostgreSQL's own types."""
    registry = EditorRegistry()
    kind = TypeKind
    registry.register(LineEditor, kinds=(kind.TEXT,))
    registry.register(NumberEditor, kinds=(kind.NUMBER,))
    registry.register(BooleanEditor, kinds=(kind.BOOLEAN,))
    registry.register(ChoiceEditor, kinds=(kind.ENUM,))
    registry.register(CalendarEditor, kinds=(kind.DATE, kind.TIMESTAMP))
    registry.register(TimeEditor, kinds=(kind.TIME,))
    registry.register(IntervalEditor, kinds=(kind.INTERVAL,))
    registry.register(UuidEditor, kinds=(kind.UUID,))
    registry.register(JsonEditor, kinds=(kind.JSON,))
    registry.register(ArrayEditor, kinds=(kind.ARRAY,))
    registry.register(BinaryEditor, kinds=(kind.BINARY,))
    return registry
