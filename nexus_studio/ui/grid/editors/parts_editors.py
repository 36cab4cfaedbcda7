"""Editors of values that have parts: composite types, hstore, ranges and multiranges."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QTreeWidgetItem, QWidget

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.data.rowtext import (
    RangeText,
    format_hstore,
    format_multirange,
    format_range,
    format_row,
    parse_hstore,
    parse_multirange,
    parse_range,
    parse_row,
)
from nexus_studio.ui.grid.editors.part_cells import PartsLook
from nexus_studio.ui.grid.editors.parts_tree import PartsTree, part, set_part
from nexus_studio.ui.grid.editors.unfolding import UnfoldingEditor

_LOWER, _FROM, _TO, _UPPER = range(4)


class _TreeEditor(UnfoldingEditor):
    """Parts in a tree."""

    def _make_parts(self, text: str) -> QWidget | None:
        tree = self._make_tree()
        self._tree = tree
        if not self._fill_parts(text):
            tree.deleteLater()
            return None
        tree.changed.connect(self._take)
        self._watch(tree.tree)
        return tree

    def _finish_parts(self) -> None:
        if self._parts is not None:
            self._tree.finish()

    def _make_tree(self) -> PartsTree:
        raise NotImplementedError

    def _take(self) -> None:
        """Write the text of the parts."""
        raise NotImplementedError


class CompositeEditor(_TreeEditor):
    """A composite value: its fields by name."""

    sign = "row"

    def _button_words(self) -> str:
        return self.tr("Edit the fields")

    def _make_tree(self) -> PartsTree:
        columns = (self.tr("Field"), self.tr("Type"), self.tr("Value"))
        return PartsTree(
            PartsLook(columns, first_value=2, grows=False, nullable=frozenset({2}), narrow=frozenset({0, 1})), self
        )

    def _fill_parts(self, text: str) -> bool:
        fields = self.type.fields
        cells: list[Cell] | None = parse_row(text) if text else [None] * len(fields)
        if cells is None or len(cells) != len(fields):
            return False

        def build() -> None:
            for (name, type_), cell in zip(fields, cells, strict=True):
                self._tree.add_row((cell,), heads=(name, type_.display))

        self._tree.fill(build)
        return True

    def _take(self) -> None:
        self._write(format_row([part(item, 2) for item in self._tree.rows()]))


class HstoreEditor(_TreeEditor):
    """Pairs of keys and values."""

    sign = "key"

    def _button_words(self) -> str:
        return self.tr("Edit the pairs")

    def _make_tree(self) -> PartsTree:
        return PartsTree(PartsLook((self.tr("Key"), self.tr("Value")), nullable=frozenset({1})), self)

    def _fill_parts(self, text: str) -> bool:
        pairs = parse_hstore(text)
        if pairs is None:
            return False

        def build() -> None:
            for pair in pairs:
                self._tree.add_row(pair)

        self._tree.fill(build)
        return True

    def _take(self) -> None:
        self._write(format_hstore([(part(item, 0) or "", part(item, 1)) for item in self._tree.rows()]))


class RangeEditor(_TreeEditor):
    """A range, or the ranges of a multirange: bounds, and whether they belong to it. No bound: it goes on for ever."""

    sign = "type-range"

    @property
    def is_multirange(self) -> bool:
        """Whether there may be several."""
        return self.type.element is None

    def _button_words(self) -> str:
        return self.tr("Edit the ranges") if self.is_multirange else self.tr("Edit the bounds")

    def _make_tree(self) -> PartsTree:
        columns = (self.tr("From"), self.tr("Lower bound"), self.tr("Upper bound"), self.tr("To"))
        included, excluded = self.tr("included"), self.tr("excluded")
        return _RangeTree(
            PartsLook(
                columns,
                null_word=self.tr("no bound"),
                choices={
                    _LOWER: (("[", f"[  {included}"), ("(", f"(  {excluded}")),
                    _UPPER: (("]", f"{included}  ]"), (")", f"{excluded}  )")),
                },
                grows=self.is_multirange,
                nullable=frozenset({_FROM, _TO}),
                narrow=frozenset({_LOWER, _UPPER}),
            ),
            self,
        )

    def _fill_parts(self, text: str) -> bool:
        if self.is_multirange:
            ranges = parse_multirange(text) if text else []
        else:
            one = parse_range(text) if text and text.strip().lower() != "empty" else RangeText(None, None)
            ranges = None if one is None else [one]
        if ranges is None:
            return False

        def build() -> None:
            for each in ranges:
                self._tree.add_row(_cells(each))

        self._tree.fill(build)
        return True

    def _take(self) -> None:
        ranges = [_range_of(item) for item in self._tree.rows()]
        self._write(format_multirange(ranges) if self.is_multirange else format_range(ranges[0]))

    def _menu_actions(self) -> list[QAction]:
        text = "{}" if self.is_multirange else "empty"
        empty = QAction(self.tr("Set empty range"), self)
        empty.setObjectName("editor_empty_range")
        empty.triggered.connect(lambda: self.set_text(text))
        return [empty]


class _RangeTree(PartsTree):
    """Adds ranges without bounds."""

    def make_row(self) -> QTreeWidgetItem:
        item = super().make_row()
        for column, cell in enumerate(_cells(RangeText(None, None))):
            set_part(item, column, cell)
        return item


def _cells(range_: RangeText) -> tuple[Cell, Cell, Cell, Cell]:
    return "[" if range_.has_lower else "(", range_.lower, range_.upper, "]" if range_.has_upper else ")"


def _range_of(item: QTreeWidgetItem) -> RangeText:
    """Read a row; anything but the bracket means that the bound does not belong to the range."""
    return RangeText(part(item, _FROM), part(item, _TO), part(item, _LOWER) == "[", part(item, _UPPER) == "]")
