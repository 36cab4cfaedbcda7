"""The command `import-sqlite`: what of a SQLite file goes where, a dry run of it, and the import."""

from __future__ import annotations

import argparse
import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from nexus_studio.cli_output import FAILED, OK, Result, facts, table
from nexus_studio.cli_sure import require_rail
from nexus_studio.cli_target import opened
from nexus_studio.cli_wording_import import VALUE_REASONS
from nexus_studio.core.admin.sqliteimport import ColumnPair, ImportPlan, ImportReport, Refusal, Wishes
from nexus_studio.core.admin.sqlitemoments import MomentForm, MomentForms
from nexus_studio.core.errors import ImportRefused, UserError
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.sqliteimport.service import ACT, SqliteImportService

Run = Callable[[argparse.Namespace, TaskContext], Result]


def import_sqlite(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Import a file, or (--dry-run) say what would happen. A dry run ends with 1 where something is refused."""
    wishes = _wishes(arguments)
    path = arguments.file.expanduser()
    with opened(arguments, ctx) as session, _without_collecting():
        service = SqliteImportService(session, CatalogReader(session))
        if arguments.dry_run:
            report = service.check(path, wishes, ctx)
            hindered = bool(report.refused or report.plan.lacking or (report.filled and not wishes.adds))
            return Result(_data(report), _tried(report), FAILED if hindered else OK)
        session.require(ACT.capability)
        service.plan(path, wishes, ctx)  # nobody is asked whether they are sure of what can't be read
        require_rail(arguments, session, ACT.id)
        report, _ = service.run(path, wishes, ctx)
    return Result(_data(report), _done(report))


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Look for no garbage meanwhile: rows by the million leave none, and looking takes a quarter of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _wishes(arguments: argparse.Namespace) -> Wishes:
    forms: dict[str, MomentForm] = {}
    for name, form in map(_pair, arguments.moments):
        if form not in {each.value for each in MomentForm}:
            raise ImportRefused("import.form_unknown", name=form)
        forms[name] = MomentForm(form)
    return Wishes(
        dict(map(_pair, arguments.map)),
        {name: MomentForms(form, form) for name, form in forms.items()},
        arguments.append,
    )


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise UserError("cli.assignment", text=text)
    return name, value


def _tried(report: ImportReport) -> str:
    parts = [_tables(report)]
    if report.refusals:
        lines = [(each.table, each.row, each.column, reason_said(each)) for each in report.refusals]
        parts.append(table(("table", "row", "column", "refused because"), lines, right=(1,)))
    if report.more:
        parts.append(f"And {report.more} more.")
    if report.plan.lacking:
        parts.append("Not in the file, and must have a value: " + ", ".join(report.plan.lacking))
    if report.filled:
        parts.append("Tables that hold rows already: " + ", ".join(map(str, report.filled)))
    if not report.is_tried:
        parts.append("Only the values were looked at: this session may not write, so no constraint was tried.")
    refused = f"{report.refused} refused" if report.refused else "Nothing is refused"
    return "\n\n".join([*parts, f"{refused}. This was a dry run: nothing was written."])


def _done(report: ImportReport) -> str:
    written = sum(each.written for each in report.tables)
    total = facts((("rows written", written), ("sequences moved on", report.sequences)))
    return f"{_tables(report)}\n\n{total}\nCounts and checksums of file and database agree."


def _tables(report: ImportReport) -> str:
    plan = report.plan
    lines = [(each.source.name, each.target.name, each.source.rows, "; ".join(_remarks(each))) for each in plan.tables]
    text = table(("in the file", "goes to", "rows", "remarks"), lines, right=(2,))
    for words, names in (("No table for", plan.unmatched), ("Left out", plan.left_out)):
        if names:
            text += f"\n{words}: {', '.join(names)}"
    return text


def _remarks(planned: Any) -> list[str]:
    found = []
    for words, names in (("goes nowhere", planned.unmatched), ("computed by PostgreSQL", planned.computed)):
        if names:
            found.append(f"{words}: {', '.join(names)}")
    numbers = [f"{each.source} in {_form(each)}" for each in planned.columns if each.counted]
    return [*found, *(["numbers: " + ", ".join(numbers)] if numbers else [])]


def _form(pair: ColumnPair) -> str:
    return "/".join(form.value for form in pair.counted)


def reason_said(refusal: Refusal) -> str:
    """Say why a value or row is refused."""
    said = VALUE_REASONS.get(refusal.reason, refusal.reason)
    try:
        return said.format(**dict(refusal.facts))
    except KeyError:
        return said


def _data(report: ImportReport) -> dict[str, Any]:
    plan = report.plan
    results = {each.source: each for each in report.tables}
    return {
        "dry_run": report.is_dry,
        "constraints_tried": report.is_tried,
        "tables": [
            {
                "source": each.source.name,
                "target": each.target.name,
                "rows": each.source.rows,
                "written": results[each.source.name].written,
                "compared": results[each.source.name].is_compared,
                "not_compared_columns": results[each.source.name].uncompared,
                "columns": {pair.source: pair.target.name for pair in each.columns},
                "moments": {pair.source: _form(pair) for pair in each.columns if pair.counted},
                "unmatched_columns": each.unmatched,
                "computed_columns": each.computed,
                "lacking_columns": each.lacking,
            }
            for each in plan.tables
        ],
        **_rest(plan),
        "refused": report.refused,
        "refusals": [
            {"table": each.table, "row": each.row, "column": each.column, "reason": each.reason, **dict(each.facts)}
            for each in report.refusals
        ],
        "filled_tables": report.filled,
        "sequences_moved": report.sequences,
    }


def _rest(plan: ImportPlan) -> dict[str, Any]:
    return {"unmatched_tables": plan.unmatched, "left_out_tables": plan.left_out, "untouched_tables": plan.untouched}


RUNS: Final[Mapping[str, Run]] = {"import-sqlite": import_sqlite}
"""The command by its name."""
