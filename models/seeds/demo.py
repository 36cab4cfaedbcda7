"""The demo: a believable platform, the same on every machine, in any size."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa

from models.base import metadata
from models.schema import AnalyzeTable, RefreshView
from models.seeds.calendar import weeks
from models.seeds.catalogue import catalogue
from models.seeds.history import Weeks, history
from models.seeds.layout import COLUMNS, Rows, no_rows
from models.seeds.money import money
from models.seeds.people import people
from models.seeds.progress import progress
from models.seeds.registry import Report, seed
from models.seeds.talk import talk
from models.seeds.writer import Writer
from models.views import MONTHLY_REVENUE

_COHORTS_AT_ONCE = 10
_WORTH_ANALYZING = 200_000


@seed(
    name="demo",
    description="A believable platform: staff, coaches, families, students and two school years of their history",
    environments=("demo", "development", "ci"),
)
def demo(connection: sa.Connection, scale: int, report: Report) -> dict[str, int]:
    """Put the demo into the database, adding only what is missing.

    One cohort (5 coaches, 28 families, 40 students, 2,000 bookings, some 9,500 rows in all) for each unit of scale.
    What is there already stays as it is, even if it has been changed; rows whose place is taken (an e-mail address, a
    coach's hour) and what hangs off them are left out.

    Args:
        connection: A connection of psycopg 3 in a transaction. Nothing is committed here; roll back if this raises.
        scale: How many cohorts, 1 or more. The cohorts of a smaller scale are part of a larger one.
        report: Told ("demo.<table>", rows done, rows in all) every few thousand rows; it may raise to cancel. The
            last call is ("demo.done", all, all).

    Returns:
        Rows added by table, tables without new rows left out.
    """
    if scale < 1:
        raise ValueError("the scale is 1 or more")
    calendar = weeks()
    progressed = _Progress(report)
    writer = Writer(connection, progressed.passed)
    common = catalogue()
    first = _cohorts(range(1), calendar)
    progressed.total = _size(common) + scale * _size(first)
    for table, rows in common.items():
        writer.merge(table, COLUMNS[table], rows)
    for batch in _batches(first, scale, calendar):
        _write(writer, batch)
    _finish(connection, writer.added)
    report("demo.done", progressed.total, progressed.total)
    return {table: added for table, added in writer.added.items() if added}


class _Progress:
    """Adds up the rows that are done; their total is taken from the first cohort, the others being much alike."""

    def __init__(self, report: Report) -> None:
        self.total = 0
        self._done = 0
        self._report = report

    def passed(self, table: str, rows: int) -> None:
        self._done = min(self._done + rows, self.total)
        self._report(f"demo.{table}", self._done, self.total)


def _batches(first: Rows, scale: int, calendar: Weeks) -> Iterator[Rows]:
    """Yield the cohorts, some at once; the next ones are thought up while PostgreSQL is busy with the last."""
    numbers = [range(n, min(n + _COHORTS_AT_ONCE, scale)) for n in range(1, scale, _COHORTS_AT_ONCE)]
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="demo") as thinker:
        coming = [thinker.submit(_cohorts, some, calendar) for some in numbers[:1]]
        yield first
        for some in (*numbers[1:], None):
            if not coming:
                return
            rows = coming.pop().result()
            if some is not None:
                coming.append(thinker.submit(_cohorts, some, calendar))
            yield rows


def _cohorts(numbers: range, calendar: Weeks) -> Rows:
    rows = no_rows()
    for number in numbers:
        cohort = people(number, rows)
        history(cohort, calendar, rows)
        progress(cohort, rows)
        money(cohort, rows)
        talk(cohort, rows)
    return rows


def _size(rows: Rows) -> int:
    return sum(map(len, rows.values()))


def _write(writer: Writer, rows: Rows) -> None:
    """Write some cohorts; straight if all their people are new, since then nothing of theirs can be there."""
    add = writer.merge
    for table, columns in COLUMNS.items():
        if not rows[table]:
            continue
        added = add(table, columns, rows[table])
        if table == "users" and added == len(rows[table]):
            add = writer.copy


def _finish(connection: sa.Connection, added: dict[str, int]) -> None:
    """Bring up to date what PostgreSQL derives from the rows: the stored view, and the statistics of large tables.

    Autovacuum looks after the statistics of the others within a minute or so.
    """
    if added.get("payments"):
        connection.execute(RefreshView(MONTHLY_REVENUE))
    for table, rows in added.items():
        if rows >= _WORTH_ANALYZING:
            connection.execute(AnalyzeTable(metadata.tables[table]))
