"""The picture of a revision graph: straight lines, branches, merges, bases, dependencies, and many of them."""

from __future__ import annotations

import random
import time

from nexus_studio.core.admin.lanes import Knot, LaneRow, Stroke, lanes_of, widest


def _picture(rows: tuple[LaneRow, ...]) -> list[str]:
    """Draw each row as text: `*` the dot, `|` a line that passes, `>` one that arrives, `<` one that leaves."""
    drawn = []
    for row in rows:
        signs = [" "] * row.width
        for line in row.passing:
            signs[line.lane] = ":" if line.dotted else "|"
        for line in (*row.arriving, *row.leaving):
            if line.lane != row.lane and signs[line.lane] == " ":
                signs[line.lane] = ">" if line in row.arriving else "<"
        signs[row.lane] = "*"
        drawn.append("".join(signs))
    return drawn


def _links(knots: list[Knot], rows: tuple[LaneRow, ...]) -> set[tuple[str, str, bool]]:
    """Follow every line down the picture, as an eye would, and say which revisions it joins."""
    found = set()
    for number, row in enumerate(rows):
        for line in row.leaving:
            for below, lower in zip(knots[number + 1 :], rows[number + 1 :], strict=True):
                if line in lower.arriving:
                    found.add((knots[number].name, below.name, line.dotted))
                    break
                assert line in lower.passing
    return found


def test_a_line_is_straight() -> None:
    rows = lanes_of([Knot("c", ("b",)), Knot("b", ("a",)), Knot("a")])
    assert rows == (
        LaneRow(0, leaving=(Stroke(0),)),
        LaneRow(0, arriving=(Stroke(0),), leaving=(Stroke(0),)),
        LaneRow(0, arriving=(Stroke(0),)),
    )


def test_a_branch_that_is_merged_leaves_the_trunk_where_it_is() -> None:
    rows = lanes_of(
        [
            Knot("m", ("d", "y")),
            Knot("y", ("x",)),
            Knot("d", ("c",)),
            Knot("x", ("b",)),
            Knot("c", ("b",)),
            Knot("b", ("a",)),
            Knot("a"),
        ]
    )
    assert [row.lane for row in rows] == [0, 1, 0, 1, 0, 0, 0]
    assert _picture(rows) == ["*<", "|*", "*|", "|*", "*|", "*>", "*"]


def test_many_heads_of_one_revision_take_two_lanes() -> None:
    heads = [Knot(f"h{number}", ("base",)) for number in range(20)]
    rows = lanes_of([*heads, Knot("base")])
    assert widest(rows) == 2
    assert rows[0].lane == 0
    assert all(row.lane == 1 and row.leaving == (Stroke(0),) for row in rows[1:20])


def test_several_bases_stand_beside_one_another() -> None:
    rows = lanes_of([Knot("b2", ("b1",)), Knot("a2", ("a1",)), Knot("b1"), Knot("a1")])
    assert [row.lane for row in rows] == [0, 1, 0, 1]


def test_a_lane_is_used_again_when_its_line_has_ended() -> None:
    rows = lanes_of([Knot("c2", ("c1",)), Knot("c1"), Knot("b2", ("b1",)), Knot("b1")])
    assert widest(rows) == 1


def test_a_dependency_is_dotted_and_does_not_hide_in_a_parents_line() -> None:
    rows = lanes_of([Knot("b", ("a",), ("x",)), Knot("c", ("x",)), Knot("x"), Knot("a")])
    assert rows[0].leaving == (Stroke(0), Stroke(1, dotted=True))
    assert set(rows[2].arriving) == {Stroke(1, dotted=True), Stroke(2)}


def test_what_is_parent_and_dependency_has_one_line() -> None:
    rows = lanes_of([Knot("b", ("a",), ("a",)), Knot("a")])
    assert rows[0].leaving == (Stroke(0),)
    assert not rows[0].is_cut


def test_a_parent_that_is_not_there_is_cut_off() -> None:
    rows = lanes_of([Knot("b", ("gone",)), Knot("a")])
    assert rows[0] == LaneRow(0, is_cut=True)
    assert not rows[1].is_cut


def test_a_circle_or_a_wrong_order_ends_too() -> None:
    rows = lanes_of([Knot("a", ("b",)), Knot("b", ("a",)), Knot("c", ("c",))])
    assert [row.is_cut for row in rows] == [False, True, True]


def test_of_any_graph_the_lines_join_what_belongs_together() -> None:
    for seed in range(60):
        knots = _random_graph(random.Random(seed), 40)
        rows = lanes_of(knots)
        wanted = {(knot.name, parent, False) for knot in knots for parent in knot.parents}
        wanted |= {(knot.name, need, True) for knot in knots for need in knot.needs if need not in knot.parents}
        assert _links(knots, rows) == wanted, seed
        for row in rows:
            lanes = [line.lane for line in row.passing]
            assert len(set(lanes)) == len(lanes), seed
            assert row.lane not in lanes, seed


def test_two_thousand_revisions_are_laid_out_at_once() -> None:
    knots = _random_graph(random.Random(1), 2000)
    started = time.process_time()
    rows = lanes_of(knots)
    assert len(rows) == len(knots)
    assert time.process_time() - started < 5.0


def _random_graph(chance: random.Random, size: int) -> list[Knot]:
    """Make branches, merges, bases and dependencies, newest first."""
    knots: list[Knot] = []
    for number in range(size):
        older = [f"r{each}" for each in range(max(0, number - 8), number)]
        parents = tuple(chance.sample(older, min(len(older), chance.choice([0, 1, 1, 1, 1, 1, 2, 3]))))
        needs = tuple(chance.sample(older, min(len(older), chance.choice([0, 0, 0, 0, 1]))))
        knots.append(Knot(f"r{number}", parents, needs))
    return knots[::-1]
