"""The sizes as a file: CSV for a sheet, JSON for a program; exact bytes, moments as ISO 8601."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from nexus_studio.core.admin.sizes import RelationSize, SizeReport

_FIELDS: Final = (
    "schema", "name", "kind", "parent", "total_bytes", "table_bytes", "index_bytes", "toast_bytes", "rows", "dead_rows",
    "bloat_bytes", "last_vacuum", "last_analyze", "seq_scans", "index_scans", "cache_hit",
)  # fmt: skip


def as_csv(report: SizeReport) -> str:
    """Write a line for each table, indexes in their table's sum."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_lines(report))
    return text.getvalue()


def as_json(report: SizeReport) -> str:
    """Write the whole report, each table with its indexes."""
    relations = [
        {**line, "indexes": [{"name": each.name, "bytes": each.bytes, "scans": each.scans} for each in size.indexes]}
        for line, size in zip(_lines(report), report.relations, strict=True)
    ]
    document = {
        "database": report.database,
        "database_bytes": report.database_bytes,
        "measured_at": _plain(report.measured_at),
        "relations": relations,
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def write(path: Path, text: str) -> str:
    """Write a file; return what the system says against it."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _lines(report: SizeReport) -> Iterator[dict[str, Any]]:
    for size in report.relations:
        yield {name: _plain(_value(size, name)) for name in _FIELDS}


def _value(size: RelationSize, name: str) -> Any:
    if name == "schema":
        return size.name.schema
    if name == "name":
        return size.name.name
    return size.kind.name.lower() if name == "kind" else getattr(size, name)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, int | float | str | None) else str(value)
