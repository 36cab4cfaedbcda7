"""From sights to findings: what counts as a rewrite, a wider type, a long lock."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nexus_studio.core.admin.safety import Danger
from nexus_studio.core.admin.safetyrules import (
    BIG_ROWS,
    ColumnSight,
    LiveTable,
    RelationSeen,
    StatementSeen,
    TableSight,
    findings_of,
    locks_of,
)
from nexus_studio.core.names import RelationName

T = RelationName("public", "t")
BIG = {T: LiveTable(BIG_ROWS)}
EXCLUSIVE = frozenset({"AccessExclusiveLock"})
SIGHT = TableSight("r", file=1)


def _statement(number: int, relation: RelationSeen, verb: str = "ALTER", transaction: int = 1) -> StatementSeen:
    return StatementSeen(number, verb, in_transaction=True, transaction=transaction, ms=10, relations=(relation,))


def _seen(after: TableSight, modes: frozenset[str] = frozenset(), before: TableSight = SIGHT) -> RelationSeen:
    return RelationSeen(T, T, before, after, modes, modes)


@pytest.mark.parametrize(
    ("old", "new", "is_loss"),
    [
        ("integer", "bigint", False),
        ("bigint", "integer", True),
        ("smallint", "numeric", False),
        ("integer", "numeric(5,2)", True),
        ("character varying(20)", "character varying(50)", False),
        ("character varying(50)", "character varying(20)", True),
        ("character varying(50)", "character varying", False),
        ("character varying(50)", "text", False),
        ("text", "character varying", True),
        ("numeric(10,2)", "numeric(12,2)", False),
        ("numeric(10,2)", "numeric(12,4)", True),
        ("numeric(10,2)", "numeric", False),
        ("timestamp(3) with time zone", "timestamp(6) with time zone", False),
        ("timestamp(3) with time zone", "date", True),
        ("text", "integer", True),
        ("integer", "integer[]", True),
    ],
)
def test_a_wider_type_loses_nothing(old: str, new: str, is_loss: bool) -> None:
    before = replace(SIGHT, columns={1: ColumnSight("c", old, is_not_null=False)})
    after = replace(SIGHT, columns={1: ColumnSight("c", new, is_not_null=False)})
    codes = {each.code for each in findings_of("r", [_statement(1, _seen(after, before=before))], BIG)}
    assert codes == ({"type_change"} if is_loss else set())


def test_a_short_lock_is_a_note_until_long_work_follows_in_its_transaction() -> None:
    lock = _statement(1, _seen(SIGHT, EXCLUSIVE))
    other = RelationName("public", "other")
    work = StatementSeen(
        2, "UPDATE", in_transaction=True, transaction=1, ms=500,
        relations=(RelationSeen(other, other, SIGHT, replace(SIGHT, scans=1)),),
    )  # fmt: skip
    live = {T: LiveTable(10), other: LiveTable(BIG_ROWS)}
    assert [each.danger for each in findings_of("r", [lock], live)] == [Danger.NOTE]
    assert [each.danger for each in findings_of("r", [lock, work], live)] == [Danger.DANGER]
    assert [each.danger for each in findings_of("r", [lock, replace(work, transaction=2)], live)] == [Danger.NOTE]
    ((_, taken),) = locks_of("r", [lock, work])
    assert taken.held_ms == 510


def test_who_is_shut_out_is_said_once_per_transaction() -> None:
    again = [_statement(number, _seen(SIGHT, EXCLUSIVE)) for number in (1, 2)]
    assert len(findings_of("r", again, BIG)) == 1
    assert len(findings_of("r", [again[0], replace(again[1], transaction=2)], BIG)) == 2


def test_a_table_without_rows_shuts_nobody_out() -> None:
    assert findings_of("r", [_statement(1, _seen(SIGHT, EXCLUSIVE))], {T: LiveTable(0)}) == ()


@pytest.mark.parametrize(
    ("verb", "scans", "code"),
    [
        ("ALTER", 1, "rewrite"),
        ("ALTER", 0, "rewrite"),  # SET TABLESPACE copies blocks
        ("TRUNCATE", 0, "truncate"),
        ("DO", 0, "truncate"),
        ("DO", 1, "rewrite"),
    ],
)
def test_a_new_file_is_a_rewrite_or_a_truncate(verb: str, scans: int, code: str) -> None:
    after = TableSight("r", file=2, scans=scans)
    assert [each.code for each in findings_of("r", [_statement(1, _seen(after), verb)], BIG)] == [code]


def test_what_nobody_can_count_is_taken_seriously() -> None:
    gone = _statement(1, _seen(TableSight(), EXCLUSIVE), "DROP")
    (finding,) = findings_of("r", [gone], {})
    assert (finding.code, finding.danger, finding.rows) == ("drop_table", Danger.DANGER, None)
    (finding,) = findings_of("r", [gone], {T: LiveTable(0)})
    assert finding.danger is Danger.NOTE
