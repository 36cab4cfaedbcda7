"""Cures: what a person can do about a refused save, offered where it is said. One per page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject

from nexus_studio.core.data.cells import RowKey
from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.data.filters import AnyOf
from nexus_studio.core.errors import ConstraintViolated, InvalidValue, ServerReport, StudioError
from nexus_studio.core.schema.catalog import ForeignKey, Relation
from nexus_studio.services.constraints import ConstraintRule, holders_of, rule_of
from nexus_studio.ui.grid.change_bar import Cure
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.tasks import Latest
from nexus_studio.ui.kit.wording import sentence
from nexus_studio.ui.panels.data.filtering import equal_to
from nexus_studio.ui.panels.data.row_finder import RowFinder
from nexus_studio.ui.panels.data.rows_page import RowsPage
from nexus_studio.ui.panels.data.rule_words import rule_words

_NOTICE = "save"
_ONE_HOLDER = frozenset({"constraint.unique", "constraint.exchange", "constraint.exclusion"})


class Cures(QObject):
    """Knows of each refusal the way out: the picker, the row that holds the value, the cell, the rule."""

    def __init__(self, page: RowsPage, context: UiContext) -> None:
        super().__init__(page)
        self._page = page
        self._context = context
        self._finder = RowFinder(page)
        self._rules = Latest(context.runner, self)
        self._holders = Latest(context.runner, self)

    def offer(self, frozen: Sequence[RowChange], error: StudioError) -> None:
        """Offer what can be done about the refusal that the change bar shows."""
        number, relation = error.facts.get("change"), self._page.relation
        self._rules.cancel()
        self._holders.cancel()
        if relation is None or not isinstance(number, int) or not 0 <= number < len(frozen):
            return
        change = frozen[number]
        if isinstance(error, ConstraintViolated):
            self._page.change_bar.offer(self._of_constraint(relation, frozen, change, error))
            if error.code == "constraint.check" and error.report is not None:
                self._ask_rule(error.report, _first(_columns(error)))
            elif error.code == "constraint.exchange":
                self._page.change_bar.show_rule(sentence(error).explanation)
        elif isinstance(error, InvalidValue):
            column = error.facts.get("column")
            self._page.change_bar.offer(self._to_cell(change, (column,) if isinstance(column, str) else ()))

    def _of_constraint(
        self, relation: Relation, frozen: Sequence[RowChange], change: RowChange, error: ConstraintViolated
    ) -> tuple[Cure, ...]:
        columns, report = _columns(error), error.report
        if error.code == "constraint.foreign_key":
            return self._of_foreign_key(relation, change, columns, report)
        found: tuple[Cure, ...] = ()
        if error.code in _ONE_HOLDER and report is not None and relation.key and self._may_show(relation.key):
            run = partial(self._seek_holders, relation, frozen, change, report, columns)
            found = (Cure("cure.holder", self.tr("Show the row that has it"), run),)
        return (*found, *self._to_cell(change, columns))

    def _of_foreign_key(
        self, relation: Relation, change: RowChange, columns: Sequence[str], report: ServerReport | None
    ) -> tuple[Cure, ...]:
        """Offer the picker where the row points to nothing, and the rows that point here where it is pointed to."""
        name = report.constraint if report is not None else ""
        incoming = next((key for key in relation.referenced_by if _is(key, name, report)), None)
        outgoing = next((key for key in relation.foreign_keys if key.name == name), None)
        is_pointed_to = change.kind is ChangeKind.DELETE or (
            incoming is not None and outgoing is None and not set(incoming.target_columns).isdisjoint(change.values)
        )
        if is_pointed_to:
            return () if incoming is None else self._to_referring(relation, incoming, change)
        mine = outgoing.columns if outgoing is not None else tuple(columns)
        written = [column for column in mine if column in change.values] or list(mine)
        if not written:
            return ()
        run = partial(self._finder.go, change, written[-1])  # of a key of several the last one is the row's own number
        return (Cure("cure.pick", self.tr("Choose a row it can point to"), run),)

    def _to_referring(self, relation: Relation, key: ForeignKey, change: RowChange) -> tuple[Cure, ...]:
        keys = dict(zip(relation.key, change.key.cells, strict=False)) if change.key is not None else {}
        held = {**keys, **change.base}
        cells = tuple(held.get(column) for column in key.target_columns)
        if None in cells or not self._may_show(key.target_columns):
            return ()
        label = self.tr("Show the rows of {table} that refer to it").format(table=key.table.name)
        return (
            Cure(
                "cure.referring", label, lambda: self._page.follow_asked.emit(key.table, equal_to(key.columns, cells))
            ),
        )

    def _may_show(self, columns: Sequence[str]) -> bool:
        """Tell whether a filter may name what these columns hold."""
        relation = self._page.relation
        return relation is not None and self._page.parts(relation).masked.isdisjoint(columns)

    def _to_cell(self, change: RowChange, columns: Sequence[str]) -> tuple[Cure, ...]:
        column = change.to_blame([name for name in columns if name in self._page.columns])
        if change.kind is ChangeKind.DELETE:
            return ()
        if not column:
            return (Cure("cure.row", self.tr("Go to the row"), partial(self._finder.go, change)),)
        label = self.tr("Edit {column}").format(column=column)
        return (Cure("cure.cell", label, partial(self._finder.go, change, column)),)

    # the rule

    def _ask_rule(self, report: ServerReport, column: str) -> None:
        session = self._page.workspace.session

        def show(rule: ConstraintRule | None) -> None:
            if rule is not None:
                self._page.change_bar.show_rule(rule_words(rule, column))

        self._rules.start(lambda ctx: rule_of(session, report, ctx), show, lambda _: None)

    # who holds the value

    def _seek_holders(
        self,
        relation: Relation,
        frozen: Sequence[RowChange],
        change: RowChange,
        report: ServerReport,
        columns: Sequence[str],
    ) -> None:
        session = self._page.workspace.session
        self._holders.start(
            lambda ctx: holders_of(session, relation, change, report, ctx),
            lambda keys: self._show_holders(relation, keys, _sibling(frozen, change, columns)),
            self._page.failed.emit,
        )

    def _show_holders(self, relation: Relation, keys: tuple[RowKey, ...], sibling: RowChange | None) -> None:
        if keys:
            rows = AnyOf(tuple(equal_to(relation.key, key.cells) for key in keys))
            self._page.follow_asked.emit(relation.name, rows.parts[0] if len(keys) == 1 else rows)
        elif sibling is not None:
            self._finder.go(sibling)
            self._context.notices.info(self.tr("Another row that is not saved yet has the same value."), key=_NOTICE)
        else:
            words = self.tr("No row has it any more: somebody changed it meanwhile. Save again.")
            self._context.notices.info(words, key=_NOTICE)


def _columns(error: StudioError) -> tuple[str, ...]:
    columns = error.facts.get("columns")
    return tuple(str(name) for name in columns) if isinstance(columns, tuple) else ()


def _first(names: Sequence[str]) -> str:
    return names[0] if names else ""


def _is(key: ForeignKey, name: str, report: ServerReport | None) -> bool:
    return key.name == name and (report is None or not report.table or report.table == key.table.name)


def _sibling(frozen: Sequence[RowChange], change: RowChange, columns: Sequence[str]) -> RowChange | None:
    """Return another staged row with the same values in these columns."""

    def held(one: RowChange) -> list[object]:
        return [one.values.get(column, one.base.get(column)) for column in columns]

    others = (one for one in frozen if one is not change and one.kind is not ChangeKind.DELETE)
    return next((one for one in others if columns and held(one) == held(change)), None)
