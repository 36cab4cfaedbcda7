"""Plans: what EXPLAIN (FORMAT JSON) says of the work a statement means. Sources: manual, sections 14.1 and 19.7."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

PlanNode = Mapping[str, Any]
"""A node of EXPLAIN's document: "Node Type", "Startup Cost", "Total Cost", "Plan Rows", ... and "Plans" below it."""

_EAGER: Final = frozenset({"Sort", "Hash", "Aggregate", "Bitmap Heap Scan", "BitmapAnd", "BitmapOr", "WindowAgg"})
"""Nodes that read all of what is below them before they hand out the first row.

WindowAgg may stop earlier and Aggregate does where its input is sorted ("Strategy": "Sorted"); both are rare below a
page, and saying too much is better than too little.
"""

_CONDITIONS: Final = frozenset({"Index Cond", "TID Cond", "Order By"})
"""What makes a scan go straight to the rows that match."""

_FILTERS: Final = _CONDITIONS | {"Filter", "Recheck Cond"}

_APPENDS: Final = frozenset({"Append", "Merge Append"})
_LEADER_SHARE: Final = 0.3
"""What the leader of parallel workers loses for each of them (get_parallel_divisor in costsize.c)."""


@dataclass(frozen=True, slots=True)
class PlanCost:
    """What a plan means to do. `cost` is in the planner's units: one for a page read in sequence.

    `read` are the rows looked at in all relations, `sorted` those that are sorted as a whole, `rows` those that come
    out. `stops_early`: what does not match a filter is thrown away until enough is found, so that how long it takes
    hangs on how well the planner guesses what matches.
    """

    cost: float
    read: float
    sorted: float
    rows: float
    stops_early: bool = False


Sizes = Mapping[str, float]
"""Rows of relations by their names as a plan has them (without a schema: partitions of one name count as one)."""


def sizes_in(document: Any) -> Sizes:
    """Return how many rows each relation has, from the plan of a statement that asks for all of them."""
    sizes: dict[str, float] = {}

    def note(node: PlanNode, divisor: float) -> None:
        if "Relation Name" in node and not _FILTERS & node.keys():
            rows = float(node.get("Plan Rows", 0)) * divisor
            sizes[str(node["Relation Name"])] = max(rows, sizes.get(str(node["Relation Name"]), 0.0))
        for child in node.get("Plans", ()):
            note(child, _divisor_below(node, divisor))

    note(_root(document), 1.0)
    return sizes


def read_plan(document: Any, sizes: Sizes | None = None, *, to_the_end: bool = False) -> PlanCost:
    """Read an EXPLAIN document, as psycopg hands it out: a list with one object.

    `sizes` say how many rows go into a filter: a plan tells only how many come out, which is taken where a size is not
    known. `to_the_end` asks what it costs when too few rows match, so that no LIMIT stops it.
    """
    root = _root(document)
    reading = _Reading(sizes or {}, to_the_end=to_the_end)
    reading.walk(root, 1.0, 1.0)
    cost = float(root.get("Total Cost", 0.0))
    if to_the_end:
        cost = max([cost, *(float(node.get("Total Cost", 0.0)) for node in _below_limits(root))])
    return PlanCost(cost, reading.read, reading.sorted, float(root.get("Plan Rows", 0)), reading.stops_early)


class _Reading:
    """One walk through a plan, from above: what share of each node's rows will be asked for."""

    def __init__(self, sizes: Sizes, *, to_the_end: bool) -> None:
        self._sizes = sizes
        self._to_the_end = to_the_end
        self.read = 0.0
        self.sorted = 0.0
        self.stops_early = False

    def walk(self, node: PlanNode, share: float, divisor: float) -> None:
        """Add up a node and what is below it.

        `share` (0 to 1) of its rows is asked for; `divisor` is by how many the planner divided their number, which
        EXPLAIN gives for one of parallel processes.
        """
        if node.get("Node Type") == "Sort":
            self.sorted += _rows_below(node, divisor)
        if "Relation Name" in node:
            self._scan(node, float(node.get("Plan Rows", 0)) * divisor, share)
        below = _divisor_below(node, divisor)
        for child in node.get("Plans", ()):
            self.walk(child, self._share_of(node, child, share, below / divisor), below)

    def _scan(self, node: PlanNode, rows: float, share: float) -> None:
        has_filter = "Filter" in node
        is_narrowed = bool(_CONDITIONS & node.keys()) or node.get("Node Type") == "Bitmap Heap Scan"
        size = self._sizes.get(str(node["Relation Name"]), rows)
        self.read += share * (rows if is_narrowed else max(size, rows))
        self.stops_early = self.stops_early or (has_filter and share < 1.0)

    def _share_of(self, node: PlanNode, child: PlanNode, share: float, more: float) -> float:
        """Return what share of a child's rows is asked for; `more` is by how many their number is multiplied."""
        kind = node.get("Node Type", "")
        if child.get("Parent Relationship") in {"InitPlan", "SubPlan"} or kind in _EAGER:
            return 1.0
        if kind == "Limit" and not self._to_the_end:
            below = float(child.get("Plan Rows", 0)) * more
            return share * _within(float(node.get("Plan Rows", 0)) / below) if below else share
        if kind == "Incremental Sort":
            # Its first group has to be whole, which the planner counts as the cost of starting.
            start, end = float(child.get("Startup Cost", 0)), float(child.get("Total Cost", 0))
            first, last = float(node.get("Startup Cost", 0)), float(node.get("Total Cost", 0))
            return _within((first + (last - first) * share - start) / (end - start)) if end > start else share
        return share


def _rows_below(node: PlanNode, divisor: float) -> float:
    below = node.get("Plans", ())
    return float(below[0].get("Plan Rows", 0)) * divisor if below else 0.0


def _divisor_below(node: PlanNode, divisor: float) -> float:
    """Return by how many processes rows are divided below a node: the workers, and the leader as it has time.

    Partitions that are read in parallel have workers each of their own; only their sum is right.
    """
    kind = node.get("Node Type", "")
    if kind in _APPENDS:
        below = sum(float(child.get("Plan Rows", 0)) for child in node.get("Plans", ()) if _is_member(child))
        return divisor * float(node.get("Plan Rows", 0)) / below if below else divisor
    if kind not in {"Gather", "Gather Merge"}:
        return divisor
    workers = int(node.get("Workers Planned", 0))
    return workers + max(1.0 - _LEADER_SHARE * workers, 0.0) if workers else 1.0


def _is_member(node: PlanNode) -> bool:
    return node.get("Parent Relationship") == "Member"


def _below_limits(node: PlanNode) -> Iterator[PlanNode]:
    for child in node.get("Plans", ()):
        if node.get("Node Type") == "Limit":
            yield child
        yield from _below_limits(child)


def _within(share: float) -> float:
    return max(0.0, min(1.0, share))


def _root(document: Any) -> PlanNode:
    first = document[0] if isinstance(document, list) else document
    plan: PlanNode = first["Plan"]
    return plan
