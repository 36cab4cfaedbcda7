"""What the command line answers: results as text or JSON, errors with code, message and next step, progress."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any, TextIO

from nexus_studio.cli_wording import STEPS, words_for
from nexus_studio.core.errors import BugError, ConnectionFailed, ConnectionLost, StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.redact import safe_trace
from nexus_studio.core.tasks import Cancelled, Progress

OK = 0
FAILED = 1
UNREADABLE = 2  # of `migrate status` only: see cli_migrate_status.py
UNREACHABLE = 3
CANCELLED = 130


@dataclass(frozen=True, slots=True)
class Result:
    """A command's answer: `data` for --json, `text` for people, the exit code."""

    data: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    code: int = OK


def as_json(value: object) -> object:
    """Write for JSON what it has no form of: names as SQL writes them, moments in ISO form, enums by value."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, RelationName | Path):
        return str(value)
    if isinstance(value, tuple | frozenset | set):
        return list(value)
    raise TypeError(type(value).__name__)


def dumps(data: object) -> str:
    """Write data as JSON text."""
    return json.dumps(data, default=as_json, ensure_ascii=False, indent=2)


def failure(error: BaseException, *, is_json: bool, out: TextIO, err: TextIO) -> int:
    """Say what went wrong - as JSON on `out`, for people on `err` - and return the exit code."""
    if isinstance(error, Cancelled | KeyboardInterrupt):
        code, message, following, exit_code = "cancelled", "Cancelled.", "Nothing was changed by what was stopped.", 130
    else:
        known = error if isinstance(error, StudioError) else BugError(trace=safe_trace(error))
        code = known.code
        message, following = words_for(known)
        exit_code = UNREACHABLE if isinstance(known, ConnectionFailed | ConnectionLost) else FAILED
        if isinstance(known, BugError):
            err.write(known.trace + "\n" if known.trace else "")
    if is_json:
        answer = {"error": {"code": code, "message": message, "next": following}}
        out.write(dumps(answer) + "\n")
    else:
        err.write(f"error: {message}\n" + (f"{following}\n" if following else ""))
    return exit_code


def table(headers: Sequence[str], rows: Iterable[Sequence[object]], *, right: Iterable[int] = ()) -> str:
    """Lay out rows under headers; columns whose index is in `right` are aligned to the right."""
    cells = [[_one_line(cell) for cell in row] for row in rows]
    widths = [max(len(line[n]) for line in [list(headers), *cells]) for n in range(len(headers))]
    to_the_right = set(right)

    def laid(line: Sequence[str]) -> str:
        return "  ".join(
            cell.rjust(width) if n in to_the_right else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()

    return "\n".join([laid(headers), laid(["-" * width for width in widths]), *map(laid, cells)])


def facts(pairs: Iterable[tuple[str, object]]) -> str:
    """Lay out names and values, one pair a line."""
    lines = [(name, _one_line(value)) for name, value in pairs]
    width = max((len(name) for name, _ in lines), default=0)
    return "\n".join(f"{name.ljust(width)}  {value}".rstrip() for name, value in lines)


def _one_line(cell: object) -> str:
    if cell is None:
        return ""
    text = str(cell)
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


class ProgressLine:
    """A line on a terminal that says how far the work is; silent where nobody watches."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_shown = False
        self._is_watched = stream.isatty()

    def show(self, progress: Progress) -> None:
        """Write the line anew."""
        if not self._is_watched:
            return
        step = STEPS.get(progress.step, progress.step)
        share = f" {progress.done:,.0f} of {progress.total:,.0f} {progress.unit}" if progress.total else ""
        self._stream.write(f"\r\x1b[K{step}{share}")
        self._stream.flush()
        self._is_shown = True

    def clear(self) -> None:
        """Take the line away."""
        if self._is_shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._is_shown = False
