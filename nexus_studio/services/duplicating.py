"""Duplicating: a row with chosen rows that point to it, as new rows to be staged or saved in one transaction.

What the database numbers by itself is taken from it before (nextval, or the column's own default), so that children
can name their new parents in the same save: what is reviewed is what is written. Numbers of a copy that is not saved
after all are skipped, as those of any insert that is rolled back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection, text

from nexus_studio.core.data.cells import Cell, RowCount, RowKey, StagedCell
from nexus_studio.core.data.changes import RowChange
from nexus_studio.core.data.duplicate import DuplicatePlan, Original, Place, Question, plan_copies, proposal
from nexus_studio.core.errors import DuplicateRefused, PermissionDenied, TimedOut
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import ForeignKey, Index, Relation
from nexus_studio.core.schema.overlay import ModelOverlay
from nexus_studio.core.sql.children import (
    handed_out_statement,
    numbers_statement,
    pointing_count,
    pointing_statement,
    taken_statement,
)
from nexus_studio.core.sql.expressions import has_place
from nexus_studio.core.sql.select import cells_statement
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.conventions import learned
from nexus_studio.services.operatorpath import reach_operators
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.session import Session

MOST_COPIED: Final = 2_000
"""Rows that are copied at once: a person has to look at them."""

_COUNT_BOUND: Final = MOST_COPIED + 1
_COUNT_TIMEOUT_MS: Final = 2_000
_TURNS: Final = 9  # proposals that are tried for a unique value

_EXPRESSIONS: Final = text(
    """
    SELECT x.relname::text, array_agg(DISTINCT a.attname::text), i.indpred IS NOT NULL
      FROM pg_catalog.pg_index i
      JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
      JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_depend d
        ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = x.oid
       AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = c.oid AND d.refobjsubid > 0
      JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
     WHERE i.indisunique AND i.indisvalid AND i.indexprs IS NOT NULL
       AND n.nspname = :schema AND c.relname = :name
     GROUP BY x.relname, i.indpred IS NOT NULL
    """
)

Path = tuple[ForeignKey, ...]
"""Foreign keys from the row downwards: rows of the first point to the row, those of the second to them, and so on."""


@dataclass(frozen=True, slots=True)
class Child:
    """A table whose rows may be copied along. `reason`: why not: "privilege", "kind", "" where they may."""

    path: Path
    count: RowCount
    reason: str = ""
    has_children: bool = False

    @property
    def key(self) -> ForeignKey:
        """The foreign key that leads to its parents."""
        return self.path[-1]


class Duplicating:
    """Plans copies and makes them new rows. Any thread; stateless."""

    def __init__(self, session: Session, catalog: CatalogReader, overlay: ModelOverlay) -> None:
        self._session, self._catalog, self._overlay = session, catalog, overlay

    def children(self, relation: Relation, key: RowKey, ctx: TaskContext, *, below: Path = ()) -> tuple[Child, ...]:
        """List what points to a row, or to the rows at the end of a path, with counts (up to a bound).

        Raises:
            DuplicateRefused: "duplicate.gone", "duplicate.too_many".
        """
        above = relation if not below else self._catalog.relation(below[-1].table, ctx)
        keys = above.referenced_by
        known = self._catalog.relations({each.table for each in keys}, ctx)
        columns = tuple(dict.fromkeys(name for each in keys for name in each.target_columns))
        if not keys:
            return ()
        steps = self._relations((below,), ctx)
        with self._session.read(ctx, one_snapshot=True) as connection:
            rows = _Reader(connection, steps).along(relation, key, below, columns)
        found = []
        for each in keys:
            child = known.get(each.table)
            if child is None:
                continue
            reason = _kept_from(child, each)
            count = RowCount(0, "at least") if reason == "privilege" else self._count(child, each, rows, ctx)
            found.append(Child((*below, each), count, reason, bool(child.referenced_by)))
        return tuple(found)

    def paths(self, relation: Relation, names: Sequence[str], ctx: TaskContext) -> tuple[Path, ...]:
        """Find paths by their words: tables (or foreign keys) from the row downwards, with "/" between them.

        Raises:
            DuplicateRefused: "duplicate.unknown_child", where a step is no table or key that points there, or several.
        """
        found: dict[Path, None] = {}
        for name in names:
            path: Path = ()
            above = relation
            for word in name.split("/"):
                fitting = [
                    each for each in above.referenced_by if word in {each.name, each.table.name, str(each.table)}
                ]
                if len(fitting) != 1:
                    names_there = tuple(dict.fromkeys(each.table.name for each in fitting or above.referenced_by))
                    raise DuplicateRefused("duplicate.unknown_child", relation=word, names=names_there)
                path = (*path, fitting[0])
                found[path] = None
                above = self._catalog.relation(fitting[0].table, ctx)
        return tuple(found)

    def plan(self, relation: Relation, key: RowKey, chosen: Sequence[Path], ctx: TaskContext) -> DuplicatePlan:
        """Read the row and what is chosen, whole and as of one moment, and plan the copies. Nothing is written.

        A path counts with those it begins with. A row reached twice is copied once.

        Raises:
            DuplicateRefused: "duplicate.gone"; "duplicate.too_many" (fact most).
        """
        paths = sorted({path[:length] for path in chosen for length in range(1, len(path) + 1)}, key=_depth)
        steps = self._relations(paths, ctx)
        with self._session.read(ctx, one_snapshot=True) as connection:
            originals = tuple(_Reader(connection, steps).all(relation, key, paths))
            relations = {each.relation.name: each.relation for each in originals}
            expressions = {name: _on_expressions(connection, each) for name, each in relations.items()}
        overlay = self._overlay
        for each in relations.values():  # what the tables' own rows tell of their ids holds for copies too
            overlay = learned(self._session, each, overlay, ctx)
        plan = plan_copies(originals, overlay.of, masks=overlay.masking, expressions=expressions)
        with self._session.read(ctx, one_snapshot=True) as connection:
            return replace(plan, questions=tuple(_free(connection, plan)))

    def changes(
        self, plan: DuplicatePlan, answers: Mapping[Place, StagedCell], ctx: TaskContext
    ) -> Mapping[RelationName, tuple[RowChange, ...]]:
        """Take the numbers that copies need from the database and return the new rows, by relation.

        Raises:
            DuplicateRefused: "duplicate.unanswered", "duplicate.computed", "duplicate.numbers".
            ForbiddenHere: in a session that may not write.
        """
        wanted = plan.wanted()
        plan.changes(answers, dict.fromkeys(wanted, ""))  # what is refused takes no numbers
        return plan.changes(answers, self._made(plan, wanted, ctx) if wanted else {})

    def _made(self, plan: DuplicatePlan, wanted: Sequence[Place], ctx: TaskContext) -> dict[Place, str]:
        by_column: dict[tuple[RelationName, str], list[Place]] = {}
        for place in wanted:
            by_column.setdefault((plan.rows[place[0]].original.relation.name, place[1]), []).append(place)
        made: dict[Place, str] = {}
        for (name, column), places in by_column.items():
            try:
                with self._session.write(ctx) as connection:
                    values = _handed_out(connection, plan.relations[name], column, len(places))
            except PermissionDenied as error:
                facts: dict[str, Any] = {"relation": str(name), "column": column}
                raise DuplicateRefused("duplicate.numbers", report=error.report, **facts) from error
            made |= dict(zip(places, values, strict=True))
        return made

    def _count(
        self, child: Relation, key: ForeignKey, rows: Sequence[Mapping[str, Cell]], ctx: TaskContext
    ) -> RowCount:
        targets = _targets(rows, key)
        if not targets:
            return RowCount(0, "exact")
        try:
            with self._session.read(ctx, timeout_ms=_COUNT_TIMEOUT_MS) as connection:
                reach_operators(connection, (child,))
                count = connection.execute(pointing_count(child, key.columns, targets, _COUNT_BOUND)).scalar_one()
        except TimedOut:
            return RowCount(0, "at least")
        return RowCount(min(count, MOST_COPIED), "exact" if count < _COUNT_BOUND else "at least")

    def _relations(self, paths: Sequence[Path], ctx: TaskContext) -> Mapping[RelationName, Relation]:
        return self._catalog.relations({key.table for path in paths for key in path}, ctx)


class _Reader:
    """Reads a row and those below it, inside one transaction. `known` has the relations below."""

    def __init__(self, connection: Connection, known: Mapping[RelationName, Relation]) -> None:
        self._connection, self._known = connection, known

    def along(self, relation: Relation, key: RowKey, path: Path, columns: Sequence[str]) -> list[Mapping[str, Cell]]:
        """Read cells of the rows at the end of a path."""
        steps = [self._known[each.table] for each in path]
        wanted: list[Sequence[str]] = [each.target_columns for each in path]
        wanted.append(columns)
        rows = [self._root(relation, key, wanted[0])]
        for each, child, names in zip(path, steps, wanted[1:], strict=True):
            targets = _targets(rows, each)
            rows = [cells for cells, _ in self._pointing(child, each, targets, names, MOST_COPIED)]
        return rows

    def all(self, relation: Relation, key: RowKey, paths: Sequence[Path]) -> Iterator[Original]:
        """Read everything, the row first, then level by level."""
        readable = _readable(relation)
        root = self._root(relation, key, readable)
        at: dict[Path, list[Mapping[str, Cell]]] = {(): [root]}
        seen = {(relation.name, key.cells)}
        left = MOST_COPIED - 1
        yield Original(relation, root)
        for path in paths:
            child = self._known[path[-1].table]
            targets = _targets(at[path[:-1]], path[-1])
            at[path] = []
            for cells, place in self._pointing(child, path[-1], targets, _readable(child), MOST_COPIED):
                at[path].append(cells)
                identity = (child.name, tuple(cells.get(name) for name in child.key) if child.key else (place,))
                if identity in seen and identity[1] != (None,):
                    continue
                seen.add(identity)
                left -= 1
                if left < 0:
                    raise DuplicateRefused("duplicate.too_many", most=MOST_COPIED)
                yield Original(child, cells, len(path))

    def _root(self, relation: Relation, key: RowKey, columns: Sequence[str]) -> Mapping[str, Cell]:
        reach_operators(self._connection, (relation,))
        record = self._connection.execute(cells_statement(relation, key, columns or relation.key)).first()
        if record is None:
            raise DuplicateRefused("duplicate.gone", relation=str(relation.name))
        return dict(zip(columns, record, strict=False))

    def _pointing(
        self,
        child: Relation,
        key: ForeignKey,
        targets: Sequence[tuple[Cell, ...]],
        columns: Sequence[str],
        most: int,
    ) -> list[tuple[Mapping[str, Cell], Cell]]:
        if not targets:
            return []
        reach_operators(self._connection, (child,))
        places = not child.key and has_place(child)
        statement = pointing_statement(child, key.columns, targets, columns, most + 1, with_place=places)
        records = self._connection.execute(statement).all()
        if len(records) > most:
            raise DuplicateRefused("duplicate.too_many", most=most)
        end = len(columns)
        return [(dict(zip(columns, record[:end], strict=True)), record[end] if places else None) for record in records]


def _readable(relation: Relation) -> tuple[str, ...]:
    return tuple(column.name for column in relation.columns if column.may_select)


def _depth(path: Path) -> tuple[int, tuple[str, ...]]:
    return len(path), tuple(f"{key.table}.{key.name}" for key in path)


def _targets(rows: Sequence[Mapping[str, Cell]], key: ForeignKey) -> list[tuple[Cell, ...]]:
    cells = (tuple(row.get(name) for name in key.target_columns) for row in rows)
    return [each for each in dict.fromkeys(cells) if None not in each]


def _kept_from(child: Relation, key: ForeignKey) -> str:
    if not all(child.column(name).may_select for name in key.columns):
        return "privilege"
    if not child.insertable:
        return "privilege" if not child.may_insert else "kind"
    return ""


def _on_expressions(connection: Connection, relation: Relation) -> tuple[Index, ...]:
    """Read unique indexes on expressions with the columns they depend on: the catalog knows only that there are any."""
    if not any(index.unique and "" in index.columns for index in relation.indexes):
        return ()
    name = relation.name
    records = connection.execute(_EXPRESSIONS, {"schema": name.schema, "name": name.name}).all()
    return tuple(Index(record[0], tuple(record[1]), unique=True, partial=record[2]) for record in records)


def _free(connection: Connection, plan: DuplicatePlan) -> Iterator[Question]:
    """Make proposals ones that no row holds, nor another copy."""
    by_column: dict[tuple[RelationName, str], list[Question]] = {}
    for question in plan.questions:
        name = plan.rows[question.row].original.relation.name
        by_column.setdefault((name, question.column), []).append(question)
    for (name, column), questions in by_column.items():
        relation = plan.relations[name]
        known = relation.column(column)
        tries = {each.place: [proposal(each.held, known, turn) for turn in range(1, _TURNS + 1)] for each in questions}
        texts = list(dict.fromkeys(cell for cells in tries.values() for cell in cells if isinstance(cell, str)))
        taken: set[StagedCell] = set()
        if texts:
            reach_operators(connection, (relation,))
            taken = {texts[line[0]] for line in connection.execute(taken_statement(relation, column, texts)).all()}
        for question in questions:
            cells = tries[question.place]
            chosen = next((cell for cell in cells if not isinstance(cell, str) or cell not in taken), cells[-1])
            if isinstance(chosen, str):
                taken.add(chosen)
            yield replace(question, proposed=chosen)


def _handed_out(connection: Connection, relation: Relation, column: str, rows: int) -> list[str]:
    known = relation.column(column)
    if known.generated.value:
        statement = numbers_statement(relation.name, column, rows)
    else:
        statement = handed_out_statement(known.default, rows)
    values = list(connection.execute(statement).scalars().all())
    if None in values:
        raise DuplicateRefused("duplicate.computed", relation=str(relation.name), column=column)
    return [str(value) for value in values]
