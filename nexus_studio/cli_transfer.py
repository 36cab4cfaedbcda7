"""The commands `export` and `import`: rows to a file and from one, by the service that the window uses."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from nexus_studio.cli_conditions import columns_of, query_of
from nexus_studio.cli_output import Result, counted
from nexus_studio.cli_relations import relation_of
from nexus_studio.cli_transfer_arguments import path_of
from nexus_studio.cli_wording_transfer import REMARKS
from nexus_studio.cli_workspace import workspace
from nexus_studio.core.admin.sizes import human_bytes
from nexus_studio.core.data.transfer import (
    ExportReport,
    ExportRows,
    ExportSpec,
    FileFormat,
    Packing,
    TextStyle,
    kind_of,
)
from nexus_studio.core.errors import UserError
from nexus_studio.core.tasks import TaskContext

_PACKINGS: Final = {"none": Packing.NONE, "gz": Packing.GZIP, "zst": Packing.ZSTD}


def export(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Write rows to a file, or to standard output."""
    path, spec = path_of(arguments.output), spec_of(arguments)
    if path is None and arguments.json:
        raise UserError("cli.output_json")
    with workspace(arguments, ctx) as opened:
        relation = relation_of(opened, arguments.relation, ctx)
        rows = ExportRows(query_of(arguments, relation), columns_of(arguments, relation))
        if path is None:
            report = opened.transfers.export_to(relation, rows, spec, sys.stdout.buffer, ctx)
            sys.stdout.buffer.flush()
            for line in _remarks(report):
                sys.stderr.write(f"note: {line}\n")
            return Result()
        report = opened.transfers.export(relation, rows, spec, path, ctx, may_replace=arguments.replace)
    lines = [f"{counted(report.rows, 'row')}, {human_bytes(report.size_bytes)}: {path}", *_remarks(report)]
    return Result({"file": path, **_data(report)}, "\n".join(lines))


def spec_of(arguments: argparse.Namespace) -> ExportSpec:
    """Say how the file is to be written: by its name where the options leave it open."""
    form, packing = kind_of(arguments.output)
    if arguments.format:
        form = FileFormat(arguments.format)
    if arguments.compress:
        packing = _PACKINGS[arguments.compress]
    style = style_of(arguments, TextStyle(encoding=arguments.encoding, bom=arguments.bom, is_guarded=arguments.guard))
    return ExportSpec(form or FileFormat.CSV, packing, style)


def style_of(arguments: argparse.Namespace, style: TextStyle) -> TextStyle:
    """Return a style with what the options say otherwise."""
    changes: dict[str, Any] = {}
    for name in ("delimiter", "quote", "null"):
        if (said := getattr(arguments, name)) is not None:
            changes[name] = "\t" if said == "\\t" else said
    if arguments.no_header:
        changes["has_header"] = False
    return replace(style, **changes)


def _remarks(report: ExportReport) -> list[str]:
    masked = [f"masked: {', '.join(report.masked)}"] if report.masked else []
    return masked + [
        REMARKS.get(each.code, each.code).format(number=f"{each.number:,}", columns=", ".join(each.columns))
        for each in report.remarks
    ]


def _data(report: ExportReport) -> dict[str, Any]:
    return {
        "relation": report.relation,
        "format": report.format,
        "rows": report.rows,
        "bytes": report.size_bytes,
        "columns": report.columns,
        "masked": report.masked,
        "remarks": [{"code": each.code, "number": each.number, "columns": each.columns} for each in report.remarks],
    }


RUNS: Final[Mapping[str, Callable[[argparse.Namespace, TaskContext], Result]]] = {"export": export}
"""The commands by their names."""
