"""EditorRegistry: which editor a cell gets - by type name, else by kind, else PostgreSQL's text form."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from PySide6.QtWidgets import QWidget

from nexus_studio.core.data.cells import StagedCell
from nexus_studio.core.schema.types import PgType, TypeKind
from nexus_studio.ui.grid.editors.array import ArrayEditor
from nexus_studio.ui.grid.editors.binary import BinaryEditor
from nexus_studio.ui.grid.editors.cell_editor import CellEditor, EditPlace
from nexus_studio.ui.grid.editors.choice import BooleanEditor, ChoiceEditor
from nexus_studio.ui.grid.editors.json_editor import JsonEditor
from nexus_studio.ui.grid.editors.line import (
    AddressEditor,
    BitEditor,
    IntervalEditor,
    LineEditor,
    MoneyEditor,
    NumberEditor,
    PlainEditor,
    TreePathEditor,
    UuidEditor,
)
from nexus_studio.ui.grid.editors.long_text import (
    LongPlainEditor,
    LongTextEditor,
    ReadEditor,
    VectorEditor,
    XmlEditor,
)
from nexus_studio.ui.grid.editors.moment import CalendarEditor, TimeEditor
from nexus_studio.ui.grid.editors.parts_editors import CompositeEditor, HstoreEditor, RangeEditor
from nexus_studio.ui.grid.editors.reference import ReferenceEditor

LONG: Final = 80
"""Characters from which a text gets several lines to be edited in."""

LONGEST_LINE: Final = 10_000
"""Characters of any other value that a field of one line lays out without a stop."""

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
        factory = self.factory_of(type_)
        is_multiline = isinstance(cell, str) and ("\n" in cell or len(cell) > LONG)
        if factory is LineEditor and is_multiline:
            return LongTextEditor
        is_line = isinstance(factory, type) and issubclass(factory, PlainEditor)
        return LongPlainEditor if is_line and isinstance(cell, str) and len(cell) > LONGEST_LINE else factory

    def factory_of(self, type_: PgType) -> Factory:
        """Return what makes the editor of a short value of a type that is no foreign key."""
        for name in (type_.name, type_.domain_of):
            if name in self._by_name:
                return self._by_name[name]
        return self._by_kind.get(type_.kind, PlainEditor)


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
    registry.register(RangeEditor, kinds=(kind.RANGE,))
    registry.register(AddressEditor, kinds=(kind.NETWORK,))
    registry.register(VectorEditor, kinds=(kind.VECTOR,))
    registry.register(CompositeEditor, kinds=(kind.COMPOSITE,))
    registry.register(ReadEditor, names=("tsvector",))
    registry.register(XmlEditor, names=("xml",))
    registry.register(BitEditor, names=("bit", "varbit", "bit varying"))
    registry.register(MoneyEditor, names=("money",))
    registry.register(HstoreEditor, names=("hstore",))
    registry.register(TreePathEditor, names=("ltree",))
    return registry
