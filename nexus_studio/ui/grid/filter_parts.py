"""Filters as a person sees them: parts joined by all or any, groups, negation, their words. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QCoreApplication

from nexus_studio.core.data.filters import (
    AllOf,
    AnyOf,
    Condition,
    Filter,
    Not,
    Raw,
    check_filter,
    conditions_of,
    leaves_of,
    raws_of,
)
from nexus_studio.core.errors import InvalidFilter
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.ui.grid.operator_words import condition_words

_RAW_LENGTH: Final = 60


def parts_of(condition: Filter) -> tuple[tuple[Filter, ...], bool]:
    """Take a filter apart: its parts, and whether any one of them is enough."""
    if isinstance(condition, AllOf | AnyOf):
        return condition.parts, isinstance(condition, AnyOf)
    return (condition,), False


def joined(parts: Sequence[Filter], *, is_any: bool) -> Filter:
    """Put parts together; no parts hold for each row, whatever joins them."""
    return AnyOf(tuple(parts)) if is_any and parts else AllOf(tuple(parts))


def settled(parts: Sequence[Filter], *, is_any: bool) -> Filter:
    """Put parts together as one part of something: a single one needs no group."""
    return parts[0] if len(parts) == 1 else joined(parts, is_any=is_any)


def negated(part: Filter) -> Filter:
    """Say the opposite; of the opposite, the thing itself."""
    return part.part if isinstance(part, Not) else Not(part)


def affirmed(part: Filter) -> Filter:
    """Return what is negated, or the part itself."""
    return part.part if isinstance(part, Not) else part


def like(former: Filter, part: Filter) -> Filter:
    """Negate `part` when `former` was negated: editing what is within "not" keeps the "not"."""
    return Not(part) if isinstance(former, Not) else part


def is_group(part: Filter) -> bool:
    """Tell whether a part is a group, negated or not."""
    return isinstance(affirmed(part), AllOf | AnyOf)


def with_more(parts: Sequence[Filter], place: int, more: Filter, *, is_any: bool) -> tuple[Filter, ...]:
    """Join one part with one more, by "or" or by "and": a group of that kind takes it in, anything else becomes one."""
    part = parts[place]
    kind = AnyOf if is_any else AllOf
    inner = part.parts if isinstance(part, kind) else (part,)
    return (*parts[:place], kind((*inner, more)), *parts[place + 1 :])


def grouped(parts: Sequence[Filter], first: int, last: int, *, is_any: bool) -> tuple[Filter, ...]:
    """Make one group of the parts from `first` to `last`, both included."""
    return (*parts[:first], joined(parts[first : last + 1], is_any=is_any), *parts[last + 1 :])


def ungrouped(parts: Sequence[Filter], place: int) -> tuple[Filter, ...]:
    """Put the parts of a group in its place; a negated group stays, as its parts alone mean something else."""
    part = parts[place]
    inner = part.parts if isinstance(part, AllOf | AnyOf) else (part,)
    return (*parts[:place], *inner, *parts[place + 1 :])


def concerns(part: Filter, column: str, operator: str) -> bool:
    """Tell whether a part compares a column (with that operator, when one is named)."""
    return any(one.column == column and operator in {"", one.operator} for one in conditions_of(part))


def has_raw(part: Filter) -> bool:
    """Tell whether a part holds SQL of the person's own."""
    return any(True for _ in raws_of(part))


def misfits(condition: Filter, relation: Relation) -> tuple[InvalidFilter, ...]:
    """Return why conditions don't fit a relation, one error for each column; none when the filter can be applied."""
    found: dict[str, InvalidFilter] = {}
    for one in leaves_of(condition):
        try:
            check_filter(one, relation)
        except InvalidFilter as error:
            found.setdefault(str(error.facts.get("column", "")), error)
    return tuple(found.values())


def part_words(part: Filter, relation: Relation | None) -> str:
    """Put a part into words, operators as fit the columns' types: "(role is COACH or born before 2001-01-01)"."""
    match part:
        case Condition(column):
            is_known = relation is not None and relation.has_column(column)
            return condition_words(part, relation.column(column).type if relation is not None and is_known else None)
        case Raw(text):
            line = " ".join(text.split())
            return line if len(line) <= _RAW_LENGTH else f"{line[:_RAW_LENGTH]}…"
        case Not(inner):
            words = part_words(inner, relation)
            words = words[1:-1] if is_group(inner) and not isinstance(inner, Not) else words
            return QCoreApplication.translate("operators", "not ({filter})").format(filter=words)
        case AllOf(parts) | AnyOf(parts):
            between = " or " if isinstance(part, AnyOf) else " and "
            # The same words as operator_words.filter_words uses: one translation for both.
            words = QCoreApplication.translate("operators", between).join(part_words(one, relation) for one in parts)
            return f"({words})"


def filter_title(condition: Filter, relation: Relation | None) -> str:
    """Put a whole filter into words, without parentheses around all of it."""
    words = part_words(condition, relation)
    return words[1:-1] if isinstance(condition, AllOf | AnyOf) else words
