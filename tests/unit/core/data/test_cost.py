"""Costs: what plans that PostgreSQL 18 wrote are read as, and what is said of them."""

from __future__ import annotations

from typing import Any

import pytest

from nexus_studio.core.data.cost import (
    CostReason,
    QueryCost,
    TimeClass,
    is_guesswork,
    patterns_in,
    reason_of,
    seconds_of,
)
from nexus_studio.core.data.filters import AllOf, AnyOf, Condition, Not, Raw
from nexus_studio.core.data.plans import PlanCost, read_plan, sizes_in
from nexus_studio.core.data.rowquery import RowQuery, Sort
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Column, Relation, RelationKind
from nexus_studio.core.schema.types import PgType, TypeKind

NAME = RelationName("public", "t")


def node(kind: str, start: float, total: float, rows: float, *below: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Make a node of a plan; `more` with spaces written as underscores."""
    named = {word.replace("_", " "): value for word, value in more.items()}
    parent = "Member" if "Append" in kind else "Outer"
    plans = [{"Parent Relationship": parent, **each} for each in below]
    found = {"Node Type": kind, "Startup Cost": start, "Total Cost": total, "Plan Rows": rows, **named}
    return {**found, "Plans": plans} if plans else found


def document(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"Plan": plan}]


def scan(total: float, rows: float, name: str = "t", kind: str = "Seq Scan", **more: Any) -> dict[str, Any]:
    return node(kind, 0.0, total, rows, Relation_Name=name, **more)


# EXPLAIN of ORDER BY amount, id LIMIT 101 over ten million rows.
SORTED = document(
    node(
        "Subquery Scan", 265967.98, 265982.78, 101,
        node(
            "Limit", 265967.98, 265979.75, 101,
            node(
                "Gather Merge", 265967.98, 1430697.76, 10000558,
                node("Sort", 264967.96, 275385.21, 4166899, scan(105412.99, 4166899)),
                Workers_Planned=2,
            ),
        ),
    )
)  # fmt: skip

# The same with WHERE amount = 5, which 98 rows pass.
FILTERED = document(
    node(
        "Limit", 116831.36, 116842.78, 98,
        node(
            "Gather Merge", 116831.36, 116842.78, 98,
            node("Sort", 115831.34, 115831.44, 41, scan(115830.24, 41, Filter="(amount = 5)")),
            Workers_Planned=2,
        ),
    )
)  # fmt: skip

# WHERE amount = 5 ORDER BY id over a hundred million rows: the key's index is walked.
WALKED = document(
    node(
        "Limit", 1000.59, 278953.89, 101,
        node(
            "Gather Merge", 1000.59, 2755765.46, 1001,
            scan(2754649.9, 417, kind="Index Scan", Filter="(amount = 5)"),
            Workers_Planned=2,
        ),
    )
)  # fmt: skip


def test_a_sort_reads_and_sorts_everything() -> None:
    plan = read_plan(SORTED)
    assert plan.read == pytest.approx(10_000_558, rel=1e-6)
    assert plan.sorted == pytest.approx(10_000_558, rel=1e-6)
    assert plan.cost == 265982.78
    assert not plan.stops_early
    assert 0.9 < seconds_of(plan, 0) < 2  # measured: 1.3


def test_what_goes_into_a_filter_is_told_by_another_plan() -> None:
    assert read_plan(FILTERED).read == pytest.approx(98, abs=1)
    everything = document(node("Gather", 1000, 105412, 10_000_558, scan(105412.99, 4166899), Workers_Planned=2))
    sizes = sizes_in(everything)
    assert sizes["t"] == pytest.approx(10_000_558, rel=1e-6)
    plan = read_plan(FILTERED, sizes)
    assert plan.read == pytest.approx(10_000_558, rel=1e-6)
    assert plan.sorted < 100


def test_a_walk_through_an_index_stops_when_a_page_is_full() -> None:
    plan = read_plan(WALKED, {"t": 100_000_000.0})
    assert plan.stops_early
    assert plan.read == pytest.approx(100_000_000 * 101 / 1001, rel=0.01)
    end = read_plan(WALKED, {"t": 100_000_000.0}, to_the_end=True)
    assert end.read == 100_000_000
    assert end.cost == 2755765.46


def test_the_key_order_reads_a_page() -> None:
    plan = read_plan(document(node("Limit", 0.43, 3.7, 101, scan(323443.8, 10_000_558, kind="Index Scan"))))
    assert plan.read == pytest.approx(101, rel=1e-3)
    assert not plan.stops_early
    assert seconds_of(plan, 0) < 0.001


def test_an_index_condition_goes_straight_to_its_rows() -> None:
    narrowed = scan(500.0, 40, kind="Index Scan", Index_Cond="(amount = 5)")
    assert read_plan(document(narrowed), {"t": 1e6}).read == 40
    bitmap = node("Bitmap Heap Scan", 10, 900, 300, node("Bitmap Index Scan", 0, 10, 300), Relation_Name="t")
    limited = document(node("Limit", 900, 905, 100, node("Sort", 900, 901, 300, bitmap)))
    plan = read_plan(limited, {"t": 1e6})
    assert (plan.read, plan.sorted) == (300, 300)


def test_an_incremental_sort_reads_a_group() -> None:
    # ORDER BY a, b over an index on (a) with a hundred values in a million rows: its first group is ten thousand rows.
    walk = scan(40_000.0, 1_000_000, kind="Index Scan")
    plan = read_plan(document(node("Limit", 500, 501, 101, node("Incremental Sort", 500, 60_000, 1_000_000, walk))))
    assert 10_000 <= plan.read <= 20_000
    assert plan.sorted == 0


def test_partitions_read_in_parallel_count_once() -> None:
    # Each partition has a number of workers of its own in mind: 5883 and 5882 are 10 000 by 1.7.
    parts = node("Append", 0, 1.6e6, 8333, scan(6e5, 5883, "p2"), scan(6e5, 5882, "p1"))
    plan = read_plan(document(node("Gather", 1000, 1.6e6, 20_000, parts, Workers_Planned=2)))
    assert plan.read == pytest.approx(20_000, rel=1e-3)


def test_partitions_in_order_are_opened_as_far_as_needed() -> None:
    below = [scan(1000, 1_000_000, f"p{n}", "Index Scan") for n in range(2)]
    merged = node("Merge Append", 1, 2000, 2_000_000, *below)
    plan = read_plan(document(node("Limit", 1, 2, 100, merged)))
    assert plan.read == pytest.approx(100)


def test_what_a_view_groups_is_read_whole() -> None:
    grouped = node("Aggregate", 9000, 9100, 50, scan(8000, 300_000), Strategy="Hashed")
    assert read_plan(document(node("Limit", 9000, 9010, 10, grouped))).read == 300_000
    once = node("Result", 0, 1, 1, {**scan(8000, 300_000), "Parent Relationship": "InitPlan"})
    assert read_plan(document(node("Limit", 0, 1, 1, once))).read == 300_000


def test_empty_plans_do_not_divide_by_nothing() -> None:
    nothing = document(node("Limit", 0, 0, 0, node("Append", 0, 0, 0, scan(0, 0), scan(0, 0))))
    assert read_plan(nothing).read == 0
    sorted_nothing = document(node("Limit", 0, 0, 0, node("Incremental Sort", 0, 0, 0, scan(0, 0))))
    assert read_plan(sorted_nothing, to_the_end=True).read == 0


@pytest.mark.parametrize(
    ("seconds", "class_", "asks", "asks_elsewhere"),
    [
        (0.49, TimeClass.INSTANT, False, False),
        (0.5, TimeClass.SECONDS, False, True),
        (59.9, TimeClass.SECONDS, False, True),
        (60, TimeClass.MINUTES, True, True),
        (600, TimeClass.LONG, True, True),
    ],
)
def test_who_is_asked(seconds: float, class_: TimeClass, asks: bool, asks_elsewhere: bool) -> None:
    cost = QueryCost(seconds=seconds)
    assert cost.time_class is class_
    assert cost.is_worth_saying is (class_ is not TimeClass.INSTANT)
    assert cost.needs_consent is asks
    assert QueryCost(seconds=seconds, is_careful=True).needs_consent is asks_elsewhere


def test_what_may_take_long_is_said_and_not_asked() -> None:
    cost = QueryCost(seconds=0.01, seconds_at_most=90, is_careful=True)
    assert cost.is_worth_saying
    assert cost.is_uncertain
    assert not cost.needs_consent


def test_the_servers_patience_is_known() -> None:
    assert QueryCost(seconds=31, limit_s=30).exceeds_limit
    assert not QueryCost(seconds=29, limit_s=30).exceeds_limit
    assert not QueryCost(seconds=1e6).exceeds_limit


def test_reasons() -> None:
    much, little = PlanCost(1, 1e6, 1e6, 101), PlanCost(1, 1e6, 98, 98)
    plain, condition = RowQuery(NAME), Condition.of("a", "is", "1")
    by_a = plain.sorted_by(Sort("a"))
    assert reason_of(plain, much) is CostReason.COMPUTE
    assert reason_of(by_a, much) is CostReason.SORT
    assert reason_of(by_a.filtered_by(condition), much) is CostReason.FILTER_AND_SORT
    assert reason_of(by_a.filtered_by(condition), little) is CostReason.FILTER
    assert reason_of(plain.searching("x"), little) is CostReason.SEARCH


def test_only_what_statistics_know_is_no_guess() -> None:
    plain, known = RowQuery(NAME), Condition.of("a", "between", "1", "2")
    assert not is_guesswork(plain.filtered_by(AllOf((known, known))))
    assert is_guesswork(plain.filtered_by(AnyOf((known, Condition.of("a", "contains", "x")))))
    assert not is_guesswork(plain.filtered_by(Condition.of("born", "within_last", "2 days")))
    assert not is_guesswork(plain.filtered_by(Condition.of("address", "network_within", "10.0.0.0/8")))
    assert is_guesswork(plain.filtered_by(Condition.of("document", "json_contains", "{}")))
    assert is_guesswork(plain.filtered_by(Raw("a > 1")))
    assert is_guesswork(plain.searching("x"))


def test_patterns_cost_more_than_the_planner_thinks() -> None:
    text = PgType(25, "text", "text", "text", TypeKind.TEXT)
    columns = tuple(Column(name, text, at) for at, name in enumerate("ab", 1))
    relation = Relation(NAME, RelationKind.TABLE, columns)
    query = RowQuery(NAME).filtered_by(Not(Condition.of("a", "contains", "x")))
    assert patterns_in(query, relation) == 1
    assert patterns_in(RowQuery(NAME).filtered_by(Condition.of("a", "matches_any_case", "x")), relation) == 1
    assert patterns_in(query.searching("y"), relation) == 3
    assert seconds_of(PlanCost(0, 1e6, 0, 0), 3) == pytest.approx(0.3)
