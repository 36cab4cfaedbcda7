"""The words of maintenance, growth, advice, activity and slow queries. Light: only argparse is needed."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from nexus_studio.cli_backup_arguments import SCHEDULERS
from nexus_studio.cli_numbers import MOST, positive
from nexus_studio.cli_sure import add_sure

Arguments = Callable[[argparse.ArgumentParser], None]

_MOST_DAYS = 36_500  # samples are kept for five years; a date must have room before it

_TABLES = "table or materialized view; a partitioned one stands for its partitions"


def vacuum(parser: argparse.ArgumentParser) -> None:
    """Add what `vacuum` takes."""
    _tables(parser)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--full", action="store_true", help="write them anew: smaller, and locked meanwhile")
    how.add_argument("--analyze", action="store_true", help="also give the planner fresh statistics")
    _before(parser)


def analyze(parser: argparse.ArgumentParser) -> None:
    """Add what `analyze` takes."""
    _tables(parser)
    _before(parser)


def reindex(parser: argparse.ArgumentParser) -> None:
    """Add what `reindex` takes."""
    _tables(parser)
    parser.add_argument("--index", default="", metavar="NAME", help="only that index of the one table")
    _before(parser)


def cluster(parser: argparse.ArgumentParser) -> None:
    """Add what `cluster` takes."""
    _tables(parser)
    parser.add_argument("--index", default="", metavar="NAME", help="by which index (default: as the last time)")
    _before(parser)


def growth(parser: argparse.ArgumentParser) -> None:
    """Add what `growth` takes."""
    parser.add_argument("table", nargs="?", metavar="TABLE", help="only that one (default: what grew most, and in all)")
    parser.add_argument("--take", action="store_true", help="take a sample first, unless there is one of this hour")
    parser.add_argument("--days", type=_days, default=30, metavar="N", help="since so many days ago (default: 30)")
    parser.add_argument("--reaches", type=size_bytes, metavar="SIZE", help="when that size is reached, such as 100GB")
    parser.add_argument("--limit", type=positive, default=20, metavar="N", help="so many tables (default: 20)")
    regularly = parser.add_mutually_exclusive_group()
    regularly.add_argument("--schedule", action="store_true", help="have the system take a sample of --profile hourly")
    regularly.add_argument("--unschedule", action="store_true", help="end that")
    parser.add_argument("--show", action="store_true", help="with --schedule: only show what the system would be told")
    parser.add_argument("--scheduler", choices=SCHEDULERS, help="with --schedule (default: the system's own)")
    parser.add_argument("--quiet", action="store_true", help="say nothing unless it fails, and then one line")


def advice(parser: argparse.ArgumentParser) -> None:
    """Add what `advice` takes."""
    parser.add_argument("--only", action="append", default=[], metavar="CODE", help="only that kind; may be repeated")


def activity(parser: argparse.ArgumentParser) -> None:
    """Add what `activity` takes."""
    parser.add_argument("--values", action="store_true", help="show statements with the values in them")
    parser.add_argument("--every", action="store_true", help="also the server's own processes")


def slow_queries(parser: argparse.ArgumentParser) -> None:
    """Add what `slow-queries` takes."""
    orders = ("total", "mean", "calls", "rows")
    parser.add_argument("--order", choices=orders, default=orders[0], help="(default: total, their time in all)")
    parser.add_argument("--limit", type=positive, default=20, metavar="N", help="so many (default: 20)")
    parser.add_argument("--every-database", action="store_true", help="those of the server's other databases too")
    parser.add_argument("--explain", type=int, metavar="ID", help="only say how that one would be run, for any values")


def explain(parser: argparse.ArgumentParser) -> None:
    """Add what `explain` takes."""
    parser.add_argument("statement", nargs="?", metavar="SQL", help="one statement; - reads it from standard input")
    parser.add_argument("--query", type=int, metavar="ID", help="instead: one of `nexus-studio slow-queries`")
    parser.add_argument("--value", action="append", default=[], metavar="TEXT", help="of $1, $2 …, in their order")
    parser.add_argument("--run", action="store_true", help="also run it (SELECT only; it can only read) and measure")


def _ending(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pid", type=int, metavar="PID", help="its process, as `nexus-studio activity` shows it")
    add_sure(parser)


ACTIVITY_ACTIONS: tuple[tuple[str, str, Arguments], ...] = (
    ("cancel", "stop what a session does just now; it stays connected", _ending),
    ("terminate", "end a session; what it has not committed is lost", _ending),
)


def size_bytes(text: str) -> int:
    """Read a size such as 500MB, 1.5TB or a number of bytes."""
    words = text.strip().upper().removesuffix("B").strip()
    powers = {"K": 10, "M": 20, "G": 30, "T": 40, "P": 50}
    power = powers.get(words[-1:], 0)
    try:
        found: float = float(words[:-1] if power else words) * (1 << power)
    except ValueError:
        found = 0
    if not 1 <= found < MOST:
        raise argparse.ArgumentTypeError("must be a size such as 100GB")
    return round(found)


def _days(text: str) -> int:
    if (number := positive(text)) > _MOST_DAYS:
        raise argparse.ArgumentTypeError(f"must be {_MOST_DAYS} at most")
    return number


def _tables(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=_TABLES)
    parser.add_argument("--all", action="store_true", help="all that you may look after")


def _before(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="say what it locks, how long and how much disk it takes")
    add_sure(parser)
