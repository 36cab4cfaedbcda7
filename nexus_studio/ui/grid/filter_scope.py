"""FilterScope: what the popups of the filter bar need to know of one relation and its server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nexus_studio.core.data.codecs import CodecRegistry
from nexus_studio.core.data.filters import Filter
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.tasks import TaskContext
from nexus_studio.ui.grid.found_list import TargetFinder
from nexus_studio.ui.kit.context import UiContext

FilterCheck = Callable[[Filter, TaskContext], None]
"""Asks the server whether it takes a filter; raises InvalidFilter with its words. Runs on a worker."""


@dataclass(frozen=True, slots=True)
class FilterScope:
    """One relation, its types' codecs, how targets of its keys are found, and how its server is asked.

    `check` is None where there is nobody to ask; then a raw expression is applied as it is and the rows' own question
    tells what is wrong with it.
    """

    context: UiContext
    relation: Relation
    codecs: CodecRegistry
    finder: TargetFinder | None = None
    check: FilterCheck | None = None
