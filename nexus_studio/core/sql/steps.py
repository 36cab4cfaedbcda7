"""Staged changes -> the steps that write them: in order, and in two parts where they wait for one another.

Two new rows that point to one another, two old ones that go together: one of them is written without the link first,
and the link later (or taken away before). So with rows that exchange a unique value: one of them lets go of its own
first. Constraints that may be checked later are checked later instead.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Delete, Insert, Update

from nexus_studio.core.data.cells import Cell, RowKey, StagedCell
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Index, Relation
from nexus_studio.core.sql.dml import statement_of, written_values
from nexus_studio.core.sql.exchanges import resting_column
from nexus_studio.core.sql.keychains import Moves
from nexus_studio.core.sql.shapes import shape_of
from nexus_studio.core.sql.writeorder import Cut, ordered


@dataclass(frozen=True, slots=True)
class Step:
    """One statement to come: a change, or a part of it. `index` is the change's place in those handed in.

    `shape` is the same for changes that one statement's text will do for. `staged`: the whole change, where this is
    its first part and guards all of it; whoever tells of a conflict tells of that.
    """

    index: int
    change: RowChange
    shape: Hashable
    staged: RowChange | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps in their order.

    `deferred`: constraints, by schema and name, that have to be checked at the end for it to work. `stuck`: what can't
    work, and will be refused.
    """

    steps: tuple[Step, ...]
    deferred: tuple[tuple[str, str], ...] = ()
    stuck: tuple[Cut, ...] = ()


def plan_of(
    relations: Mapping[RelationName, Relation],
    changes: Sequence[RowChange],
    known: Mapping[RelationName, Relation] | None = None,
    links: Mapping[int, Mapping[str, Cell]] | None = None,
) -> Plan:
    """Plan how changes are written. Changes of computed columns only take no step.

    `known`: also what lies between the relations, so that keys are seen to follow through it. `links`: what else rows
    hold, by the index of their change; it decides where they stand, and guards nothing.
    """
    known = {**(known or {}), **relations}
    if links:
        told = [replace(each, base={**links.get(i, {}), **each.base}) for i, each in enumerate(changes)]
        return _unguarded(plan_of(relations, told, known), changes, links)
    found = ordered(relations, changes, known)
    stuck = tuple(cut for cut in found.cuts if cut.is_stuck)
    soft = [cut for cut in found.cuts if not cut.is_stuck and cut.by.deferrable]
    deferred = tuple(dict.fromkeys((changes[cut.child].relation.schema, cut.by.name) for cut in soft))
    hard = [cut for cut in found.cuts if not cut.is_stuck and not cut.by.deferrable]
    writes: dict[int, bool] = {}
    steps: list[Step] = []
    for index in found.order:
        change, shape = changes[index], found.shapes[index]
        if shape not in writes:
            writes[shape] = _writes(relations, change)
        if writes[shape]:
            steps.append(Step(index, change, shape))
    untied = _untied(relations, steps, hard) if hard else steps
    return Plan(tuple(_followed(known, untied, changes)), deferred, stuck)


def _unguarded(plan: Plan, changes: Sequence[RowChange], links: Mapping[int, Mapping[str, Cell]]) -> Plan:
    """Have steps guard what the changes themselves knew, and no more."""
    steps: list[Step] = []
    for step in plan.steps:
        extra = links.get(step.index, {}).keys() - changes[step.index].base.keys()
        base = {name: cell for name, cell in step.change.base.items() if name not in extra}
        staged = step.staged and changes[step.index]
        steps.append(replace(_with(step, replace(step.change, base=base)), staged=staged) if extra else step)
    return replace(plan, steps=tuple(steps))


def _followed(
    known: Mapping[RelationName, Relation], steps: Sequence[Step], changes: Sequence[RowChange]
) -> Sequence[Step]:
    """Have rows looked for where they stand once keys that were written before have taken them along."""
    moves = Moves(known, changes)
    if not moves.are_possible:
        return steps
    found: list[Step] = []
    for step in steps:
        change = moves.at_its_place(step.change)
        moves.note(change)
        found.append(step if change is step.change else _with(step, change))
    return found


@dataclass(frozen=True, slots=True)
class Planned:
    """A step as a statement. `index` is the change's place in those handed in."""

    index: int
    change: RowChange
    statement: Update | Delete | Insert


def statements_for(
    relations: Mapping[RelationName, Relation],
    changes: Sequence[RowChange],
    known: Mapping[RelationName, Relation] | None = None,
    links: Mapping[int, Mapping[str, Cell]] | None = None,
) -> tuple[Planned, ...]:
    """Build the statement of every step, one by one, to be read by people; see `batches` for what is executed.

    The arguments are those of `plan_of`.
    """
    found: list[Planned] = []
    for step in plan_of(relations, changes, known, links).steps:
        statement = statement_of(relations[step.change.relation], step.change)
        if statement is not None:
            found.append(Planned(step.index, step.change, statement))
    return tuple(found)


def _writes(relations: Mapping[RelationName, Relation], change: RowChange) -> bool:
    return change.kind is not ChangeKind.UPDATE or bool(written_values(relations[change.relation], change))


def _untied(relations: Mapping[RelationName, Relation], steps: Sequence[Step], cuts: Iterable[Cut]) -> list[Step]:
    """Take links out of changes that would come too early, and let go of them before what they hold goes."""
    whole = {step.index: step.change for step in steps}
    staged, places = dict(whole), {step.index: place for place, step in enumerate(steps)}
    behind: dict[int, list[Step]] = defaultdict(list)  # by the change they have to follow
    before: dict[int, list[Step]] = defaultdict(list)
    # What a row lets go of first comes first here too: what it lets go of later stands on that.
    for cut in sorted(cuts, key=lambda cut: (not cut.removes, places.get(cut.parent, 0))):
        parts = _parts(relations[whole[cut.child].relation], whole[cut.child], cut) if cut.child in whole else None
        if parts is None:
            continue  # nobody can write it; the server says why
        first, then = parts
        if cut.removes:
            before[cut.parent].append(replace(_step(cut.child, first), staged=staged[cut.child]))
            whole[cut.child] = then
        else:
            whole[cut.child] = first
            behind[cut.parent].append(_step(cut.child, then))
    found: list[Step] = []
    for step in steps:
        found += [*before[step.index], _step(step.index, whole[step.index]), *behind[step.index]]
    return [step for step in found if _writes(relations, step.change)]


def _step(index: int, change: RowChange) -> Step:
    return Step(index, change, shape_of(change))


def _with(step: Step, change: RowChange) -> Step:
    return replace(step, change=change, shape=shape_of(change))


def _parts(relation: Relation, change: RowChange, cut: Cut) -> tuple[RowChange, RowChange] | None:
    """Return a change as two, of which one only sets or empties the link; None where that can't be."""
    if isinstance(cut.by, Index):
        column = resting_column(relation, cut.by, change)
        return None if column is None else _let_go(change, [column])
    link = [name for name in cut.by.columns if relation.column(name).nullable]
    if not link:
        return None
    if cut.removes:
        return _let_go(change, link)
    key = change.key or _given_key(relation, change)
    if key is None:
        return None
    values: dict[str, StagedCell] = {name: change.values[name] for name in link if name in change.values}
    rest: dict[str, StagedCell] = {name: cell for name, cell in change.values.items() if name not in values}
    if change.kind is ChangeKind.INSERT:
        emptied: dict[str, StagedCell] = {**rest, **dict.fromkeys(values)}
        later = RowChange(change.relation, ChangeKind.UPDATE, change.draft, key, values, dict.fromkeys(values))
        return replace(change, values=emptied), later
    moved = change.keys_written(relation.key)[-1]
    base = {name: cell for name, cell in change.base.items() if name in values}
    others = {name: cell for name, cell in change.base.items() if name not in values}
    return replace(change, values=rest, base=others), replace(change, key=moved, values=values, base=base, version=None)


def _let_go(change: RowChange, link: Sequence[str]) -> tuple[RowChange, RowChange] | None:
    """Empty the link of a row before it is deleted, or given another; not where the row is no more as it was read."""
    held = {name: change.base[name] for name in link if change.base.get(name) is not None}
    if not held or change.key is None or change.key.by_place:
        return None
    nothing: dict[str, StagedCell] = dict.fromkeys(held)
    first = replace(change, kind=ChangeKind.UPDATE, values=nothing)
    base = {**change.base, **dict.fromkeys(held)}
    return first, replace(change, base=base, version=None)


def _given_key(relation: Relation, change: RowChange) -> RowKey | None:
    cells = [change.values.get(name) for name in relation.key]
    texts = tuple(cell for cell in cells if isinstance(cell, str))
    return RowKey(texts) if texts and len(texts) == len(cells) else None
