"""What is to be done before what: demands, wishes that give way, and where they go round in a circle."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import Generic, TypeVar

Rank = tuple[int, int, int, int]
Link = TypeVar("Link")


class OrderGraph(Generic[Link]):
    """What comes before what: demands, and wishes that give way. `ranks` order what is free to go."""

    def __init__(self, ranks: Sequence[Rank]) -> None:
        self._ranks = ranks
        self._links: list[tuple[int, int, Link]] = []
        self._places: dict[int, int] | None = None  # of each change in the order, where a demand had to be cut
        self._after: dict[int, list[int]] = defaultdict(list)
        self._waits: dict[int, int] = defaultdict(int)
        self._linked: dict[int, int] = defaultdict(int)  # of these waits: those for links
        self._links_of: dict[int, list[int]] = defaultdict(list)
        self._hoped_after: dict[int, set[int]] = defaultdict(set)
        self._hopes: dict[int, int] = defaultdict(int)
        # All that wish for the same share a node: the wishes of thousands of rows stay few.
        self._shared: dict[Hashable, int] = {}

    def demand(self, first: int, then: int, link: Link | None = None) -> None:
        """Have one change before another. `link`: what `cuts` is to say where it can't be."""
        self._after[first].append(then)
        self._waits[then] += 1
        if link is not None:
            self._links.append((first, then, link))

    def link(self, first: int, then: int, link: Link) -> None:
        """Have one change before another, or else written in two steps."""
        self.demand(first, then, link)
        self._linked[then] += 1
        self._links_of[first].append(then)

    def cuts(self) -> tuple[Link, ...]:
        """Return what the order does not keep, once there is one."""
        places = self._places
        if places is None:
            return ()
        return tuple(link for first, then, link in self._links if places[first] > places[then])

    def wish(self, name: Hashable, first: Sequence[int], then: int) -> None:
        """Have a change after others, if it can be. The same name stands for the same others."""
        if not first:
            return
        node = self._shared.get(name)
        if node is None:
            node = self._shared[name] = len(self._ranks) + len(self._shared)
            for other in first:
                self._hope(other, node)
        self._hope(node, then)

    def _hope(self, first: int, then: int) -> None:
        if then not in self._hoped_after[first]:
            self._hoped_after[first].add(then)
            self._hopes[then] += 1

    def sorted(self) -> list[int]:
        """Return every change, after all it waits for."""
        if not self._waits and not self._hopes:
            return sorted(range(len(self._ranks)), key=self._ranks.__getitem__)
        left = dict.fromkeys(range(len(self._ranks)))
        nodes = [*left, *self._shared.values()]
        ready = [(self._rank(node), node) for node in nodes if not self._waits[node] and not self._hopes[node]]
        heapq.heapify(ready)
        order: list[int] = []
        is_cut = False
        while left:
            is_cut = is_cut or not ready
            node = heapq.heappop(ready)[1] if ready else min(self._tied(left), key=self._cost)
            if node < len(self._ranks):
                if node not in left:
                    continue
                del left[node]
                order.append(node)
            for then in self._links_of.pop(node, ()):
                self._linked[then] -= 1
            for then in self._after.pop(node, ()):
                self._waits[then] -= 1
                self._release(then, ready)
            for then in self._hoped_after.pop(node, ()):
                self._hopes[then] -= 1
                self._release(then, ready)
        if is_cut:
            self._places = {node: place for place, node in enumerate(order)}
        return order

    def _tied(self, left: Iterable[int]) -> set[int]:
        """Return those that stand in circles (or between two): what only waits for them is not to be cut."""
        found = {*left, *(node for node in self._shared.values() if self._hopes[node] > 0)}
        before: dict[int, list[int]] = defaultdict(list)
        followers: dict[int, int] = dict.fromkeys(found, 0)
        for node in found:
            for then in (*self._after.get(node, ()), *self._hoped_after.get(node, ())):
                if then in found:
                    before[then].append(node)
                    followers[node] += 1
        ends = [node for node, count in followers.items() if not count]
        while ends:
            node = ends.pop()
            found.discard(node)
            for other in before[node]:
                followers[other] -= 1
                if not followers[other]:
                    ends.append(other)
        return {node for node in found if node < len(self._ranks)} or set(left)

    def _cost(self, node: int) -> tuple[bool, bool, Rank]:
        """Say what is cut first: guesses, then links, which can be set in a step of their own, then all else."""
        waits, linked = self._waits[node], self._linked[node]
        return waits > linked, waits > 0, self._rank(node)

    def _release(self, node: int, ready: list[tuple[Rank, int]]) -> None:
        if not self._waits[node] and not self._hopes[node]:
            heapq.heappush(ready, (self._rank(node), node))

    def _rank(self, node: int) -> Rank:
        return self._ranks[node] if node < len(self._ranks) else (-1, 0, 0, node)
