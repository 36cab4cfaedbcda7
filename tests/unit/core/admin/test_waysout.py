"""Which way out is recommended, which are closed, and what each is warned of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from nexus_studio.core.admin.evidence import FactKey, Facts, Way, WayOut
from nexus_studio.core.admin.ledgerentries import LedgerEntry
from nexus_studio.core.admin.migrations import Statement
from nexus_studio.core.admin.presence import Replay, Replayed, committed_by, judged
from nexus_studio.core.admin.waysout import Case, CleanUp, kept_statements, named, ways_out
from nexus_studio.core.errors import ServerReport

TABLE, COLUMN = FactKey("table", ("public", "t")), FactKey("column", ("public", "t", "id"))
INDEX = FactKey("index", ("public", "u", "ix"))
DUPLICATE, TIMEOUT = ServerReport("23505", "duplicate"), ServerReport("55P03", "lock timeout")

MAKES_TABLE = Replayed(Statement(1, "CREATE TABLE t"), {TABLE: (None, ""), COLUMN: (None, "integer")})
WRITES_ROWS = Replayed(Statement(2, "INSERT INTO u"))
MAKES_INDEX = Replayed(Statement(3, "CREATE INDEX ix"), {INDEX: (None, "x")})
ALL: Facts = {TABLE: "", COLUMN: "integer", INDEX: "x"}


def entry(error: ServerReport | None = DUPLICATE, number: int | None = 3, committed: int = 0) -> LedgerEntry:
    at = datetime(2026, 5, 1, tzinfo=UTC)
    return LedgerEntry("1", "x", "", at, error=error, failed_number=number, applied_steps_count=committed)


def case(
    found: Facts,
    row: LedgerEntry | None = None,
    replay: Replay | None = None,
    undo: Callable[[int], CleanUp] = lambda _keep: CleanUp(("DROP",)),
    **more: bool,
) -> Case:
    row = row or entry()
    replay = replay or Replay((MAKES_TABLE, WRITES_ROWS, MAKES_INDEX))
    committed = committed_by(
        row, [each.statement for each in replay.statements], is_version_done=more.get("is_version_done", False)
    )
    findings = judged(replay, found, committed, fails_for_all=more.get("fails_for_all", False))
    return Case("x", row, replay, findings, undo, **more)


def way(judged_case: Case, wanted: Way) -> WayOut:
    ways, _recommended = ways_out(judged_case)
    return next(each for each in ways if each.way is wanted)


def recommended(judged_case: Case) -> Way | None:
    return ways_out(judged_case)[1]


def test_nothing_there() -> None:
    assert recommended(case({})) is Way.RUN_AGAIN
    assert recommended(case({}, entry(TIMEOUT))) is Way.RETRY
    assert recommended(case({}, entry(None, None))) is Way.RETRY
    assert recommended(case({}, entry(ServerReport("", "ValueError"), None))) is Way.RUN_AGAIN
    assert way(case({}), Way.CLEAN_UP).obstacle == "nothing_there"
    assert way(case({}), Way.FINISH).obstacle == "nothing_there"
    assert way(case({}), Way.RUN_AGAIN).warnings == ()
    assert way(case({}), Way.MARK_APPLIED).warnings == (
        ("missing", "table t"),
        ("missing", "index u.ix"),
        ("rows_missing", "statement 2"),
    )


def test_everything_there() -> None:
    done = case(ALL, entry(committed=3))
    assert recommended(done) is Way.MARK_APPLIED
    assert way(done, Way.MARK_APPLIED).warnings == ()
    assert way(done, Way.FINISH).obstacle == "nothing_missing"
    assert set(way(done, Way.RUN_AGAIN).warnings) == {
        ("left_over", "table t"),
        ("left_over", "index u.ix"),
        ("rows_twice", "statement 2"),
    }


def test_everything_visible_there_and_the_rows_not_known() -> None:
    unknown = case(ALL, entry(None, None), Replay((MAKES_TABLE, WRITES_ROWS, _alone(MAKES_INDEX))))
    assert recommended(unknown) is not Way.MARK_APPLIED
    assert way(unknown, Way.MARK_APPLIED).warnings == (("rows_unknown", "statement 2"),)


def test_a_part_there() -> None:
    part = case({TABLE: "", COLUMN: "integer"}, entry(committed=2))
    assert recommended(part) is Way.CLEAN_UP
    assert way(part, Way.CLEAN_UP).sql == ("DROP",)
    stuck = case(
        {TABLE: "", COLUMN: "integer"},
        entry(committed=2),
        undo=lambda keep: CleanUp() if keep else CleanUp(obstacles=("table t",)),
    )
    assert recommended(stuck) is Way.FINISH
    assert kept_statements(stuck) == 2
    assert way(stuck, Way.CLEAN_UP).obstacle == "not_removable"
    assert way(stuck, Way.FINISH).sql == ("CREATE INDEX ix",)


def test_rows_that_would_stay_close_the_way_back() -> None:
    kept = case(
        {TABLE: "", COLUMN: "integer"},
        entry(committed=2),
        undo=lambda keep: CleanUp(("DROP",), kept_rows=() if keep else (2,)),
    )
    assert way(kept, Way.CLEAN_UP).obstacle == "rows_unknown"
    assert way(kept, Way.CLEAN_UP).warnings == (("rows_twice", "statement 2"),)
    assert recommended(kept) is Way.FINISH


def test_rows_that_would_be_lost_are_named() -> None:
    filled = case({TABLE: ""}, undo=lambda _keep: CleanUp(("DROP",), lost=("table t",)))
    assert way(filled, Way.CLEAN_UP).warnings == (("rows_lost", "table t"),)


@pytest.mark.parametrize("more", [{"is_of_session": True}, {"returns_rows": True}])
def test_what_relies_on_the_beginning_is_not_run_alone(more: dict[str, bool]) -> None:
    first = replace(MAKES_TABLE, **more)  # type: ignore[arg-type]
    part = case({TABLE: "", COLUMN: "integer"}, entry(committed=2), Replay((first, WRITES_ROWS, MAKES_INDEX)))
    assert way(part, Way.FINISH).obstacle == "not_alone"


def test_the_version_table_is_believed_unless_something_is_missing() -> None:
    done = case(ALL, entry(None, None), is_version_done=True)
    assert recommended(done) is Way.MARK_APPLIED
    less = case({TABLE: "", COLUMN: "integer"}, entry(None, None), is_version_done=True)
    assert recommended(less) is None
    for closed in (Way.RUN_AGAIN, Way.RETRY, Way.CLEAN_UP, Way.FINISH):
        assert way(less, closed).obstacle == "version_set"


def test_a_file_that_fails_anywhere() -> None:
    failing = Replay((MAKES_TABLE, Replayed(Statement(2, "CREATE TABEL"))), failed_number=2, failed=True)
    broken = case({}, entry(ServerReport("42601", "syntax"), 2), failing, fails_for_all=True)
    assert recommended(broken) is Way.MARK_ROLLED_BACK
    assert way(broken, Way.RUN_AGAIN).warnings == (("fails_again", "statement 2"),)
    assert ("missing", "statement 2") in way(broken, Way.MARK_APPLIED).warnings
    corrected = case({}, entry(ServerReport("42601", "syntax"), 2), is_edited=True)
    assert recommended(corrected) is Way.RUN_AGAIN
    assert way(corrected, Way.RUN_AGAIN).warnings == (("edited", "x"),)


def test_a_replay_that_ended_before_the_run_did_is_not_enough() -> None:
    short = Replay((MAKES_TABLE, Replayed(Statement(2, "CREATE EXTENSION"))), failed_number=2, failed=True)
    judged_case = case({TABLE: "", COLUMN: "integer"}, entry(committed=2), short)
    assert recommended(judged_case) is None
    assert way(judged_case, Way.CLEAN_UP).obstacle == "no_evidence"
    assert recommended(case({TABLE: "", COLUMN: "integer"}, entry(committed=2), is_other_course=True)) is None


def test_without_a_replay() -> None:
    bare = Case("x", entry())
    assert recommended(bare) is Way.RUN_AGAIN
    assert recommended(Case("x", entry(TIMEOUT))) is Way.RETRY
    assert recommended(Case("x", entry(committed=1))) is None
    assert recommended(Case("x", entry(None, None))) is None
    assert recommended(Case("x", entry(None, None), is_version_done=True)) is Way.MARK_APPLIED
    assert way(bare, Way.CLEAN_UP).obstacle == "no_evidence"
    assert way(bare, Way.MARK_APPLIED).warnings == (("no_evidence", "x"),)
    concurrent = replace(entry(), failed_statement="CREATE INDEX CONCURRENTLY i ON t (x)")
    assert recommended(Case("x", concurrent)) is None


def test_what_may_run_any_number_of_times_hinders_nothing() -> None:
    idle = Replayed(Statement(1, "CREATE EXTENSION IF NOT EXISTS x"), is_repeatable=True)
    index = replace(MAKES_INDEX, statement=Statement(2, "CREATE INDEX ix"))
    assert recommended(case({}, entry(None, None), Replay((idle, index)))) is Way.RETRY
    assert recommended(case({INDEX: "x"}, entry(committed=2), Replay((idle, index)))) is Way.MARK_APPLIED
    unknown = case({INDEX: "x"}, entry(None, None), Replay((_alone(idle), _alone(index))))
    assert recommended(unknown) is not Way.MARK_APPLIED


def test_names_for_people() -> None:
    assert named(INDEX) == "index u.ix"
    assert named(FactKey("enum_value", ("shop", "Mood", "ok"))) == 'enum value shop."Mood".ok'
    assert named(FactKey("schema", ("public",))) == "schema public"


def _alone(each: Replayed) -> Replayed:
    return replace(each, statement=replace(each.statement, in_transaction=False))
