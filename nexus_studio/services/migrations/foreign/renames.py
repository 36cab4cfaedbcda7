"""Finds the renames among the operations of a migration, and turns a drop and an add into one.

Runs in the project's interpreter: standard library, Alembic and SQLAlchemy only.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any

from alembic.autogenerate import api, compare
from alembic.autogenerate.render import renderers
from alembic.operations import Operations, ops
from sqlalchemy import text

from .compares import Refused, qualified, type_text

LIKE = 0.6
"""A table is likely another one's new name when they share this part of their columns at least."""


class Renaming(ops.MigrateOperation):
    """One new name. `kind`: "table", "column" (of `table`), "index", "constraint" (of `table`)."""

    def __init__(self, kind: str, schema: Any, table: str, old: str, new: str) -> None:
        self.kind, self.schema, self.table, self.old, self.new = kind, schema, table, old, new

    @property
    def difference(self) -> tuple[str, str, str, bool]:
        """What the list of differences says."""
        where = ".".join(part for part in (self.schema, self.table if self.kind != "table" else "") if part)
        name = f"{where}.{self.old}" if where else self.old
        return (f"rename_{self.kind}", name, f"{self.old} → {self.new}", False)

    def reverse(self) -> Renaming:
        """Return the way back."""
        return Renaming(self.kind, self.schema, self.table, self.new, self.old)

    def to_diff_tuple(self) -> tuple[Any, ...]:
        """Return Alembic's form of a difference."""
        return (f"rename_{self.kind}", self.schema, self.table, self.old, self.new)

    def statement(self, preparer: Any) -> str:
        """Return the SQL where Alembic has no operation of its own: index and constraint."""
        old, new = preparer.quote(self.old), preparer.quote(self.new)
        schema = f"{preparer.quote_schema(self.schema)}." if self.schema else ""
        if self.kind == "index":
            return f"ALTER INDEX {schema}{old} RENAME TO {new}"
        return f"ALTER TABLE {schema}{preparer.quote(self.table)} RENAME CONSTRAINT {old} TO {new}"


@renderers.dispatch_for(Renaming)
def _render(autogen: Any, operation: Renaming) -> str:
    prefix = autogen.opts.get("alembic_module_prefix") or "op."
    schema = f", schema={str(operation.schema)!r}" if operation.schema else ""
    old, new = str(operation.old), str(operation.new)
    if operation.kind == "table":
        return f"{prefix}rename_table({old!r}, {new!r}{schema})"
    if operation.kind == "column":
        return f"{prefix}alter_column({str(operation.table)!r}, {old!r}, new_column_name={new!r}{schema})"
    return f"{prefix}execute({operation.statement(autogen.dialect.identifier_preparer)!r})"


@Operations.implementation_for(Renaming)
def _invoke(operations: Any, operation: Renaming) -> None:
    if operation.kind == "table":
        operations.rename_table(operation.old, operation.new, schema=operation.schema)
    elif operation.kind == "column":
        operations.alter_column(operation.table, operation.old, new_column_name=operation.new, schema=operation.schema)
    else:
        preparer = operations.migration_context.dialect.identifier_preparer
        operations.execute(text(operation.statement(preparer)))


def likely(upgrade: Any, dialect: Any) -> list[dict[str, str]]:
    """Return the pairs of a drop and an add that look like a rename: kind, table, old, new. Nothing stands in two."""
    return [
        {"kind": kind, "table": table, "old": old, "new": new}
        for kind, table, old, new in (*_likely_tables(upgrade, dialect), *_likely_columns(upgrade, dialect))
    ]


def _likely_tables(upgrade: Any, dialect: Any) -> Iterator[tuple[str, str, str, str]]:
    dropped = [each for each in upgrade.ops if isinstance(each, ops.DropTableOp) and _reflected(each) is not None]
    added = [each for each in upgrade.ops if isinstance(each, ops.CreateTableOp)]
    pairs = []
    for old in dropped:
        before = {(column.name, type_text(column.type, dialect)) for column in _reflected(old).columns}
        for new in added:
            after = {(column.name, type_text(column.type, dialect)) for column in _declared(new).columns}
            share = len(before & after) / max(len(before | after), 1)
            if share >= LIKE and old.schema == new.schema:
                pairs.append((share + _alike(old.table_name, new.table_name) / 10, old, new))
    for old, new in _best(pairs):
        yield ("table", "", qualified(old), qualified(new))


def _likely_columns(upgrade: Any, dialect: Any) -> Iterator[tuple[str, str, str, str]]:
    for change in upgrade.ops:
        if not isinstance(change, ops.ModifyTableOps):
            continue
        pairs = [
            (_alike(old.column_name, new.column.name), old, new)
            for old in change.ops
            if isinstance(old, ops.DropColumnOp) and _dropped_column(old) is not None
            for new in change.ops
            if isinstance(new, ops.AddColumnOp) and _same_type(_dropped_column(old), new.column, dialect)
        ]
        for old, new in _best(pairs):
            yield ("column", qualified(change), old.column_name, new.column.name)


def _best(pairs: list[tuple[float, Any, Any]]) -> Iterator[tuple[Any, Any]]:
    """Pair each with at most one other, the most alike first."""
    taken: set[int] = set()
    for _, old, new in sorted(pairs, key=lambda each: -each[0]):
        if id(old) not in taken and id(new) not in taken:
            taken |= {id(old), id(new)}
            yield old, new


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, one.lower(), other.lower()).ratio()


def _same_type(one: Any, other: Any, dialect: Any) -> bool:
    generated = (one.computed is None) == (other.computed is None)
    return generated and type_text(one.type, dialect) == type_text(other.type, dialect)


def _dropped_column(operation: Any) -> Any:
    return getattr(getattr(operation, "_reverse", None), "column", None)


def _reflected(operation: Any) -> Any:
    """Return the table of the database that an operation drops, None where it is not known."""
    reverse = getattr(operation, "_reverse", None)
    return None if reverse is None else _declared(reverse)


def _declared(operation: Any) -> Any:
    column = next((each for each in operation.columns if getattr(each, "table", None) is not None), None)
    return operation.to_table() if column is None else column.table


def apply(context: Any, upgrade: Any, renames: list[dict[str, str]]) -> None:
    """Turn the pairs of `renames` into renames, in place; what else differs between the two is changed after it.

    What drops an index or a constraint comes first, then the renames, then the rest: so the way back works too.

    Raises:
        Refused: "migration.rename_unknown" (facts kind, table, old, new): no such pair is dropped and added.
    """
    if not renames:
        return
    autogen = api.AutogenContext(context, metadata=context.opts.get("target_metadata"))
    made: list[Renaming] = []
    tables: dict[tuple[Any, str], str] = {}
    columns: dict[tuple[Any, str, str], str] = {}
    for each in sorted(renames, key=lambda one: one["kind"] != "table"):
        if each["kind"] == "table":
            made += _rename_table(autogen, upgrade, each, tables)
        else:
            made.append(_rename_column(autogen, upgrade, each, columns))
    made += _matched(upgrade, tables, columns)
    _order(upgrade, made)


def _order(upgrade: Any, made: list[Renaming]) -> None:
    first = [each for each in upgrade.ops if getattr(each, "phase", "") == "before"]
    rest = [each for each in upgrade.ops if getattr(each, "phase", "") != "before"]
    drops: list[Any] = []
    kept: list[Any] = []
    for each in rest:
        if isinstance(each, ops.ModifyTableOps):
            gone = [one for one in each.ops if isinstance(one, (ops.DropIndexOp, ops.DropConstraintOp))]
            drops += gone
            each.ops[:] = [one for one in each.ops if one not in gone]
            kept += [each] if each.ops else []
        else:
            (drops if isinstance(each, (ops.DropIndexOp, ops.DropConstraintOp)) else kept).append(each)
    upgrade.ops[:] = [*first, *drops, *made, *kept]


def _rename_column(
    autogen: Any, upgrade: Any, rename: dict[str, str], columns: dict[tuple[Any, str, str], str]
) -> Renaming:
    for change in upgrade.ops:
        if not isinstance(change, ops.ModifyTableOps) or qualified(change) != rename["table"]:
            continue
        old = next(
            (one for one in change.ops if isinstance(one, ops.DropColumnOp) and one.column_name == rename["old"]), None
        )
        new = next(
            (one for one in change.ops if isinstance(one, ops.AddColumnOp) and one.column.name == rename["new"]), None
        )
        if old is None or new is None or _dropped_column(old) is None:
            continue
        altered = _column_change(autogen, change.schema, change.table_name, _dropped_column(old), new.column)
        place = change.ops.index(new)
        change.ops[place : place + 1] = [altered] if altered.has_changes() else []
        change.ops.remove(old)
        columns[change.schema, change.table_name, rename["old"]] = rename["new"]
        return Renaming("column", change.schema, change.table_name, rename["old"], rename["new"])
    raise Refused("migration.rename_unknown", **rename)


def _rename_table(
    autogen: Any, upgrade: Any, rename: dict[str, str], tables: dict[tuple[Any, str], str]
) -> list[Renaming]:
    dropped = next((x for x in upgrade.ops if isinstance(x, ops.DropTableOp) and qualified(x) == rename["old"]), None)
    added = next((x for x in upgrade.ops if isinstance(x, ops.CreateTableOp) and qualified(x) == rename["new"]), None)
    if dropped is None or added is None or _reflected(dropped) is None or dropped.schema != added.schema:
        raise Refused("migration.rename_unknown", **rename)
    found, declared = _reflected(dropped), _declared(added)
    names = (found.name, declared.name)
    place = upgrade.ops.index(added)
    upgrade.ops[:] = [
        each
        for each in upgrade.ops
        if each is not dropped
        and not (isinstance(each, ops.ModifyTableOps) and each.schema == added.schema and each.table_name in names)
    ]
    place = upgrade.ops.index(added)
    change = _table_change(autogen, added.schema, found, declared)
    upgrade.ops[place : place + 1] = [change] if change.ops else []
    tables[added.schema, found.name] = declared.name
    return [
        Renaming("table", added.schema, "", found.name, declared.name),
        *_named_after(added.schema, found, declared),
    ]


def _table_change(autogen: Any, schema: Any, found: Any, declared: Any) -> Any:
    """Compare two tables of different names as Alembic compares two of one name."""
    change = ops.ModifyTableOps(declared.name, [], schema=schema)
    for column in declared.columns:
        if column.name in found.columns:
            altered = _column_change(autogen, schema, declared.name, found.columns[column.name], column)
            change.ops += [altered] if altered.has_changes() else []
        else:
            change.ops.append(ops.AddColumnOp.from_column_and_tablename(schema, declared.name, column))
    _comparators(autogen, "table")(autogen, change, schema, found.name, found, declared)
    for each in change.ops:
        if isinstance(each, (ops.CreateTableCommentOp, ops.DropTableCommentOp)):
            each.table_name = declared.name
    change.ops += [
        ops.DropColumnOp.from_column_and_tablename(schema, declared.name, column)
        for column in found.columns
        if column.name not in declared.columns
    ]
    return change


def _column_change(autogen: Any, schema: Any, table: str, found: Any, declared: Any) -> Any:
    altered = ops.AlterColumnOp(table, declared.name, schema=schema)
    _comparators(autogen, "column")(autogen, altered, schema, table, declared.name, found, declared)
    return altered


def _comparators(autogen: Any, target: str) -> Any:
    dispatcher = getattr(autogen, "comparators", None) or compare.comparators
    return dispatcher.dispatch(target, qualifier=autogen.dialect.name)


def _named_after(schema: Any, found: Any, declared: Any) -> Iterator[Renaming]:
    """Yield new names for the key and the CHECKs of a renamed table, where a naming convention tells them."""
    names = {str(each.name) for each in declared.constraints if each.name}
    for each in found.constraints:
        kind = each.__visit_name__
        name = str(each.name or "")
        if kind == "primary_key_constraint" and declared.primary_key.name:
            wanted = str(declared.primary_key.name)
        elif kind in {"check_constraint", "table_or_column_check_constraint"}:
            wanted = name.replace(found.name, declared.name, 1)
        else:
            continue
        if name and name != wanted and wanted in names:
            yield Renaming("constraint", schema, declared.name, name, wanted)


def _matched(
    upgrade: Any, tables: dict[tuple[Any, str], str], columns: dict[tuple[Any, str, str], str]
) -> list[Renaming]:
    """Take out each drop and create of what a rename has carried along; return the new names that it needs."""
    made = []
    everything = list(_members(upgrade))
    creates = [(home, each) for home, each in everything if _signature(each, {}, {}) is not None]
    for home, drop in everything:
        if not isinstance(drop, (ops.DropIndexOp, ops.DropConstraintOp)) or getattr(drop, "_reverse", None) is None:
            continue
        wanted = _signature(drop.reverse(), tables, columns)
        for place, (other, create) in enumerate(creates):
            if wanted is None or _signature(create, {}, {}) != wanted:
                continue
            del creates[place]
            home.remove(drop)
            other.remove(create)
            kind = "index" if isinstance(drop, ops.DropIndexOp) else "constraint"
            old, new = (str(getattr(each, f"{kind}_name")) for each in (drop, create))
            if old != new:
                made.append(Renaming(kind, wanted[1], wanted[2], old, new))
            break
    return made


def _members(upgrade: Any) -> Iterator[tuple[list[Any], Any]]:
    for each in list(upgrade.ops):
        if isinstance(each, ops.ModifyTableOps):
            for one in list(each.ops):
                yield each.ops, one
        else:
            yield upgrade.ops, each


def _signature(
    operation: Any, tables: dict[tuple[Any, str], str], columns: dict[tuple[Any, str, str], str]
) -> tuple[Any, ...] | None:
    """Return what an index or constraint is apart from its name, in the names after the renames; None: not one."""

    def table(schema: Any, name: Any) -> str:
        return str(tables.get((schema, str(name)), name))

    def named(schema: Any, home: Any, each: Any) -> str:
        return str(columns.get((schema, table(schema, home), str(each)), each))

    schema = getattr(operation, "schema", None)
    if isinstance(operation, ops.CreateIndexOp):
        home = operation.table_name
        parts = tuple(named(schema, home, getattr(each, "name", each)) for each in operation.columns)
        more = tuple(sorted((key, str(value)) for key, value in operation.kw.items() if value))
        return ("index", schema, table(schema, home), parts, bool(operation.unique), more)
    if isinstance(operation, ops.CreateUniqueConstraintOp):
        home = operation.table_name
        parts = tuple(named(schema, home, each) for each in operation.columns)
        return ("unique", schema, table(schema, home), parts)
    if isinstance(operation, ops.CreateForeignKeyOp):
        rules = operation.kw
        source = rules.get("source_schema")
        target = rules.get("referent_schema")
        return (
            "foreign key",
            source,
            table(source, operation.source_table),
            tuple(named(source, operation.source_table, each) for each in operation.local_cols),
            target,
            table(target, operation.referent_table),
            tuple(named(target, operation.referent_table, each) for each in operation.remote_cols),
            *(str(rules.get(key) or "") for key in ("ondelete", "onupdate", "deferrable", "initially")),
        )
    return None
