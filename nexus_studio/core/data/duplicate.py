"""DuplicatePlan: copies of a row and of rows that point to it, with their keys rewired. Pure.

A copied row holds the cells of its original, but: keys that model or database make are made anew, foreign keys that
lead to a row that is copied too lead to its copy, what PostgreSQL computes is left out, and of unique values that would
be there twice a person is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final
from uuid import uuid4

from nexus_studio.core.data.cells import DEFAULT, Cell, StagedCell
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.errors import DuplicateRefused
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Column, Generated, Index, Relation
from nexus_studio.core.schema.overlay import ModelTable
from nexus_studio.core.schema.types import PgType, TypeKind

NOW: Final = re.compile(
    r"\b(now|transaction_timestamp|statement_timestamp|clock_timestamp|timeofday)\(\)"
    r"|\b(CURRENT_(DATE|TIME|TIMESTAMP)|LOCALTIME(STAMP)?)\b",
    re.IGNORECASE,
)
"""Defaults that tell when a row was made: a copy is made now. Texts as pg_get_expr writes them."""

_MAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_WHEN: Final = frozenset({TypeKind.DATE, TypeKind.TIME, TypeKind.TIMESTAMP})


@dataclass(frozen=True, slots=True)
class Link:
    """The value that another row of the plan (by its number) will have in a column."""

    row: int
    column: str


Place = tuple[int, str]
"""A row's number in the plan, and a column."""


@dataclass(frozen=True, slots=True)
class Original:
    """A row to be copied, whole: readable cells by column. `level` 0 is the row itself, 1 what points to it."""

    relation: Relation
    cells: Mapping[str, Cell]
    level: int = 0


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy. Columns that are not in `values` are left to the database: `served` are those it has to make anew."""

    original: Original
    values: Mapping[str, StagedCell | Link]
    served: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Question:
    """A unique value that can't be there twice. `proposed` DEFAULT: nothing can be proposed, a person has to say."""

    row: int
    column: str
    index: str
    held: Cell
    proposed: StagedCell

    @property
    def place(self) -> Place:
        """Where the answer goes."""
        return (self.row, self.column)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A column that copies don't take over. Reasons: "generated", "privilege", "masked"."""

    relation: RelationName
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class DuplicatePlan:
    """What would be written, but for the answers to `questions` and the numbers the database hands out."""

    rows: tuple[Copied, ...]
    questions: tuple[Question, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @property
    def relations(self) -> Mapping[RelationName, Relation]:
        """The relations written to, that of the row itself first."""
        return {row.original.relation.name: row.original.relation for row in self.rows}

    @property
    def counts(self) -> Mapping[RelationName, int]:
        """Copies by relation."""
        found: dict[RelationName, int] = {}
        for row in self.rows:
            found[row.original.relation.name] = found.get(row.original.relation.name, 0) + 1
        return found

    def wanted(self) -> tuple[Place, ...]:
        """Name what the database makes and other copies point to: it has to be known before they are written."""
        links = (cell for row in self.rows for cell in row.values.values() if isinstance(cell, Link))
        ends = (self._end(link) for link in links)
        return tuple(dict.fromkeys(end for end in ends if end[1] in self.rows[end[0]].served))

    def changes(
        self, answers: Mapping[Place, StagedCell], made: Mapping[Place, str]
    ) -> Mapping[RelationName, tuple[RowChange, ...]]:
        """Return the new rows by relation. `answers` stand above what was proposed.

        Args:
            answers: Unique values, and whatever else copies shall hold instead, by place.
            made: A value for each of `wanted()`.

        Raises:
            DuplicateRefused: "duplicate.unanswered" (facts relation, column); "duplicate.computed" where copies would
                have to point to something that PostgreSQL computes.
        """
        asked: dict[Place, StagedCell] = {question.place: question.proposed for question in self.questions}
        asked |= answers
        found: dict[RelationName, list[RowChange]] = {}
        for number, row in enumerate(self.rows):
            relation = row.original.relation
            values = {name: self._value((number, name), asked, made) for name in row.values}
            values |= {name: made[number, name] for name in row.served if (number, name) in made}
            keeps = any(relation.column(name).generated is Generated.IDENTITY_ALWAYS for name in values)
            change = RowChange(relation.name, ChangeKind.INSERT, number + 1, values=values, keeps_identity=keeps)
            found.setdefault(relation.name, []).append(change)
        return {name: tuple(changes) for name, changes in found.items()}

    def _end(self, link: Link) -> Place:
        """Follow links to the place where the value comes from."""
        seen: set[Place] = set()
        place = (link.row, link.column)
        while place not in seen and isinstance(cell := self.rows[place[0]].values.get(place[1]), Link):
            seen.add(place)
            place = (cell.row, cell.column)
        return place

    def _value(self, place: Place, asked: Mapping[Place, StagedCell], made: Mapping[Place, str]) -> StagedCell:
        cell = self.rows[place[0]].values[place[1]]
        end = self._end(cell) if isinstance(cell, Link) else place
        row = self.rows[end[0]]
        relation = str(row.original.relation.name)
        if end in asked:
            if asked[end] is DEFAULT:
                raise DuplicateRefused("duplicate.unanswered", relation=relation, column=end[1])
            return asked[end]
        if end in made:
            return made[end]
        value = row.values.get(end[1], DEFAULT)
        if isinstance(value, Link) or (value is DEFAULT and end != place):
            raise DuplicateRefused("duplicate.computed", relation=relation, column=end[1])
        return value


def plan_copies(
    originals: Sequence[Original],
    model_of: Callable[[Relation], ModelTable],
    *,
    masks: bool = False,
    expressions: Mapping[RelationName, Sequence[Index]] = MappingProxyType({}),
) -> DuplicatePlan:
    """Plan copies of rows that belong together, the row itself first.

    Args:
        originals: What is copied.
        model_of: What the models know of a relation: who makes its ids, what is sensitive.
        masks: The connection hides sensitive columns: copies do not take them over.
        expressions: Unique indexes on expressions, with the columns that stand in them.
    """
    plan = _Planning(originals, model_of, masks=masks)
    return plan.made(expressions)


@dataclass(slots=True)
class _Draft:
    original: Original
    values: dict[str, StagedCell | Link] = field(default_factory=dict)
    served: set[str] = field(default_factory=set)
    fresh: set[str] = field(default_factory=set)  # made by the model: another value than the original's


class _Planning:
    def __init__(
        self, originals: Sequence[Original], model_of: Callable[[Relation], ModelTable], *, masks: bool
    ) -> None:
        self._model_of, self._masks = model_of, masks
        self._left_out: dict[LeftOut, None] = {}
        self._drafts = [self._copied(original) for original in originals]
        self._questions: dict[Place, Question] = {}

    def made(self, expressions: Mapping[RelationName, Sequence[Index]]) -> DuplicatePlan:
        self._link()
        for number, draft in enumerate(self._drafts):
            relation = draft.original.relation
            for index in (*relation.indexes, *expressions.get(relation.name, ())):
                if index.unique and index.valid:
                    self._keep_unique(number, draft, index)
        rows = tuple(Copied(draft.original, draft.values, frozenset(draft.served)) for draft in self._drafts)
        return DuplicatePlan(rows, tuple(self._questions.values()), tuple(self._left_out))

    def _copied(self, original: Original) -> _Draft:
        draft, relation = _Draft(original), original.relation
        model = self._model_of(relation)
        for column in relation.columns:
            name = column.name
            if column.generated in {Generated.STORED, Generated.VIRTUAL}:
                self._leave_out(relation, name, "generated")
            elif column.generated in {Generated.IDENTITY_ALWAYS, Generated.IDENTITY_BY_DEFAULT}:
                draft.served.add(name)
            elif column.masked:
                self._leave_out(relation, name, "masked")
            elif not column.may_insert or not column.may_select:
                self._leave_out(relation, name, "privilege")
            elif name in model.defaults and _is_made_anew(relation, column, model.defaults[name]):
                draft.values[name] = model.defaults[name]()
                draft.fresh.add(name)
            elif self._masks and name in model.sensitive:
                self._leave_out(relation, name, "masked")
            elif (name in relation.key and column.default) or NOW.search(column.default):
                draft.served.add(name)
            else:
                draft.values[name] = original.cells.get(name)
        return draft

    def _leave_out(self, relation: Relation, column: str, reason: str) -> None:
        self._left_out[LeftOut(relation.name, column, reason)] = None

    def _link(self) -> None:
        """Let foreign keys that lead to a row that is copied lead to its copy."""
        ends: dict[tuple[RelationName, tuple[str, ...]], dict[tuple[Cell, ...], int]] = {}
        for number, draft in enumerate(self._drafts):
            for key in draft.original.relation.foreign_keys:
                place = (key.target, key.target_columns)
                if place not in ends:
                    ends[place] = self._rows_by(*place)
                cells = tuple(draft.original.cells.get(name) for name in key.columns)
                end = None if None in cells else ends[place].get(cells)
                if end is None:
                    continue
                for name, target in zip(key.columns, key.target_columns, strict=True):
                    if (end, target) != (number, name) and (name in draft.values or name in draft.served):
                        draft.values[name] = Link(end, target)
                        draft.served.discard(name)
                        draft.fresh.discard(name)

    def _rows_by(self, name: RelationName, columns: tuple[str, ...]) -> dict[tuple[Cell, ...], int]:
        found: dict[tuple[Cell, ...], int] = {}
        for number, draft in enumerate(self._drafts):
            if draft.original.relation.name == name:
                found.setdefault(tuple(draft.original.cells.get(column) for column in columns), number)
        return found

    def _keep_unique(self, number: int, draft: _Draft, index: Index) -> None:
        relation, names = draft.original.relation, [name for name in index.columns if name]
        if len(names) < len(index.columns) or any(self._is_new(number, name) for name in names):
            return
        if any(draft.original.cells.get(name) is None for name in names):
            return  # PostgreSQL takes NULLs for different ones
        columns = [relation.column(name) for name in names if name in draft.values]
        if not columns:
            return
        served = next((column for column in columns if _is_handed_out(column)), None)
        if served is not None:
            del draft.values[served.name]
            draft.served.add(served.name)
            return
        linked = {name for key in relation.foreign_keys for name in key.columns}
        own = [column for column in columns if column.name not in linked] or columns
        chosen = next((column for column in reversed(own) if column.type.kind is TypeKind.TEXT), own[-1])
        if index.partial and chosen.type.kind is not TypeKind.TEXT:
            return  # whether it holds for this row is not known, and there is nothing to propose: the server judges
        held = draft.original.cells.get(chosen.name)
        place = (number, chosen.name)
        self._questions[place] = Question(number, chosen.name, index.name, held, proposal(held, chosen))

    def _is_new(self, number: int, name: str) -> bool:
        """Tell whether a copy holds another value there than its original."""
        seen: set[Place] = set()
        place = (number, name)
        while place not in seen:
            seen.add(place)
            draft = self._drafts[place[0]]
            if place in self._questions or place[1] in draft.served or place[1] in draft.fresh:
                return True
            cell = draft.values.get(place[1])
            if not isinstance(cell, Link):
                return False
            place = (cell.row, cell.column)
        return False


def _is_made_anew(relation: Relation, column: Column, make: Callable[[], Cell]) -> bool:
    """Tell ids and times, which a copy has anew, from constants, of which it takes the original's value."""
    return column.name in relation.key or (column.type.kind in _WHEN and make() is not None) or make() != make()


def _is_handed_out(column: Column) -> bool:
    """Tell whether the database gives every row another value by itself."""
    return bool(re.search(r"\b(nextval|gen_random_uuid|uuid_generate_v\w+|uuidv[47])\(", column.default))


def proposal(held: Cell, column: Column, turn: int = 1) -> StagedCell:
    """Propose a value beside one that is taken; DEFAULT where nothing makes sense. `turn` 2 is the second try.

    Texts say that they are copies, in the room their type has; addresses of mail stay some.
    """
    if held is None or column.type.kind is TypeKind.UUID:
        return str(uuid4())
    if column.type.kind is TypeKind.TEXT:
        return _text_copy(held, column.type, turn)
    return None if column.nullable else DEFAULT


def _text_copy(held: str, type_: PgType, turn: int) -> str:
    if _MAIL.fullmatch(held):
        name, _, host = held.rpartition("@")
        mark = "+copy" if turn == 1 else f"+copy{turn}"
        room = None if type_.length is None else max(1, type_.length - len(mark) - len(host) - 1)
        return f"{name[:room]}{mark}@{host}"
    mark = " (copy)" if turn == 1 else f" (copy {turn})"
    room = None if type_.length is None else max(0, type_.length - len(mark))
    return f"{held[:room]}{mark}"[: type_.length]
