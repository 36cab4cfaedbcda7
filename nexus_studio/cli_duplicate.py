"""The command `duplicate`: a row as a new one, with chosen rows that point to it, in one transaction."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import Final

from nexus_studio.cli_output import Result, counted
from nexus_studio.cli_relations import relation_of
from nexus_studio.cli_rows import row_key
from nexus_studio.cli_sure import require_rail
from nexus_studio.cli_workspace import workspace
from nexus_studio.core.data.cells import DEFAULT, StagedCell
from nexus_studio.core.data.codecs import built_in_codecs
from nexus_studio.core.data.duplicate import DuplicatePlan, Link, Place
from nexus_studio.core.errors import InvalidValue, UserError
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.duplicating import Duplicating

_CODECS: Final = built_in_codecs()


def duplicate(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Write the copies; with --dry-run only show them: then no numbers are taken from the database."""
    with workspace(arguments, ctx) as opened:
        relation = relation_of(opened, arguments.relation, ctx)
        key = row_key(arguments.key, relation)
        service = Duplicating(opened.session, opened.catalog, opened.overlay)
        plan = service.plan(relation, key, service.paths(relation, arguments.along, ctx), ctx)
        answers = _answers(arguments, plan)
        if arguments.dry_run:
            by_relation = plan.changes(answers, {place: f"(new {place[1]})" for place in plan.wanted()})
        else:
            require_rail(arguments, opened.session, "rows.duplicate", loses=False)
            by_relation = service.changes(plan, answers, ctx)
            witness = opened.history.witness(
                arguments.reason, arguments.ticket, must_keep=not arguments.without_history
            )
            changes = [change for each in by_relation.values() for change in each]
            opened.writer.apply(changes, plan.relations, ctx, witness=witness)
    rows = [
        {"relation": name, "values": {column: _said(cell) for column, cell in change.values.items()}}
        for name, changes in by_relation.items()
        for change in changes
    ]
    asked = [
        {"relation": plan.rows[each.row].original.relation.name, "column": each.column, "held": each.held,
         "copy": _said(answers.get(each.place, each.proposed))}
        for each in plan.questions
    ]  # fmt: skip
    left_out = [{"relation": each.relation, "column": each.column, "reason": each.reason} for each in plan.left_out]
    data = {"applied": not arguments.dry_run, "rows": rows, "unique": asked, "left_out": left_out}
    counts = ", ".join(f"{name}: {count}" for name, count in plan.counts.items())
    uniques = "".join(f"\n{each['relation']}.{each['column']}: {each['held']} → {each['copy']}" for each in asked)
    said = "Would write" if arguments.dry_run else "Wrote"
    return Result(data, f"{said} {counted(len(rows), 'new row')} ({counts}).{uniques}")


def _answers(arguments: argparse.Namespace, plan: DuplicatePlan) -> dict[Place, StagedCell]:
    """Read what the copy of the row itself shall hold."""
    copied, answers = plan.rows[0], dict[Place, StagedCell]()
    for text in arguments.set:
        name, sign, value = text.partition("=")
        if not sign:
            raise UserError("cli.assignment", text=text)
        answers[0, name] = value
    answers |= {(0, name): None for name in arguments.null}
    for (_, name), cell in answers.items():
        column = copied.original.relation.column(name)
        if name not in copied.values or isinstance(copied.values[name], Link):
            raise UserError("cli.read_only_column", column=name)
        if isinstance(cell, str):
            try:
                _CODECS.for_type(column.type).check(cell, column.type)
            except InvalidValue as error:
                error.facts["column"] = name
                raise
    return answers


def _said(cell: StagedCell) -> object:
    return {"default": True} if cell is DEFAULT else cell


RUNS: Final[Mapping[str, Callable[[argparse.Namespace, TaskContext], Result]]] = {"duplicate": duplicate}
