"""What the command line answers: results as text or JSON, errors with code, message and next step, progress."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any, TextIO

from nexus_studio.cli_wording import STEPS, words_for
from nexus_studio.core.admin.sizes import human_bytes
from nexus_studio.core.errors import BugError, ConnectionFailed, ConnectionLost, StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.redact import safe_trace
from nexus_studio.core.tasks import Cancelled, Progress

OK = 0
FAILED = 1
UNREADABLE = 2  # of `migrate status` only: see cli_migrate_status.py
WRONG_LINE = 2
UNREACHABLE = 3
NOT_PROVEN = 3  # of `backup` only: no connection is 1 there
CANCELLED = 130


@dataclass(frozen=True, slots=True)
class Result:
    """A command's answer: `data` for --json, `text` for people, the exit code."""

    data: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    code: int = OK


def counted(number: int, word: str) -> str:
    """Count things: one is not "1 tables"."""
    plural = f"{word[:-1]}ies" if word.endswith("y") else f"{word}es" if word.endswith(("s", "x")) else f"{word}s"
    return f"{number:,} {word if number == 1 else plural}"


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


def failure(error: BaseException, *, is_json: bool, out: TextIO, err: TextIO, is_quiet: bool = False) -> int:
    """Say what went wrong - as JSON on `out`, for people on `err`, when quiet in one line - and return the code."""
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
        lines = [f"error: {message}", *([following] if following else [])]
        one_line = " ".join(f"{message.rstrip('.')}. {following}".split())
        err.write(f"error: {one_line}\n" if is_quiet else "\n".join(lines) + "\n")
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

    def __init__(self, stream: TextIO, *, is_quiet: bool = False) -> None:
        self._stream = stream
        self._is_shown = False
        self._is_watched = stream.isatty() and not is_quiet
        self._begun: dict[str, tuple[float, float]] = {}
        self._step = ""
        self._parts: dict[str, str] = {}

    def show(self, progress: Progress) -> None:
        """Write the line anew. What has the same words is one step that is told in several units."""
        if not self._is_watched:
            return
        step = STEPS.get(progress.step, progress.step)
        if step != self._step:
            self._step, self._parts = step, {}
        self._parts[progress.unit] = self._far(progress)
        self._stream.write(f"\r\x1b[K{step}" + ",".join(filter(None, self._parts.values())))
        self._stream.flush()
        self._is_shown = True

    def _far(self, progress: Progress) -> str:
        if progress.unit == "bytes":
            return self._bytes(progress)
        return f" {progress.done:,.0f} of {progress.total:,.0f} {progress.unit}" if progress.total else ""

    def _bytes(self, progress: Progress) -> str:
        """Say how many bytes, how fast since the step began, and how long the rest takes at that rate."""
        now, done = time.monotonic(), progress.done
        since, before = self._begun.setdefault(progress.step, (now, done))
        rate = (done - before) / (now - since) if now > since else 0.0
        said = f" {human_bytes(int(done))}" + (f" of {human_bytes(int(progress.total))}" if progress.total else "")
        if rate <= 0:
            return said
        left = (progress.total - done) / rate if progress.total else 0.0
        return f"{said}, {human_bytes(int(rate))}/s" + (f", {_duration(left)} left" if left >= 1 else "")

    def clear(self) -> None:
        """Take the line away."""
        if self._is_shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._is_shown = False


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
