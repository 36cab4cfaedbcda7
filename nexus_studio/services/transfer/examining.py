"""Finding every line that the database refuses, once it has refused some: by value, by key, by reference, one by one.

Whole sets of lines are asked about first (values against their types, keys, references); what only trying can tell
(checks, triggers, policies) is found by writing ever smaller halves. Nothing of it stays where anything was refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from psycopg import sql
from sqlalchemy import Connection

from nexus_studio.core.data.transferplan import ImportMode, Mapped, Refusal
from nexus_studio.core.errors import (
    ConstraintViolated,
    InvalidValue,
    PermissionDenied,
    ServerFailed,
    StudioError,
    UnknownRelation,
)
from nexus_studio.core.schema.catalog import ForeignKey, Relation
from nexus_studio.core.schema.types import TypeKind
from nexus_studio.core.tasks import CancelToken, Progress, TaskContext
from nexus_studio.services.dberrors import translated
from nexus_studio.services.transfer.staging import LINES, REFUSED, ROWS, Range, Stage, cast_cell, cell_name, value_name

MOST_LISTED: Final = 10_000
"""Refusals that are listed; further lines are counted."""

MOST_TRIED: Final = 200
"""Lines that are found by trying, before the rest is left untried."""

STEP: Final = "transfer.checking"
REFUSALS: Final = (ConstraintViolated, InvalidValue, ServerFailed)
"""What the database has against lines, rather than against the import."""

_REASON: Final = "nexus_reason"


class Examination:
    """Looks for all lines of a stage that are refused, and lists them."""

    def __init__(self, connection: Connection, stage: Stage, relation: Relation, *, skips_missing: bool) -> None:
        self._connection, self._stage, self._relation = connection, stage, relation
        self._driver, self._plan = stage.driver, stage.plan
        self._skips_missing = skips_missing
        self._token: CancelToken | None = None
        self.is_complete = True

    def run(self, ctx: TaskContext) -> None:
        """Look for them; refused lines are taken out of the stage."""
        self._token = ctx.token
        steps: list[Callable[[], None]] = [self._values, self._nulls, self._forget]
        if self._plan.key:
            steps += [self._keyless]
        steps += [self._make_rows, *self._sets(), self._forget, lambda: self._try(ctx)]
        for number, step in enumerate(steps):
            ctx.report(Progress(STEP, number, len(steps), "steps"))
            step()

    def refusals(self) -> tuple[list[Refusal], int]:
        """Return those that are listed, by line, and the number of lines that are refused altogether."""
        listed = self._driver.execute(
            sql.SQL(
                "SELECT line, places, code, words, other, expected FROM {} ORDER BY line, places LIMIT {}"
            ).format(REFUSED, sql.Literal(MOST_LISTED))
        ).fetchall()  # fmt: skip
        total = self._driver.execute(sql.SQL("SELECT count(DISTINCT line) FROM {}").format(REFUSED)).fetchone()
        found = [self._refusal(*each) for each in listed]
        return found, int(total[0]) if total else 0

    # ---- sets of lines

    def _sets(self) -> list[Callable[[], None]]:
        unique = [self._plan.key] if self._plan.key else self._unique_columns()
        found = [partial(self._doubled, columns) for columns in unique]
        if self._plan.mode is ImportMode.INSERT:
            found += [partial(self._taken, columns) for columns in unique]
        if self._plan.mode is ImportMode.UPDATE and not self._skips_missing:
            found.append(partial(self._missing))
        return [*found, *(partial(self._unreferenced, key) for key in self._relation.foreign_keys)]

    def _unique_columns(self) -> list[tuple[str, ...]]:
        names = {each.target.name for each in self._plan.columns}
        return [
            index.columns
            for index in self._relation.indexes
            if index.unique and index.valid and not index.partial and all(index.columns) and {*index.columns} <= names
        ]

    def _values(self) -> None:
        """Have the server read each value as its column would, and keep what it says against it."""
        for each in self._plan.columns:
            if not self._may_be_refused(each) or self._is_fine(each):
                continue
            self._make_reason(each)
            self._refuse(
                sql.SQL(
                    "SELECT line, {}, 'value.invalid', reason, NULL FROM (SELECT line, pg_temp.{}({}) AS reason FROM {}"
                    " WHERE {} IS NOT NULL OFFSET 0) s WHERE reason IS NOT NULL"
                ).format(_places(each), sql.Identifier(_REASON), cell_name(each.place), LINES, cell_name(each.place))
            )

    def _may_be_refused(self, each: Mapped) -> bool:
        type_ = each.target.type
        return type_.kind is not TypeKind.TEXT or bool(type_.length or type_.domain_of)

    def _is_fine(self, each: Mapped) -> bool:
        """Tell whether all values of a column are read; only where its type has no limits beside."""
        type_ = each.target.type
        if type_.length or type_.precision or type_.kind is TypeKind.TEXT:
            return False
        statement = sql.SQL("SELECT count({}) FROM {}").format(cast_cell(each), LINES)
        return self._asked(lambda: self._driver.execute(statement) and None)

    def _make_reason(self, each: Mapped) -> None:
        """Make a function that says why a text is no value of a column, as an assignment to it would."""
        name = self._relation.name
        column = sql.Identifier(name.schema, name.name, each.target.name)
        body = sql.SQL(
            "DECLARE found {}%TYPE; BEGIN found := given; RETURN NULL; EXCEPTION WHEN OTHERS THEN RETURN SQLERRM; END"
        ).format(column)
        self._driver.execute(
            sql.SQL(
                "CREATE OR REPLACE FUNCTION pg_temp.{}(given text) RETURNS text LANGUAGE plpgsql AS {}"
            ).format(sql.Identifier(_REASON), sql.Literal(body.as_string(self._driver)))
        )  # fmt: skip

    def _nulls(self) -> None:
        for each in self._plan.columns:
            if not each.target.nullable:
                self._refuse(
                    sql.SQL("SELECT line, {}, 'constraint.not_null', '', NULL FROM {} WHERE {} IS NULL").format(
                        _places(each), LINES, cell_name(each.place)
                    )
                )

    def _keyless(self) -> None:
        for name in self._plan.key:
            each = self._plan.mapped(name)
            if each.target.nullable:
                self._refuse(
                    sql.SQL("SELECT line, {}, 'transfer.no_key_here', '', NULL FROM {} WHERE {} IS NULL").format(
                        _places(each), LINES, cell_name(each.place)
                    )
                )
        self._forget()

    def _make_rows(self) -> None:
        """Make a table of the values, so that they are compared as values and read once."""
        values = sql.SQL(", ").join(
            sql.SQL("{} AS {}").format(cast_cell(each), value_name(each.place)) for each in self._plan.columns
        )
        self._driver.execute(
            sql.SQL("CREATE TEMPORARY TABLE nexus_rows ON COMMIT DROP AS SELECT line, {} FROM {}").format(values, LINES)
        )
        self._driver.execute(sql.SQL("ANALYZE {}").format(ROWS))

    def _doubled(self, columns: Sequence[str]) -> None:
        """Refuse lines whose unique values an earlier line has."""
        mapped = [self._plan.mapped(name) for name in columns]
        values = sql.SQL(", ").join(value_name(each.place) for each in mapped)
        self._refuse(
            sql.SQL(
                "SELECT line, {}, 'transfer.same_key', '', first FROM (SELECT line, min(line) OVER (PARTITION BY {})"
                " AS first FROM {} WHERE {}) d WHERE line > first"
            ).format(_places(*mapped), values, ROWS, _present(mapped))
        )

    def _taken(self, columns: Sequence[str]) -> None:
        """Refuse lines whose unique values a row of the table has."""
        mapped = [self._plan.mapped(name) for name in columns]
        same = sql.SQL(" AND ").join(
            sql.SQL("t.{} = s.{}").format(sql.Identifier(each.target.name), value_name(each.place)) for each in mapped
        )
        self._refuse(
            sql.SQL(
                "SELECT line, {}, 'constraint.unique', '', NULL FROM {} s WHERE EXISTS (SELECT FROM {} t WHERE {})"
            ).format(_places(*mapped), ROWS, self._stage.target, same)
        )

    def _missing(self) -> None:
        """Refuse lines of an update whose row is not there."""
        mapped = [self._plan.mapped(name) for name in self._plan.key]
        same = self._stage.same_key(lambda each: sql.SQL("s.{}").format(value_name(each.place)))
        self._refuse(
            sql.SQL(
                "SELECT line, {}, 'transfer.no_row', '', NULL FROM {} s WHERE NOT EXISTS (SELECT FROM {} t WHERE {})"
            ).format(_places(*mapped), ROWS, self._stage.target, same)
        )

    def _unreferenced(self, key: ForeignKey) -> None:
        """Refuse lines that point to a row that is not there, nor in another line."""
        names = {each.target.name: each for each in self._plan.columns}
        if not {*key.columns} <= names.keys():
            return
        mapped = [names[name] for name in key.columns]
        sources = [(sql.Identifier(key.target.schema, key.target.name), list(map(sql.Identifier, key.target_columns)))]
        if key.target == self._relation.name and {*key.target_columns} <= names.keys():
            sources.append((ROWS, [value_name(names[name].place) for name in key.target_columns]))
        conditions = [_present(mapped, "s")]
        for table, columns in sources:
            pairs = sql.SQL(" AND ").join(
                sql.SQL("p.{} = s.{}").format(column, value_name(each.place))
                for column, each in zip(columns, mapped, strict=True)
            )
            conditions.append(sql.SQL("NOT EXISTS (SELECT FROM {} p WHERE {})").format(table, pairs))
        self._refuse(
            sql.SQL("SELECT line, {}, 'transfer.no_parent', {}, NULL FROM {} s WHERE {}").format(
                _places(*mapped), sql.Literal(str(key.target)), ROWS, sql.SQL(" AND ").join(conditions)
            )
        )

    def _refuse(self, chosen: sql.Composable) -> None:
        """Keep the lines of a query as refused. What may not be asked (another's table) is left to trying."""
        statement = sql.SQL("INSERT INTO {} (line, places, code, words, other) {}").format(REFUSED, chosen)
        self._asked(lambda: self._driver.execute(statement) and None)

    def _asked(self, ask: Callable[[], object]) -> bool:
        try:
            with self._connection.begin_nested(), translated(self._token):
                ask()
        except (*REFUSALS, PermissionDenied, UnknownRelation):
            return False
        return True

    def _forget(self) -> None:
        """Take refused lines out of the stage."""
        statement = sql.SQL("DELETE FROM {} l USING {} r WHERE r.line = l.line").format(LINES, REFUSED)
        self._driver.execute(statement)

    # ---- one by one

    def _try(self, ctx: TaskContext) -> None:
        """Write what is left, in halves where it is refused, until each refused line is known or there are too many."""
        numbers = [line for (line,) in self._driver.execute(sql.SQL("SELECT line FROM {} ORDER BY 1").format(LINES))]
        waiting, tried = [(0, len(numbers))] if numbers else [], 0
        while waiting:
            ctx.token.raise_if_cancelled()
            begin, end = waiting.pop()
            error = self._written(Range(numbers[begin], numbers[end - 1]))
            if error is None:
                continue
            if end - begin > 1:
                middle = (begin + end) // 2
                waiting += [(middle, end), (begin, middle)]
                continue
            self._keep(numbers[begin], error)
            tried += 1
            if tried >= MOST_TRIED and waiting:
                self.is_complete = False
                return

    def _written(self, lines: Range) -> StudioError | None:
        try:
            with self._connection.begin_nested(), translated(self._token):
                self._stage.write(lines)
        except (*REFUSALS, PermissionDenied) as error:  # of a policy: that the role may write was asked before
            return error
        return None

    def _keep(self, line: int, error: StudioError) -> None:
        report = error.report
        names = self._columns_of(error)
        places = ",".join(str(each.place) for each in self._plan.columns if each.target.name in names)
        said = () if report is None else (report.message, "" if error.code == "constraint.check" else report.detail)
        words = " ".join(filter(None, said))
        self._driver.execute(
            sql.SQL("INSERT INTO {} (line, places, code, words) VALUES (%s, %s, %s, %s)").format(REFUSED),
            (line, places, error.code, words),
        )

    def _columns_of(self, error: StudioError) -> tuple[str, ...]:
        report = error.report
        if report is None:
            return ()
        if report.column:
            return (report.column,)
        for key in self._relation.foreign_keys:
            if key.name == report.constraint:
                return key.columns
        return next((index.columns for index in self._relation.indexes if index.name == report.constraint), ())

    def _refusal(
        self, line: int, places: str | None, code: str, words: str | None, other: int | None, expected: int | None
    ) -> Refusal:
        names = self._stage.source.names
        columns = tuple(names[int(place)] for place in (places or "").split(",") if place)
        facts: list[tuple[str, str | int]] = []
        if code == "transfer.no_parent":
            facts.append(("target", words or ""))
            words = ""
        if other is not None:
            facts.append(("found" if expected is not None else "other", other))
        if expected is not None:
            facts.append(("expected", expected))
        return Refusal(line, columns, code, words or "", tuple(facts))


def _places(*mapped: Mapped) -> sql.Literal:
    return sql.Literal(",".join(str(each.place) for each in mapped))


def _present(mapped: Sequence[Mapped], alias: str = "") -> sql.Composable:
    prefix = (alias,) if alias else ()
    return sql.SQL(" AND ").join(
        sql.SQL("{} IS NOT NULL").format(sql.Identifier(*prefix, f"v{each.place}")) for each in mapped
    )
