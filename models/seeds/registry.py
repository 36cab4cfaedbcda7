"""The list of seeds: what can be put into a database, under which name, and where that is allowed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import Connection

Report: TypeAlias = Callable[[str, int, int], None]
"""Told how far a seed has come: a code of the step, rows done, rows in all. It may raise to cancel the seed."""

Run: TypeAlias = Callable[[Connection, int, Report], dict[str, int]]
"""A seed: takes a connection in a transaction, a scale (1 or more) and a report; returns rows added by table.

It neither commits nor rolls back: whoever opened the transaction does. If it raises, roll back.
"""


@dataclass(frozen=True, slots=True)
class Seed:
    """One seed on offer.

    Attributes:
        name: What it is called on the command line.
        description: One English sentence.
        environments: Names of the environments in which it may run.
        idempotent: Whether running it twice changes nothing.
        run: The seed itself.
    """

    name: str
    description: str
    environments: tuple[str, ...]
    idempotent: bool
    run: Run


SEEDS: dict[str, Seed] = {}
"""Every registered seed, by name, in the order of registration."""


def seed(
    *, name: str, description: str, environments: tuple[str, ...], idempotent: bool = True
) -> Callable[[Run], Run]:
    """Register a plain function as a seed; the function itself stays as it is."""

    def register(run: Run) -> Run:
        if name in SEEDS:
            raise ValueError(f"a seed named {name} is registered already")
        SEEDS[name] = Seed(name, description, environments, idempotent, run)
        return run

    return register
