"""Logging: one JSON object a line, holding nothing a person typed or stored.

A line has `time`, `level`, `logger`, `message` (a constant: the arguments of a formatted message are dropped) and the
fields given as `extra`. Of an exception only what `core.redact` lets through is written.
"""

from __future__ import annotations

import datetime
import json
import logging
import logging.handlers
import sys
from pathlib import Path
from typing import Any

from nexus_studio.core.redact import loggable, safe_trace
from nexus_studio.services.paths import Paths

FILE_NAME = "nexus-studio.jsonl"
FILE_BYTES = 2_000_000
FILE_COUNT = 5

_ROOT = "nexus_studio"
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_PLAIN = (str, int, float, bool, type(None))
_OURS = "nexus_studio_handler"


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its line end."""
        moment = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        line: dict[str, Any] = {
            "time": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            # only the constant: what would be put into it may be anything
            "message": record.msg if isinstance(record.msg, str) else type(record.msg).__name__,
        }
        for name, value in vars(record).items():
            if name not in _STANDARD and name not in line:
                line[name] = _field(value)
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        if isinstance(record.msg, BaseException):
            error = record.msg
        if error is not None:
            line |= loggable(error)
            line["trace"] = safe_trace(error)
        return json.dumps(line, ensure_ascii=False, default=lambda value: type(value).__name__)


def _field(value: object) -> object:
    """Let names and numbers through; of anything else, its kind."""
    if isinstance(value, BaseException):
        return loggable(value)
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, (list, tuple, set, frozenset)) and all(isinstance(item, _PLAIN) for item in value):
        return list(value)
    if isinstance(value, dict) and all(isinstance(item, _PLAIN) for item in value.values()):
        return {str(name): item for name, item in value.items()}
    return type(value).__name__


def set_up_logging(paths: Paths, *, json_to_stderr: bool = False, level: int = logging.INFO) -> Path | None:
    """Send the program's log to a rotating file in the state folder, and to stderr too where that is asked for.

    Only loggers below `nexus_studio` are written: libraries put statements and values into their messages. Calling it
    again replaces what it set up before.

    Returns:
        The file, or None when it can't be written (the program then runs without it).
    """
    root = logging.getLogger(_ROOT)
    shut_down_logging()
    handlers: list[logging.Handler] = []
    file = paths.logs / FILE_NAME
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handlers.append(
            logging.handlers.RotatingFileHandler(
                file, maxBytes=FILE_BYTES, backupCount=FILE_COUNT - 1, encoding="utf-8", delay=True
            )
        )
        writable = True
    except OSError:
        writable = False
    if json_to_stderr:
        handlers.append(logging.StreamHandler(sys.stderr))
    if not handlers:
        handlers.append(logging.NullHandler())
    for handler in handlers:
        handler.setFormatter(JsonLines())
        handler.set_name(_OURS)
        root.addHandler(handler)
    root.setLevel(level)
    # a failing handler would print the record with its arguments to stderr
    logging.raiseExceptions = False
    return file if writable else None


def shut_down_logging() -> None:
    """Take away and close what `set_up_logging` added."""
    root = logging.getLogger(_ROOT)
    for handler in [handler for handler in root.handlers if handler.get_name() == _OURS]:
        root.removeHandler(handler)
        handler.close()
