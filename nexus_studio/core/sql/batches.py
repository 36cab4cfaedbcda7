"""Changes of one shape -> one statement's text for all of them, and the values of each. Nothing is executed here.

To build and to spell a statement takes longer than the server needs to run it: thousands of changes have few shapes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import ColumnElement
from sqlalchemy.dialects.postgresql.base import PGDialect

from nexus_studio.core.data.cells import DEFAULT, Cell, RowKey, StagedCell
from nexus_studio.core.data.changes import RowChange
from nexus_studio.core.errors import BugError
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql.dml import statement_of, written_values
from nexus_studio.core.sql.expressions import PLACE, has_place, table_of, whole_text

_DIALECT: Final = PGDialect(paramstyle="format")  # type: ignore[no-untyped-call]

_Get = Callable[[RowChange], object]


@dataclass(frozen=True, slots=True)
class Batch:
    """A statement for every change of one shape (see `shapes`).

    `returns` names the columns whose text it gives back, in order.
    """

    text: str
    returns: tuple[str, ...]
    _gets: tuple[_Get, ...]

    def values(self, change: RowChange) -> tuple[object, ...]:
        """Return the parameters of one change."""
        return tuple([get(change) for get in self._gets])


def batch_of(relation: Relation, change: RowChange, returns: Sequence[str] = ()) -> Batch:
    """Build the statement of all changes of this one's shape.

    Args:
        relation: Theirs.
        change: One of them.
        returns: Columns (or the ctid) whose text is to come back of each row that was written.
    """
    statement = statement_of(relation, _template(relation, change))
    if statement is None:
        raise BugError("bug.nothing_written", relation=str(relation.name))
    if returns:
        table = table_of(relation)
        texts: list[ColumnElement[Any]] = [whole_text(relation, table, name) for name in returns]
        statement = statement.returning(*texts)
    compiled = statement.compile(dialect=_DIALECT)
    names = compiled.positiontup or ()
    return Batch(str(compiled), tuple(returns), tuple(_get(compiled.params[name]) for name in names))


def readable_columns(relation: Relation) -> tuple[str, ...]:
    """Name what can be read of a row: all columns the role may read, and the place of rows that have no key.

    Those that are hidden are among them, as dots.
    """
    columns = tuple(column.name for column in relation.columns if column.is_shown)
    return (*columns, PLACE) if has_place(relation) and not relation.key else columns


class _Slot(str):
    """Stands in a statement for a cell that differs from change to change."""

    get: _Get


def _slot(get: _Get) -> _Slot:
    found = _Slot("?")
    found.get = get
    return found


def _get(value: object) -> _Get:
    return value.get if isinstance(value, _Slot) else lambda _: value


def _template(relation: Relation, change: RowChange) -> RowChange:
    """Return the change with slots for its cells. What is left out of a statement is left out here too."""
    values: dict[str, StagedCell] = {
        name: DEFAULT if cell is DEFAULT else _slot(_value_of(name))
        for name, cell in sorted(written_values(relation, change).items())
    }
    base: dict[str, Cell] = {name: _slot(_base_of(name)) for name in sorted(change.base)}
    key = change.key
    if key is not None:
        cells = [None if cell is None else _slot(_key_of(place)) for place, cell in enumerate(key.cells)]
        key = RowKey(tuple(cells), by_place=key.by_place)
    version = None if change.version is None else _slot(attrgetter("version"))
    return replace(change, values=values, base=base, key=key, version=version)


def _value_of(name: str) -> _Get:
    return lambda change: change.values[name]


def _base_of(name: str) -> _Get:
    return lambda change: change.base[name]


def _key_of(place: int) -> _Get:
    return lambda change: change.key.cells[place] if change.key is not None else None
