"""Completes a comparison by enum types: made before what uses them, taken away with the last use, their values changed.

Alembic leaves them out: a new column's type is never made, a second table makes it a second time, the way back leaves
it behind, and a new value is not noticed. Here each is a step of its own, plain SQL in the file, and no table or column
makes a type. Runs in the project's interpreter: standard library, Alembic and SQLAlchemy only.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any

from alembic.autogenerate import api
from alembic.autogenerate.render import renderers
from alembic.operations import Operations, ops
from sqlalchemy import ARRAY, Column, Enum, text
from sqlalchemy.dialects import postgresql

from .casts import casting
from .enumfacts import ADDS_INSIDE, FoundColumn, FoundEnum, Key, read_enums

# What SQLAlchemy's text(), through which `op.execute` goes, takes for a parameter, and for a colon that is none.
_PARAMETER = re.compile(r"(?<![:\w\\]):(?=\w+(?!:))")
_ESCAPED = re.compile(r"\\(?=:[\w$]*(?![:\w$]))")
_HANDLERS = frozenset({"alembic_postgresql_enum"})
"""Packages that do the same; where env.py loads one, it has the word."""


class EnumStep(ops.MigrateOperation):
    """Statements about one type and those that take them back. `difference` is what the list of differences says."""

    def __init__(self, up: tuple[str, ...], down: tuple[str, ...], difference: Any) -> None:
        self.up, self.down, self.difference = up, down, difference

    def reverse(self) -> EnumStep:
        """Return the way back."""
        return EnumStep(self.down, self.up, self.difference)

    def to_diff_tuple(self) -> tuple[Any, ...]:
        """Return Alembic's form of a difference."""
        return tuple(self.difference[:3])


@renderers.dispatch_for(EnumStep)
def _render(autogen: Any, step: EnumStep) -> list[str]:
    prefix = autogen.opts.get("alembic_module_prefix") or "op."
    return [f"{prefix}execute({_as_text(each)!r})" for each in step.up]


@Operations.implementation_for(EnumStep)
def _invoke(operations: Any, step: EnumStep) -> None:
    for each in step.up:
        operations.execute(text(_as_text(each)))


class UsedEnum(postgresql.ENUM):
    """An enum type of a column that uses it and does not make it."""

    @property
    def source(self) -> str:
        """Its code in a revision file."""
        values = "".join(f"{str(each)!r}, " for each in self.enums)
        schema = f", schema={str(self.schema)!r}" if self.schema else ""
        return f"postgresql.ENUM({values}name={str(self.name)!r}{schema}, create_type=False)"


def render_item(kind: str, item: Any, autogen: Any) -> Any:
    """Return the code of a type that `complete` has put in place, or False."""
    inner = item.item_type if isinstance(item, ARRAY) else item
    if kind != "type" or not isinstance(inner, UsedEnum):
        return False
    autogen.imports.add("from sqlalchemy.dialects import postgresql")
    if inner is item:
        return inner.source
    dimensions = f", dimensions={item.dimensions}" if item.dimensions else ""
    return f"postgresql.ARRAY({inner.source}{dimensions})"


def complete(context: Any, script: Any) -> None:
    """Add the steps about enum types to a comparison's operations; the way back becomes its mirror where there are any.

    Types that the project makes by itself (`create_type=False`, a package of `_HANDLERS`, operations of its own that
    name them) are left to it.
    """
    connection = context.connection
    if connection is None or connection.dialect.name != "postgresql" or not _HANDLERS.isdisjoint(sys.modules):
        return
    _Completion(context, script).work_out()


class _Completion:
    """One comparison: what is declared, what was found, and what Alembic would do."""

    def __init__(self, context: Any, script: Any) -> None:
        self.context, self.script = context, script
        self.connection = context.connection
        self.preparer = context.dialect.identifier_preparer
        self.default = self.connection.dialect.default_schema_name
        self.operations = list(_flat(script.upgrade_ops))
        self.declared: dict[Key, Enum] = {}
        self.elsewhere: set[Key] = set()  # made by somebody else
        self.compared: set[Key] = set()  # of tables that env.py does not leave out
        self._read_models()
        self.found = read_enums(self.connection)
        own = " ".join(_words_of(each) for each in self.operations)
        known = {*self.declared, *self.found}
        self.elsewhere |= {key for key in known if re.search(rf"\b{re.escape(key[1])}\b", own)}

    def work_out(self) -> None:
        """Change the script's operations."""
        for container in (self.script.upgrade_ops, self.script.downgrade_ops):
            self._cast(container)
        before = [step for key in sorted(self.declared) for step in self._made_or_changed(key)]
        after = [step for key in sorted(self.found) for step in self._taken_away(key)]
        is_used = self._use(self.script.upgrade_ops)
        if not before and not after and not is_used:
            return
        back = self.script.downgrade_ops.ops
        self._use(self.script.downgrade_ops)
        self.script.upgrade_ops.ops[:] = [*before, *self.script.upgrade_ops.ops, *after]
        reversed_after = [each.reverse() for each in reversed(after)]
        back[:] = [*reversed_after, *back, *(each.reverse() for each in reversed(before))]

    # What is declared

    def _read_models(self) -> None:
        metadata = self.context.opts.get("target_metadata")
        autogen = api.AutogenContext(self.context, metadata=metadata)
        for each in metadata if isinstance(metadata, (list, tuple)) else (metadata,):
            for table in each.tables.values():
                is_compared = autogen.run_name_filters(
                    table.name, "table", {"schema_name": table.schema}
                ) and autogen.run_object_filters(table, table.name, "table", False, None)
                for column in table.columns:
                    self._note(column.type, is_compared=is_compared)

    def _note(self, type_: Any, *, is_compared: bool) -> None:
        found = _enum_of(type_)
        inner = found if found is not None else _enum_of(getattr(type_, "impl", None))
        if inner is None:
            return
        key = self._key(inner)
        if found is None or not getattr(found, "create_type", True):
            self.elsewhere.add(key)
        self.declared.setdefault(key, inner)
        if is_compared:
            self.compared.add(key)

    def _key(self, type_: Any) -> Key:
        return (str(type_.schema or self.default), str(type_.name))

    # Steps

    def _made_or_changed(self, key: Key) -> Iterator[EnumStep]:
        found, new = self.found.get(key), tuple(map(str, self.declared[key].enums))
        if key in self.elsewhere:
            return
        if found is None:
            if any(self._key(each) == key for each in self._types(self.operations)):
                listed = ("add_type", self._shown(key), ", ".join(new), False)
                yield EnumStep((self._create(key, new),), (f"DROP TYPE {self._name(key)}",), listed)
        elif found.labels != new and key in self.compared:
            yield self._changed(key, found, new)

    def _taken_away(self, key: Key) -> Iterator[EnumStep]:
        found = self.found[key]
        if key in self.declared or key in self.elsewhere or not found.columns or found.has_other_uses:
            return
        if all(self._goes(each) for each in found.columns):
            listed = ("remove_type", self._shown(key), ", ".join(found.labels), False)
            yield EnumStep((f"DROP TYPE {self._name(key)}",), (self._create(key, found.labels),), listed)

    def _goes(self, column: FoundColumn) -> bool:
        """Tell whether an operation takes a column away, with its table or alone."""
        for each in self.operations:
            if not isinstance(each, (ops.DropTableOp, ops.DropColumnOp)):
                continue
            if (str(each.schema or self.default), str(each.table_name)) != (column.schema, column.table):
                continue
            if isinstance(each, ops.DropTableOp) or each.column_name == column.name:
                return True
        return column.is_inherited  # it goes with its parent's

    def _changed(self, key: Key, found: FoundEnum, new: tuple[str, ...]) -> EnumStep:
        old = found.labels
        added = [each for each in new if each not in old]
        removed = [each for each in old if each not in new]
        detail = ", ".join([*(f"+{each}" for each in added), *(f"−{each}" for each in removed)]) or ", ".join(new)
        back = self._rebuilt(key, found, new, old)
        is_longer = not removed and tuple(each for each in new if each in old) == old
        if is_longer and not self._uses_at_once(added) and self.connection.dialect.server_version_info >= ADDS_INSIDE:
            up = tuple(self._additions(key, old, new))
            return EnumStep(up, back, ("add_enum_value", self._shown(key), detail, False))
        listed = ("change_enum", self._shown(key), detail, bool(removed))
        return EnumStep(self._rebuilt(key, found, old, new), back, listed)

    def _uses_at_once(self, added: list[str]) -> bool:
        """Tell whether a default of the same migration needs a new value: PostgreSQL has it from the next one on."""
        defaults = " ".join(_defaults_of(each) for each in self.operations)
        return any(each in defaults for each in added)

    # SQL

    def _name(self, key: Key) -> str:
        schema, name = key
        quoted = self.preparer.quote(name)
        return quoted if schema == self.default else f"{self.preparer.quote_schema(schema)}.{quoted}"

    def _shown(self, key: Key) -> str:
        return key[1] if key[0] == self.default else ".".join(key)

    def _create(self, key: Key, labels: tuple[str, ...]) -> str:
        return f"CREATE TYPE {self._name(key)} AS ENUM ({', '.join(map(_literal, labels))})"

    def _additions(self, key: Key, old: tuple[str, ...], new: tuple[str, ...]) -> Iterator[str]:
        for place, label in enumerate(new):
            if label not in old:
                where = f"AFTER {_literal(new[place - 1])}" if place else f"BEFORE {_literal(old[0])}" if old else ""
                yield f"ALTER TYPE {self._name(key)} ADD VALUE {_literal(label)} {where}".rstrip()

    def _rebuilt(self, key: Key, found: FoundEnum, old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
        """Return what makes a type anew with other values. A row with a value that it has no more makes it fail."""
        former = (key[0], f"{key[1][:58]}_old")
        gone = [_literal(each) for each in old if each not in new]
        return (
            f"ALTER TYPE {self._name(key)} RENAME TO {self.preparer.quote(former[1])}",
            self._create(key, new),
            *(self._converted(key, each, gone) for each in found.columns if not each.is_inherited),
            f"DROP TYPE {self._name(former)}",
        )

    def _converted(self, key: Key, column: FoundColumn, gone: list[str]) -> str:
        name, array = self.preparer.quote(column.name), "[]" if column.is_array else ""
        type_ = f"{self._name(key)}{array}"
        parts = [f"ALTER COLUMN {name} TYPE {type_} USING {name}::text{array}::{type_}"]
        if column.default is not None:
            parts.insert(0, f"ALTER COLUMN {name} DROP DEFAULT")
            if not any(each in column.default for each in gone):
                parts.append(f"ALTER COLUMN {name} SET DEFAULT {column.default}")
        return f"ALTER TABLE {self._name((column.schema, column.table))} {', '.join(parts)}"

    # Columns whose type becomes an enum, or was one

    def _cast(self, container: Any) -> None:
        """Say how the values of a column go to its new type."""
        done = []
        for each in container.ops:
            if isinstance(each, ops.OpContainer):
                self._cast(each)
                done.append(each)
            else:
                done += casting(self.context.dialect, each)
        container.ops[:] = done

    # Columns that use types and make none

    def _types(self, operations: Any) -> Iterator[Any]:
        for each in operations:
            for column in _columns_of(each):
                if (found := _enum_of(column.type)) is not None:
                    yield found

    def _use(self, container: Any) -> bool:
        """Have no table or column make the type that it uses; tell whether there was one."""
        changed = False
        for each in _flat(container):
            if isinstance(each, ops.CreateTableOp):
                columns = [self._using(one) for one in each.columns]
                changed |= list(map(id, columns)) != list(map(id, each.columns))
                each.columns = columns
            elif isinstance(each, ops.AddColumnOp):
                column = self._using(each.column)
                changed |= column is not each.column
                each.column = column
        return changed

    def _using(self, item: Any) -> Any:
        """Return a column (or whatever else a table is made of) that uses types and makes none."""
        found = _enum_of(item.type) if isinstance(item, Column) else None
        if found is None or self._key(found) in self.elsewhere:
            return item
        plain = UsedEnum(*map(str, found.enums), name=found.name, schema=found.schema, create_type=False)
        column = item._copy()  # noqa: SLF001 - the models' own must stay as it is
        is_array = isinstance(item.type, ARRAY)
        column.type = postgresql.ARRAY(plain, dimensions=item.type.dimensions) if is_array else plain
        return column


def _flat(container: Any) -> Iterator[Any]:
    for each in container.ops:
        if isinstance(each, ops.OpContainer):
            yield from _flat(each)
        else:
            yield each


def _enum_of(type_: Any) -> Any:
    """Return the native enum that a column's type is, or is an array of."""
    inner = type_.item_type if isinstance(type_, ARRAY) else type_
    return inner if isinstance(inner, Enum) and inner.native_enum and inner.name else None


def _columns_of(operation: Any) -> Iterator[Any]:
    if isinstance(operation, ops.CreateTableOp):
        yield from (each for each in operation.columns if isinstance(each, Column))
    elif isinstance(operation, ops.AddColumnOp):
        yield operation.column
    elif isinstance(operation, ops.AlterColumnOp) and operation.modify_type is not None:
        yield Column(operation.column_name, operation.modify_type)


def _defaults_of(operation: Any) -> str:
    said = [getattr(each.server_default, "arg", "") for each in _columns_of(operation)]
    if isinstance(operation, ops.AlterColumnOp):
        changed = operation.modify_server_default
        said.append(getattr(changed, "arg", changed))
    return " ".join(str(each) for each in said)


def _words_of(operation: Any) -> str:
    """Return what an operation of the project's own kind says; "" of Alembic's, whose SQL is known."""
    if isinstance(operation, ops.ExecuteSQLOp):
        return str(operation.sqltext)
    is_known = type(operation).__module__.startswith(("alembic.", f"{__package__}."))
    return "" if is_known else " ".join(str(each) for each in vars(operation).values())


def _literal(label: str) -> str:
    escaped = label.replace("'", "''")
    return f"E'{escaped}'".replace("\\", "\\\\") if "\\" in label else f"'{escaped}'"


def _as_text(sql: str) -> str:
    return _PARAMETER.sub(r"\\:", _ESCAPED.sub(r"\\\\", sql))
