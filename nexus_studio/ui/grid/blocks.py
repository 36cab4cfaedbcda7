"""Rectangles of cells, in lines and columns of the whole table. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

END: Final = 1 << 62
"""The bottom of a block that reaches to the end of the query, wherever that is."""


@dataclass(frozen=True, slots=True)
class Block:
    """A rectangle: lines from `top` to `bottom`, columns (logical) from `left` to `right`, all included."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def is_open(self) -> bool:
        """Whether it reaches to the end of the query."""
        return self.bottom >= END

    def holds(self, line: int, column: int) -> bool:
        """Tell whether a cell lies in it."""
        return self.top <= line <= self.bottom and self.left <= column <= self.right

    def moved(self, lines: int) -> Block:
        """Return it further down. What begins at the first line and reaches to the end stays all there is."""
        if self.is_open:
            return replace(self, top=max(0, self.top + lines)) if self.top else self
        return replace(self, top=max(0, self.top + lines), bottom=max(0, self.bottom + lines))


def within(block: Block, first: int, last: int) -> Block | None:
    """Return the part of a block between two lines, both included; None when there is none."""
    top, bottom = max(block.top, first), min(block.bottom, last)
    return replace(block, top=top, bottom=bottom) if top <= bottom else None


def block_spans(blocks: Iterable[Block], lines: int) -> list[tuple[int, int]]:
    """Return the lines that blocks touch as (first, last), ascending, joined, cut at the number of all lines."""
    spans: list[tuple[int, int]] = []
    for top, bottom in sorted((block.top, min(block.bottom, lines - 1)) for block in blocks):
        if top > bottom:
            continue
        if spans and top <= spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], max(spans[-1][1], bottom))
        else:
            spans.append((top, bottom))
    return spans


def with_lines_added(blocks: Iterable[Block], line: int, count: int) -> tuple[Block, ...]:
    """Follow lines that came before `line`: whoever was selected stays so, who came is not, except in open blocks."""
    found: list[Block] = []
    for block in blocks:
        if block.top >= line:
            found.append(block.moved(count))
        elif block.is_open or block.bottom < line:
            found.append(block)
        else:
            found.append(replace(block, bottom=line - 1))
            found.append(replace(block, top=line + count, bottom=block.bottom + count))
    return tuple(found)


def with_lines_removed(blocks: Iterable[Block], line: int, count: int) -> tuple[Block, ...]:
    """Follow lines that went, `count` from `line` on."""
    found: list[Block] = []
    for block in blocks:
        top = block.top if block.top < line else max(line, block.top - count)
        bottom = block.bottom if block.is_open or block.bottom < line else max(line - 1, block.bottom - count)
        if top <= bottom:
            found.append(replace(block, top=top, bottom=bottom))
    return tuple(found)
