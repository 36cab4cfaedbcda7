"""The command `import`: how a file is read, a dry run of it, and the import, line by line where lines are refused."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from nexus_studio.cli_output import FAILED, OK, Result, counted, facts, table
from nexus_studio.cli_relations import relation_of, shown
from nexus_studio.cli_sure import require_rail
from nexus_studio.cli_transfer import style_of
from nexus_studio.cli_wording_transfer import LINE_REASONS, UNKEPT
from nexus_studio.cli_workspace import workspace
from nexus_studio.core.data.transfer import FileFormat, TextStyle
from nexus_studio.core.data.transferkeeping import Why
from nexus_studio.core.data.transferplan import (
    DateOrder,
    ImportMode,
    ImportPlan,
    ImportReport,
    Preview,
    Refusal,
    Unkept,
    Wishes,
)
from nexus_studio.core.errors import TransferRefused, UserError
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.transfer.importing import ACT
from nexus_studio.services.transfer.writing import told_of_disk

_SHOWN: Final = 50
"""Refused lines that are shown to people; --json and --bad-lines have all that are listed."""


def import_file(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Import a file, or (--dry-run) say what would happen. Where lines are refused it ends with 1."""
    wishes, path = wishes_of(arguments), arguments.file.expanduser()
    with workspace(arguments, ctx) as opened:
        relation = relation_of(opened, arguments.into, ctx)
        if not arguments.preview and not arguments.dry_run:
            opened.session.require(ACT.capability)
        preview, plan = opened.transfers.preview(path, wishes, relation, ctx)
        if arguments.preview:
            return Result(_preview_data(preview, plan), _preview(preview, plan))
        why = Why(arguments.reason, arguments.ticket, not arguments.without_history)
        if not arguments.dry_run:
            opened.transfers.require_reason(why)  # before anybody types a name
            require_rail(arguments, opened.session, ACT.id, loses=wishes.mode is not ImportMode.INSERT)
        try:
            if arguments.dry_run:
                report = opened.transfers.check(path, relation, wishes, ctx)
            else:
                report, _ = opened.transfers.run(path, relation, wishes, ctx, why)
        except TransferRefused as error:
            if not isinstance(error.outcome, ImportReport):
                raise
            report = error.outcome
    if arguments.bad_lines is not None and report.refused:
        write_refusals(arguments.bad_lines.expanduser(), report.refusals)
    return Result(_data(report, is_dry=arguments.dry_run), _said(report, arguments), FAILED if report.refused else OK)


def wishes_of(arguments: argparse.Namespace) -> Wishes:
    """Return what the options say."""
    style = style_of(arguments, TextStyle())
    has_header = True if arguments.header else False if arguments.no_header else None
    return Wishes(
        ImportMode(arguments.mode),
        tuple(arguments.key.split(",")) if arguments.key else (),
        dict(map(_pair, arguments.map)),
        arguments.skip_missing,
        DateOrder(arguments.dates),
        FileFormat(arguments.format) if arguments.format else None,
        style.delimiter if arguments.delimiter is not None else None,
        arguments.quote,
        has_header,
        arguments.null,
        arguments.encoding,
        arguments.sheet,
    )


def write_refusals(path: Path, refusals: Iterable[Refusal]) -> None:
    """Write refused lines as CSV: line, columns, reason.

    Raises:
        TransferRefused: where it can't be written.
    """
    with told_of_disk(path), path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("line", "columns", "reason"))
        writer.writerows((each.line, ", ".join(each.columns), reason_said(each)) for each in refusals)


def reason_said(refusal: Refusal) -> str:
    """Say why a line is refused: in PostgreSQL's words where it was asked."""
    said = LINE_REASONS.get(refusal.code, "")
    known = dict(refusal.facts)
    try:
        own = said.format(**known)
    except KeyError:
        own = said
    return refusal.words or own or refusal.code


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.rpartition("=")
    if not sign or not name:
        raise UserError("cli.assignment", text=text)
    return name, value


def _said(report: ImportReport, arguments: argparse.Namespace) -> str:
    parts = [_mapping_with_way_back(report.plan) if report.is_dry else _mapping(report.plan)]
    if report.refused:
        lines = [(each.line, ", ".join(each.columns), reason_said(each)) for each in report.refusals[:_SHOWN]]
        parts.append(table(("line", "columns", "refused because"), lines, right=(0,)))
        more = report.refused - len({each.line for each in report.refusals[:_SHOWN]})
        if more > 0:
            parts.append(f"And {counted(more, 'more line')}.")
        if not report.is_complete:
            parts.append("After so many the rest was not tried.")
        if arguments.bad_lines is not None:
            parts.append(f"They are written to {arguments.bad_lines}.")
        parts.append(f"{counted(report.refused, 'line')} refused of {report.lines:,}. Nothing was written.")
        return "\n\n".join(parts)
    pairs: list[tuple[str, object]] = [
        ("lines", report.lines),
        ("new rows", report.inserted),
        ("changed rows", report.updated),
    ]
    if report.missing:
        pairs.append(("passed over, no such row", report.missing))
    if report.unwritten:
        pairs.append(("not written, on account of a trigger", report.unwritten))
    if report.sequences:
        pairs.append(("sequences moved on", report.sequences))
    if not report.is_dry:
        pairs.append(("can be taken back", _taken_back(report.unkept)))
    parts.append(facts(pairs))
    if report.is_dry:
        parts.append("Nothing is refused. This was a dry run: nothing was written.")
    return "\n\n".join(parts)


def _mapping(plan: ImportPlan) -> str:
    text = table(("in the file", "goes to"), [(each.name, each.target.name) for each in plan.columns])
    for words, names in (
        ("Goes nowhere", plan.unmatched),
        ("Left out", plan.left_out),
        ("Computed by PostgreSQL", plan.computed),
        ("Must have a value, and is not in the file", plan.lacking),
        ("New rows are given an id like those there are", plan.new_ids),
        ("Set to now", plan.set_to_now),
        ("Left to the database", plan.kept if plan.mode is not ImportMode.UPDATE else ()),
        ("Rows are found by", plan.key),
        ("Triggers that it sets off", plan.triggers),
    ):
        if names:
            text += f"\n{words}: {', '.join(names)}"
    return text


def _taken_back(unkept: Unkept | None) -> str:
    return "yes, with history revert" if unkept is None else f"no: {UNKEPT[unkept]}"


def _mapping_with_way_back(plan: ImportPlan) -> str:
    return f"{_mapping(plan)}\nCan be taken back: {_taken_back(plan.unkept)}"


def _preview(preview: Preview, plan: ImportPlan | None) -> str:
    source = preview.source
    style = source.style
    pairs: list[tuple[str, object]] = [("format", source.format.value)]
    if source.format.is_table:
        pairs += [
            ("delimiter", "tab" if style.delimiter == "\t" else style.delimiter),
            ("quote", style.quote),
            ("encoding", style.encoding),
        ]
    if source.sheets:
        pairs += [("sheet", source.sheet), ("sheets", ", ".join(source.sheets))]
    pairs.append(("header", "yes" if style.has_header else "no"))
    rows = [[shown(cell) for cell in row] for row in preview.rows[:20]]
    return "\n\n".join([facts(pairs), table(source.names, rows), *([_mapping_with_way_back(plan)] if plan else [])])


def _preview_data(preview: Preview, plan: ImportPlan | None) -> dict[str, Any]:
    source = preview.source
    return {
        "format": source.format,
        "compressed": source.packing,
        "delimiter": source.style.delimiter if source.format.is_table else None,
        "quote": source.style.quote if source.format.is_table else None,
        "encoding": source.style.encoding,
        "header": source.style.has_header,
        "sheet": source.sheet,
        "sheets": source.sheets,
        "columns": source.names,
        "rows": preview.rows,
        "bytes": preview.size_bytes,
        "lines": preview.lines,
        **(_plan_data(plan) if plan else {}),
    }


def _plan_data(plan: ImportPlan) -> dict[str, Any]:
    return {
        "relation": plan.relation,
        "mode": plan.mode,
        "key": plan.key,
        "mapped": {each.name: each.target.name for each in plan.columns},
        "unmatched": plan.unmatched,
        "left_out": plan.left_out,
        "computed": plan.computed,
        "left_to_database": plan.kept,
        "lacking": plan.lacking,
        "new_ids": plan.new_ids,
        "set_to_now": plan.set_to_now,
        "triggers": plan.triggers,
        "not_kept": plan.unkept,
    }


def _data(report: ImportReport, *, is_dry: bool) -> dict[str, Any]:
    return {
        "dry_run": is_dry,
        "written": not report.is_dry,
        **_plan_data(report.plan),
        "lines": report.lines,
        "inserted": report.inserted,
        "updated": report.updated,
        "missing": report.missing,
        "unwritten": report.unwritten,
        "refused": report.refused,
        "complete": report.is_complete,
        "refusals": [
            {"line": each.line, "columns": each.columns, "code": each.code, "reason": reason_said(each)}
            for each in report.refusals
        ],
        "sequences_moved": report.sequences,
        "not_kept": report.unkept,
    }


RUNS: Final[Mapping[str, Callable[[argparse.Namespace, TaskContext], Result]]] = {"import": import_file}
"""The command by its name."""
