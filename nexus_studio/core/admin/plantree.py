"""A plan as a tree of steps: what EXPLAIN (FORMAT JSON) says, what each step takes by itself, and as text. Pure.

Sources: the manual, "Using EXPLAIN" (14.1), and explain.c, which makes both forms. Costs are in the planner's units.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

_NOT_DETAILS: Final = frozenset({
    "Node Type", "Plans", "Parent Relationship", "Strategy", "Partial Mode", "Operation", "Custom Plan Provider",
    "Parallel Aware", "Async Capable", "Join Type", "Scan Direction", "Index Name", "Relation Name", "Schema", "Alias",
    "Function Name", "CTE Name", "Subplan Name", "Command", "Startup Cost", "Total Cost", "Plan Rows", "Plan Width",
    "Actual Startup Time", "Actual Total Time", "Actual Rows", "Actual Loops", "Disabled", "Inner Unique", "Workers",
})  # fmt: skip
"""What stands elsewhere, or says nothing to people."""

_AGGREGATES: Final = {"Plain": "Aggregate", "Sorted": "GroupAggregate", "Hashed": "HashAggregate",
                      "Mixed": "MixedAggregate"}  # fmt: skip
_PLAIN: Final = re.compile(r"[a-z_][a-z0-9_$]*")
_MISJUDGED: Final = 10.0
"""By how many times more or fewer rows than planned a step is marked."""

_FEW: Final = 100
"""So few rows are never worth a mark."""


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One node.

    `kind` is what it does ("Index Scan"), `subject` on what ("users_pkey on users u"). `cost` is that of all it does
    with what is below it, `own_cost` without. Of a plan that was run, `actual_rows` are all rows it gave, of all
    `loops` together, `ms` all its time and `own_ms` that without what is below it: of parallel processes the sum of
    rows, and the mean of times. `details` are the conditions, keys and figures beside that, in the server's words.
    """

    kind: str
    subject: str = ""
    startup_cost: float = 0.0
    cost: float = 0.0
    own_cost: float = 0.0
    rows: int = 0
    width: int = 0
    loops: int | None = None
    actual_rows: int | None = None
    startup_ms: float | None = None
    loop_ms: float | None = None
    ms: float | None = None
    own_ms: float | None = None
    label: str = ""
    details: tuple[tuple[str, str], ...] = ()
    below: tuple[PlanStep, ...] = ()

    def walk(self) -> Iterator[PlanStep]:
        """Yield this step and all below it, from above."""
        yield self
        for each in self.below:
            yield from each.walk()

    @property
    def is_never_run(self) -> bool:
        """Whether the plan was run, and this step was not needed."""
        return self.loops == 0

    @property
    def misjudged(self) -> float | None:
        """By how many times more (or fewer: below 1) rows came than were planned, where that is worth a look."""
        if not self.loops or self.actual_rows is None:
            return None
        found, planned = self.actual_rows / self.loops, max(self.rows, 1)
        if max(found, planned) < _FEW:
            return None
        factor = max(found, 1) / planned
        return factor if factor >= _MISJUDGED or factor <= 1 / _MISJUDGED else None


@dataclass(frozen=True, slots=True)
class ExplainedPlan:
    """A plan, how it was had, and as lines of text.

    `is_generic`: it is the plan for any values, so that rows are averages. `was_run`: it was run to the end, in a
    transaction that only reads, and rolled back. Times in milliseconds, None where it was not run.
    """

    root: PlanStep
    lines: tuple[str, ...]
    is_generic: bool = False
    was_run: bool = False
    planning_ms: float | None = None
    execution_ms: float | None = None

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(self.lines)

    def share(self, step: PlanStep) -> float:
        """Return what part of the whole a step is by itself, 0 to 1: of the time where it was run, else of the cost."""
        if self.was_run:
            whole, own = sum(each.own_ms or 0.0 for each in self.root.walk()), step.own_ms or 0.0
        else:
            whole, own = sum(each.own_cost for each in self.root.walk()), step.own_cost
        return own / whole if whole > 0 else 0.0

    @property
    def heaviest(self) -> PlanStep:
        """The step that takes most by itself."""
        return max(self.root.walk(), key=self.share)


def read_tree(document: Any, *, lines: tuple[str, ...] = (), is_generic: bool = False) -> ExplainedPlan:
    """Read what EXPLAIN (FORMAT JSON) says, with ANALYZE or without.

    Args:
        document: As psycopg hands it out: a list with one object.
        lines: The same as the server's own text; where there is none, text is made of the document.
        is_generic: Whether it is the plan for any values.
    """
    top = document[0]
    root = _step(top["Plan"], 1.0)
    return ExplainedPlan(
        root,
        lines or tuple(_text(top, root)),
        is_generic,
        was_run="Execution Time" in top,
        planning_ms=top.get("Planning Time"),
        execution_ms=top.get("Execution Time"),
    )


def _step(node: Mapping[str, Any], processes: float) -> PlanStep:
    """Read a node; `processes` is how many run it side by side, each of which has its own loops."""
    kind = _kind(node)
    launched = node.get("Workers Launched")
    beside = 1.0 + float(launched) if launched is not None else processes
    below = tuple(_step(each, beside) for each in node.get("Plans", ()))
    cost = float(node.get("Total Cost", 0.0))
    loops = node.get("Actual Loops")
    ms = rows = startup = one = None
    if loops is not None:
        rows = round(float(node.get("Actual Rows", 0)) * int(loops))
        startup = float(node.get("Actual Startup Time", 0.0))
        one = float(node.get("Actual Total Time", 0.0))
        ms = one * int(loops) / processes
    return PlanStep(
        kind,
        _subject(node),
        startup_cost=float(node.get("Startup Cost", 0.0)),
        cost=cost,
        own_cost=max(0.0, cost - sum(each.cost for each in below)),
        rows=int(node.get("Plan Rows", 0)),
        width=int(node.get("Plan Width", 0)),
        loops=None if loops is None else int(loops),
        actual_rows=rows,
        startup_ms=startup,
        loop_ms=one,
        ms=ms,
        own_ms=None if ms is None else max(0.0, ms - sum(each.ms or 0.0 for each in below)),
        label=str(node.get("Subplan Name", "")),
        details=tuple((name, _value(value)) for name, value in node.items() if _is_detail(name, value)),
        below=below,
    )


def _kind(node: Mapping[str, Any]) -> str:
    """Return what a node does, as EXPLAIN's text has it."""
    kind = str(node.get("Node Type", ""))
    if kind == "Aggregate":
        kind = _AGGREGATES.get(str(node.get("Strategy")), kind)
        partial = str(node.get("Partial Mode", "Simple"))
        kind = kind if partial == "Simple" else f"{partial} {kind}"
    elif kind == "SetOp":
        kind = f"{'Hash' if node.get('Strategy') == 'Hashed' else ''}SetOp {node.get('Command', '')}".rstrip()
    elif kind == "ModifyTable":
        kind = str(node.get("Operation", kind))
    elif kind in {"Foreign Scan", "Custom Scan"}:
        provider = node.get("Operation", "Select")
        kind = kind if provider == "Select" else f"Foreign {provider}"
    join = node.get("Join Type", "Inner")
    if join != "Inner":
        kind = f"{kind} {join} Join" if kind == "Nested Loop" else kind.replace(" Join", f" {join} Join")
    if node.get("Scan Direction") == "Backward":
        kind = f"{kind} Backward"
    return f"Parallel {kind}" if node.get("Parallel Aware") else kind


def _subject(node: Mapping[str, Any]) -> str:
    name = _quoted(node.get("Relation Name") or node.get("Function Name") or node.get("CTE Name") or "")
    alias = _quoted(node.get("Alias", ""))
    known = name if alias in {"", name} else f"{name} {alias}".strip()
    index = _quoted(node.get("Index Name", ""))
    if not index:
        return known
    return f"{index} on {known}" if known else index


def _quoted(name: str) -> str:
    """Quote a name where it is no plain one, as the server's text does."""
    return name if not name or _PLAIN.fullmatch(name) else '"' + name.replace('"', '""') + '"'


def _is_detail(name: str, value: Any) -> bool:
    return name not in _NOT_DETAILS and value not in (0, 0.0, False, [], None, "")


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_value, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_value(each)}" for name, each in value.items())
    return str(value)


def _text(top: Mapping[str, Any], root: PlanStep) -> Iterator[str]:
    yield from _lines(root, 0)
    for name, key in (("Planning Time", "Planning Time"), ("Execution Time", "Execution Time")):
        if key in top:
            yield f"{name}: {float(top[key]):.3f} ms"


def _lines(step: PlanStep, indent: int) -> Iterator[str]:
    """Write a step as EXPLAIN's own text does (ExplainNode); `indent` counts in twos."""
    if step.label:
        yield f"{'  ' * indent}{step.label}"
        indent += 1
    arrow = f"{'  ' * indent}->  " if indent else ""
    yield f"{arrow}{_title(step)}  {_figures(step)}"
    indent += 3 if indent else 1
    for name, value in step.details:
        yield f"{'  ' * indent}{name}: {value}"
    for each in step.below:
        yield from _lines(each, indent)


def _title(step: PlanStep) -> str:
    if not step.subject:
        return step.kind
    return f"{step.kind} {'using' if ' on ' in step.subject else 'on'} {step.subject}"


def _figures(step: PlanStep) -> str:
    cost = f"(cost={step.startup_cost:.2f}..{step.cost:.2f} rows={step.rows} width={step.width})"
    if step.is_never_run:
        return f"{cost} (never executed)"
    if not step.loops or step.ms is None or step.actual_rows is None:
        return cost
    # TIMING as the server counts it: of one loop
    return (
        f"{cost} (actual time={step.startup_ms:.3f}..{step.loop_ms:.3f}"
        f" rows={step.actual_rows / step.loops:.0f} loops={step.loops})"
    )
