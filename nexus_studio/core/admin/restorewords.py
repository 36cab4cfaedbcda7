"""What pg_restore and psql say when they fail, without the values that PostgreSQL repeats."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_SAID: Final = re.compile(r"(?:ERROR|FATAL|PANIC):\s+(.*)")
# psql names the place where it stands before its own words: "psql:<stdin>:7: error: connection to server was lost".
_OWN: Final = re.compile(r"(?:pg_restore|psql|pg_dump)(?:: ?[^:]+:\d+)?: (?:error|fatal): (.*)")
_PLACE: Final = re.compile(r"CONTEXT:\s+COPY (?P<table>.+?), line (?P<line>\d+)")
_VALUE: Final = re.compile(r""": ["'].*$|(?<=value )".*?"(?= |$)|\b(?:0x[0-9a-f]{2} ?)+""")
_COMMAND: Final = re.compile(r"(?:Command was|STATEMENT|DETAIL|CONTEXT|QUERY|LINE \d+):")

# In their order: what a program says of one trouble often brings another along.
_REASONS: Final = (
    ("archive", re.compile(r"possibly corrupt archive|from input file|could not uncompress|could not decompress")),
    (
        "disk_full",
        re.compile(r"No space left on device|could not extend file|could not write to file|disk full", re.IGNORECASE),
    ),
    ("locks", re.compile(r"out of shared memory|max_locks_per_transaction")),
    ("connection", re.compile(r"connection to server .*failed|could not connect|no password supplied")),
    (
        "connection_lost",
        re.compile(r"server closed the connection|terminating connection|connection to server was lost|SSL SYSCALL"),
    ),
    ("permission", re.compile(r"permission denied|must be (?:owner|superuser|able to)|unrecognized role")),
    ("role", re.compile(r'role ".*" does not exist')),
    ("extension", re.compile(r'extension ".*" is not available|could not open extension control file', re.IGNORECASE)),
)


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong. `words` are the program's own first ones, without values.

    `reason`: "disk_full", "locks", "connection", "connection_lost", "permission", "role", "extension", "archive"
    (the file is broken), "killed", "statement". `table` and `line` say which row of which table it was (0: not a row).
    """

    words: str
    reason: str
    table: str = ""
    line: int = 0


def failure_of(said: str, status: int) -> Failure:
    """Read what a program has said before it ended with a status (negative: by that signal)."""
    lines = said.splitlines()
    words = next((found.group(1) for line in lines if (found := _SAID.search(line))), "")
    words = words or next((found.group(1) for line in lines if (found := _OWN.match(line))), "")
    place = next((found for line in lines if (found := _PLACE.search(line))), None)
    # not what it quotes: statements and rows of the dump
    told = "\n".join(line for line in lines if not _COMMAND.match(line))
    reason = next((name for name, mark in _REASONS if mark.search(told)), "killed" if status < 0 else "statement")
    return Failure(
        without_values(words) or (f"ended by signal {-status}" if status < 0 else f"ended with {status}"),
        reason,
        place["table"] if place else "",
        int(place["line"]) if place else 0,
    )


def without_values(words: str) -> str:
    """Return PostgreSQL's words without what it repeats of a row: `invalid input syntax for type integer`."""
    return _VALUE.sub("", words).strip()
