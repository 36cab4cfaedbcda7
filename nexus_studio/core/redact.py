"""The only place that decides what of an error or a value may be written to a log."""

from __future__ import annotations

import traceback
from pathlib import Path

from nexus_studio.core.errors import StudioError


def loggable(error: BaseException) -> dict[str, str]:
    """Describe an exception without anything a person typed or stored: class, code, SQLSTATE, schema objects."""
    described = {"error": type(error).__name__}
    if isinstance(error, StudioError):
        described["code"] = error.code
        if error.report is not None:
            for field in ("sqlstate", "schema", "table", "column", "constraint"):
                if value := getattr(error.report, field):
                    described[field] = value
    sqlstate = getattr(error, "sqlstate", None)
    if isinstance(sqlstate, str):
        described["sqlstate"] = sqlstate
    return described


def safe_trace(error: BaseException) -> str:
    """Write the call stack of an exception: files, lines, functions and classes, no message and no values."""
    lines: list[str] = []
    current: BaseException | None = error
    while current is not None:
        lines.append(type(current).__name__)
        lines.extend(
            f"  {Path(frame.filename).name}:{frame.lineno} in {frame.name}"
            for frame in traceback.extract_tb(current.__traceback__)
        )
        current = current.__cause__ or current.__context__
    return "\n".join(lines)
