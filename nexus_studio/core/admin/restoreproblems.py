"""All that could not be restored, as lines without values, of a restore that goes on after errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from nexus_studio.core.admin.restorewords import without_values

MOST: Final = 50
"""Problems that are kept of one restore."""

_ENTRY: Final = re.compile(r"^pg_restore: from TOC entry \d+; \d+ \d+ (?P<entry>.+)$")
_ERROR: Final = re.compile(r"(?:^|\s)(?:error|ERROR|FATAL|PANIC):\s+(?P<words>.+)$")
_PLACE: Final = re.compile(r"^CONTEXT:\s+(?P<place>COPY .+?, line \d+)")
_QUOTED: Final = re.compile(r"^(?:Command was|STATEMENT|DETAIL|QUERY|LINE \d+):")


def problems_in(words: str) -> tuple[str, ...]:
    """Return what went wrong, in order and each once: what was restored just then, and the server's own message."""
    return tuple(dict.fromkeys(_problems(words)))[:MOST]


def problem(message: str, context: str = "", entry: str = "") -> str:
    """Write a problem: what was restored, the row of the file (of a server's CONTEXT), the message without a value."""
    place = _PLACE.match(f"CONTEXT:  {context}")
    return ": ".join(part for part in (entry, place["place"] if place else "", without_values(message)) if part)


def _problems(words: str) -> Iterator[str]:
    entry, message, context = "", "", ""
    is_quoted = False
    for line in words.splitlines():
        if named := _ENTRY.match(line):
            yield from _found(message, context, entry)
            entry, message, context, is_quoted = named["entry"], "", "", False
        elif _PLACE.match(line):
            context = context or line.removeprefix("CONTEXT:").strip()
        elif _QUOTED.match(line):
            is_quoted = True
        elif (said := _ERROR.search(line)) and (line.startswith("pg_restore: error: ") or not is_quoted):
            yield from _found(message, context, entry)
            message, context, is_quoted = _own(said["words"]), "", False
    yield from _found(message, context, entry)


def _found(message: str, context: str, entry: str) -> Iterator[str]:
    if message:
        yield problem(message, context, entry)


def _own(words: str) -> str:
    """Return the server's message in what a program says: `COPY failed for table "t": ERROR:  …`."""
    nested = _ERROR.search(words)
    return nested["words"] if nested else words
