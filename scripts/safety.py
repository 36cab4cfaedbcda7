"""Keep the tables of docs/safety.md: what may be done where, from the declarations that the program itself obeys.

`python -m scripts.safety` writes them; with `--check` it fails where they are not up to date.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from nexus_studio.core.admin.acts import ACTS, Act, Rail, act, rail
from nexus_studio.core.admin.timeouts import TIMEOUTS, Timeouts
from nexus_studio.core.profiles import Environment

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "safety.md"
_KINDS = {
    "demo, development, CI": Environment.DEVELOPMENT,
    "staging": Environment.STAGING,
    "production": Environment.PRODUCTION,
}
_WORDS = {
    Rail.FREE: "free",
    Rail.ASKED: "asked",
    Rail.NAMED: "name typed",
    Rail.REVIEWED: "unlocked, reviewed",
    Rail.UNLOCKED: "unlocked, name typed",
    Rail.REFUSED: "refused",
}


def main() -> int:
    """Run the command line; 0 when all is well."""
    before = DOCUMENT.read_text(encoding="utf-8")
    after = with_tables(before)
    if "--check" in sys.argv[1:]:
        return int(before != after)
    DOCUMENT.write_text(after, encoding="utf-8")
    return 0


def with_tables(document: str) -> str:
    """Return the document with its tables as they have to be; they stand between comments that name them."""

    def table(found: re.Match[str]) -> str:
        return f"<!-- {found['name']} -->\n{TABLES[found['name']]()}\n<!-- end -->"

    return re.sub(r"<!-- (?P<name>[a-z]+) -->\n.*?<!-- end -->", table, document, flags=re.DOTALL)


def acts() -> str:
    """Write the table of acts."""
    head = ("what", "command", *_KINDS)
    return _table(head, ((each.does, _command(each), *_rails(each)) for each in ACTS))


def timeouts() -> str:
    """Write the table of time-outs."""
    rows: Mapping[str, Callable[[Timeouts], int]] = {
        "longest statement": lambda each: each.statement_ms,
        "longest wait for a lock": lambda each: each.lock_ms,
        "the same, of a migration": lambda each: each.migration_lock_ms,
        "longest idling in a transaction": lambda each: each.idle_ms,
    }
    lines = ((name, *(_time(pick(TIMEOUTS[kind])) for kind in _KINDS.values())) for name, pick in rows.items())
    return _table(("time-out", *_KINDS), lines)


TABLES: Mapping[str, Callable[[], str]] = {"acts": acts, "timeouts": timeouts}


def _command(each: Act) -> str:
    if each.option:
        return f"`{each.option}` of {', '.join(_command(act(name)) for name in each.within)}"
    return f"`{' '.join(each.command)}`" if each.command else "–"


def _rails(each: Act) -> list[str]:
    return [_WORDS[rail(each, kind)] for kind in _KINDS.values()]


def _time(milliseconds: int) -> str:
    seconds, minute = milliseconds // 1000, 60
    if not seconds:
        return "none"
    return f"{seconds} s" if seconds <= minute else f"{seconds // minute} min"


def _table(head: Iterable[str], lines: Iterable[Iterable[str]]) -> str:
    titles = tuple(head)
    rule = "|" + "---|" * len(titles)
    return "\n".join([_row(titles), rule, *map(_row, lines)])


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    raise SystemExit(main())
