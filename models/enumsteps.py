"""The steps that bring the enum types of a database to the declared ones.

A new value is added (`ALTER TYPE … ADD VALUE`: no table is touched). PostgreSQL can't take one away, nor use a new one
in the transaction that adds it: then the type is made anew, and the columns that have it are converted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from models.base import enum_types
from models.dependents import Dependents, EnumColumn
from models.drift import Difference, Facts
from models.sqlsteps import SqlStep
from models.viewsteps import comment_sql, quoted, text_literal


@dataclass
class EnumChanges:
    """Steps before and after Alembic's, and the types that are made anew on the way there or back."""

    before: list[SqlStep] = field(default_factory=list)
    after: list[SqlStep] = field(default_factory=list)
    rebuilt: set[str] = field(default_factory=set)


class EnumSteps:
    """Knows the enum types of a database and those of the models."""

    def __init__(self, found: Facts, dependents: Dependents) -> None:
        self._found = found
        self._dependents = dependents
        self._going: set[tuple[str, str]] = set()

    def changes(
        self, differences: Iterable[Difference], declared: Facts, going: Iterable[tuple[str, str]]
    ) -> EnumChanges:
        """Return the steps.

        Args:
            differences: All of them.
            declared: What the models say; a new value that stands in it may be used at once.
            going: Constraints and indexes that other steps drop before these.
        """
        differences = list(differences)
        self._going = set(going)
        changes = EnumChanges()
        wanted = enum_types()
        for each in differences:
            if each.kind != "type" or each.aspect != "definition":
                continue
            old, new = self._dependents.enum_values.get(each.name, ()), wanted.get(each.name, ())
            make = (_create(each.name, new),) if new else ()
            drop = (f"DROP TYPE {quoted(each.name)}",)
            if not old:
                changes.before.append(SqlStep(make, drop, ("add_type", each.name, ", ".join(new), False), "before"))
            elif not new:
                back = (_create(each.name, old), *self._said(each.name))
                changes.after.append(SqlStep(drop, back, ("remove_type", each.name, ", ".join(old), False)))
            else:
                changes.before.append(self._change(each.name, old, new, differences, declared))
                changes.rebuilt.add(each.name)
        return changes

    def _said(self, name: str) -> tuple[str, ...]:
        comment = self._found.get(("type", name, "comment"))
        return () if comment is None else (comment_sql("type", name, comment),)

    def _change(
        self, name: str, old: tuple[str, ...], new: tuple[str, ...], differences: list[Difference], declared: Facts
    ) -> SqlStep:
        back = self._rebuild(name, new, old)
        added = [value for value in new if value not in old]
        removed = [value for value in old if value not in new]
        is_used = any(
            text_literal(value) in (other.declared or "")
            for value in added
            for other in differences
            if other.kind != "type"
        )
        detail = ", ".join([*(f"+{value}" for value in added), *(f"−{value}" for value in removed)]) or ", ".join(new)
        if not removed and not is_used and [value for value in new if value in old] == list(old):
            listed = ("add_enum_value", name, detail, False)
            return SqlStep(_additions(name, old, new), back, listed, "before")
        return SqlStep(self._rebuild(name, old, new), back, ("change_enum", name, detail, bool(removed)), "before")

    def _rebuild(self, name: str, old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
        """Return what makes a type anew with other values. Rows with a value that it has no more make it fail."""
        former = f"{name}_old"
        columns = [each for each in self._dependents.enum_columns if each.type == name]
        around = sorted(
            {
                found
                for each in columns
                for found in self._dependents.on_column(each.table, each.name, plain=False)
                if found not in self._going and (*found, "definition") in self._found
            }
        )
        tables: dict[str, list[EnumColumn]] = {}
        for each in columns:
            tables.setdefault(each.table, []).append(each)
        gone = [value for value in old if value not in new]
        return (
            *(self._statement(kind, each, drop=True) for kind, each in around),
            f"ALTER TYPE {quoted(name)} RENAME TO {quoted(former)}",
            _create(name, new),
            *(_convert(table, name, each, gone) for table, each in tables.items()),
            f"DROP TYPE {quoted(former)}",
            *self._said(name),
            *(self._statement(kind, each, drop=False) for kind, each in around),
        )

    def _statement(self, kind: str, name: str, *, drop: bool) -> str:
        table, own = name.split(".", 1)
        definition = self._found[kind, name, "definition"]
        if kind == "constraint":
            head = f"ALTER TABLE {quoted(table)}"
            return (
                f"{head} DROP CONSTRAINT {quoted(own)}" if drop else f"{head} ADD CONSTRAINT {quoted(own)} {definition}"
            )
        return f"DROP INDEX {quoted(own)}" if drop else definition.replace(" ON ONLY ", " ON ", 1)


def _create(name: str, values: Iterable[str]) -> str:
    return f"CREATE TYPE {quoted(name)} AS ENUM ({', '.join(text_literal(value) for value in values)})"


def _additions(name: str, old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    made, there = [], set(old)
    for place, value in enumerate(new):
        if value in there:
            continue
        where = f" AFTER {text_literal(new[place - 1])}" if place else f" BEFORE {text_literal(old[0])}"
        made.append(f"ALTER TYPE {quoted(name)} ADD VALUE {text_literal(value)}{where}")
        there.add(value)
    return tuple(made)


def _convert(table: str, type_: str, columns: list[EnumColumn], gone: list[str]) -> str:
    parts = []
    for each in columns:
        column, array = quoted(each.name), "[]" if each.is_array else ""
        if each.default is not None:
            parts.append(f"ALTER COLUMN {column} DROP DEFAULT")
        parts.append(
            f"ALTER COLUMN {column} TYPE {quoted(type_)}{array} USING {column}::text{array}::{quoted(type_)}{array}"
        )
        if each.default is not None and not any(text_literal(value) in each.default for value in gone):
            parts.append(f"ALTER COLUMN {column} SET DEFAULT {each.default}")
    return f"ALTER TABLE {quoted(table)} {', '.join(parts)}"
