"""What a failed row's `logs` tell: the server's error, read out of Prisma's words. Pure."""

from __future__ import annotations

import re

from nexus_studio.core.admin.prismatexts import FAILED_TO_APPLY
from nexus_studio.core.errors import ServerReport

_CODE = re.compile(r"^Database error code: *(\S+)", re.MULTILINE)
_WORDS = re.compile(r"^Database error:\n(.*?)(?=\n\s*\n|\Z)", re.MULTILINE | re.DOTALL)
_PARTS = re.compile(r"^(?:(?P<severity>[A-Z]+)|(?P<detail>DETAIL)|(?P<hint>HINT)): ", re.MULTILINE)
_ELSEWHERE = re.compile(r"\b(?:ERROR|FATAL|PANIC): +(.+)")  # as the engine words it that runs inside of Node
_POSITION = re.compile(r"position: Some\(Original\((\d+)\)\)")
_NAMES = {
    name: re.compile(rf'\b{name}: Some\("((?:[^"\\]|\\.)*)"\)')
    for name in ("schema", "table", "column", "datatype", "constraint")
}
_SAID = re.compile(r"^Database error:\n.*\Z", re.MULTILINE | re.DOTALL)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def report_in(logs: str | None) -> ServerReport | None:
    """Return what the server said; None where nothing was kept (the program ended before, or it runs now)."""
    if not logs or not logs.strip():
        return None
    text = _COLOUR.sub("", logs)
    code, words = _CODE.search(text), _WORDS.search(text)
    state = code[1] if code and code[1] != "none" else ""
    if words is None:
        found = _ELSEWHERE.search(text)
        message = found[1].strip() if found else next(line for line in text.splitlines() if line.strip())
        return ServerReport(sqlstate=state, message=message)
    said = {"message": "", "detail": "", "hint": ""}
    marks = list(_PARTS.finditer(words[1]))
    for place, mark in enumerate(marks):
        end = marks[place + 1].start() if place + 1 < len(marks) else len(words[1])
        # an error of PL/pgSQL may have lines that look like parts: the first of each kind counts
        kind = {"DETAIL": "detail", "HINT": "hint"}.get(mark.group().rstrip(": "), "message")
        if not said[kind]:
            said[kind] = words[1][mark.end() : end].strip()
    names = {name: found[1] for name, pattern in _NAMES.items() if (found := pattern.search(text))}
    return ServerReport(sqlstate=state, **said, **names)


def is_prismas_failure(logs: str | None) -> bool:
    """Tell whether logs are those that Prisma keeps of a script that failed (P3018)."""
    return FAILED_TO_APPLY in (logs or "")


def without_words(logs: str) -> str:
    """Return logs of a script that failed without what the server said, which may quote rows: its code stays."""
    return _SAID.sub("", _COLOUR.sub("", logs)).rstrip() if is_prismas_failure(logs) else logs


def position_in(logs: str | None) -> int | None:
    """Return where in what was sent the server saw the error, in characters from 1."""
    found = _POSITION.search(logs or "")
    return int(found[1]) if found else None
