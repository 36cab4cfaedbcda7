"""Works out the steps that Alembic's comparison leaves out, each with its way back. Pure: facts in, steps out.

Order: what is in the way goes first (views, changed constraints), then enums change, then comes what Alembic does by
itself, then the rest is made, views last. The downgrade is the exact mirror of that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from alembic.operations import ops

from models.dependents import Dependents
from models.drift import Difference, Facts, differing
from models.enumsteps import EnumSteps
from models.generated import GeneratedColumn
from models.sqlsteps import SqlStep
from models.viewsteps import ViewSteps, comment_sql, quoted

_Key = tuple[str, str, str]


class Completion:
    """The steps before and after Alembic's own."""

    def __init__(self, declared: Facts, found: Facts, dependents: Dependents, upgrade: Any) -> None:
        self.declared = declared
        self.found = found
        self.dependents = dependents
        self.upgrade = upgrade
        self.before: list[SqlStep] = []
        self.after: list[SqlStep] = []
        self._views = ViewSteps(found, dependents)
        self._enums = EnumSteps(found, dependents)
        self._moved: set[tuple[str, str]] = set()  # what goes and comes back around a generated column

    def work_out(self) -> None:
        """Fill `before` and `after`."""
        differences = differing(self.declared, self.found)
        own = [each for each in differences if not self._is_foreign(each)]
        generated = list(self._generated(own))
        handled = Handled(self.upgrade)
        left = [each for each in own if not handled.covers(each) and (each.kind, each.name) not in generated]

        columns = [tuple(name.split(".", 1)) for _, name in generated]
        touched = {*handled.touched, *((table, column) for table, column in columns)}
        enums = self._enums.changes(own, self.declared, {(each.kind, each.name) for each in left})
        views = self._views.changes(own, touched, enums.rebuilt)

        self.before += views.drops
        self._constraints_and_indexes(left, views.names)
        self.before += enums.before
        self._make_generated(generated)
        self._partitions(left)
        self._triggers(left)
        self._comments(left, views.names)
        self._remarks(left)
        self.after += views.creates
        self.after += enums.after

    def _is_foreign(self, each: Difference) -> bool:
        """Tell whether a difference only repeats another: columns of views, what stands behind a constraint."""
        if each.kind == "column" and each.aspect == "definition":
            owner = each.name.partition(".")[0]
            return any(("view", owner, "definition") in facts for facts in (self.declared, self.found))
        if each.kind == "index":
            key = ("constraint", each.name, "definition")
            return key in self.declared or key in self.found
        return False

    # Constraints and indexes

    def _constraints_and_indexes(self, left: list[Difference], views: set[str]) -> None:
        changed = [
            each
            for each in left
            if each.kind in {"constraint", "index"}
            and each.aspect == "definition"
            and each.name.partition(".")[0] not in views
            and (each.kind, each.name) not in self._moved
        ]
        renamed = list(self._rename(changed))
        changed = [each for each in changed if each not in renamed]
        # A foreign key stands on the key that it points to: it goes first and comes last.
        for each in sorted(changed, key=lambda one: not _is_foreign_key(one.found)):
            if each.found is not None:
                make, drop = self.statements(each.kind, each.name, each.found)
                self.before.append(SqlStep((drop,), (make, *self._said(each, self.found)), _listed(each), "before"))
        for each in sorted(changed, key=lambda one: _is_foreign_key(one.declared)):
            if each.declared is not None:
                make, drop = self.statements(each.kind, each.name, each.declared)
                listed = _listed(each) if each.found is None else ()
                self.after.append(SqlStep((make, *self._said(each, self.declared)), (drop,), listed))

    def _rename(self, changed: list[Difference]) -> Iterator[Difference]:
        """Rename what only has another name, and yield both ends of it."""
        gone = [each for each in changed if each.declared is None]
        for new in [each for each in changed if each.found is None]:
            table, name = new.name.split(".", 1)
            for old in gone:
                home, former = old.name.split(".", 1)
                if (old.kind, home) != (new.kind, table):
                    continue
                is_same = (old.found or "").replace(quoted(former), quoted(name), 1) == new.declared
                if is_same or old.found == new.declared:
                    gone.remove(old)
                    there, back = (_rename_sql(new.kind, table, *names) for names in ((former, name), (name, former)))
                    listed = ("other", old.name, f"{former} → {name}", False)
                    self.after.append(SqlStep((there,), (back,), listed))
                    yield from (old, new)
                    break

    def statements(self, kind: str, name: str, definition: str) -> tuple[str, str]:
        """Return what makes and what drops a constraint or an index."""
        table, own = name.split(".", 1)
        if kind == "constraint":
            head = f"ALTER TABLE {quoted(table)}"
            return (
                f"{head} ADD CONSTRAINT {quoted(own)} {definition}",
                f"{head} DROP CONSTRAINT {quoted(own)}",
            )
        return definition.replace(" ON ONLY ", " ON ", 1), f"DROP INDEX {quoted(own)}"

    def _said(self, each: Difference, facts: Facts) -> tuple[str, ...]:
        comment = facts.get((each.kind, each.name, "comment"))
        return () if comment is None else (comment_sql(each.kind, each.name, comment),)

    # Generated columns

    def _generated(self, own: list[Difference]) -> Iterator[tuple[str, str]]:
        """Yield the generated columns whose rule changes, and take them out of Alembic's hands, which can't do that."""
        for each in own:
            if each.kind != "column" or each.aspect != "definition" or each.declared is None or each.found is None:
                continue
            if " GENERATED " not in f"{each.declared} {each.found}":
                continue
            table, column = each.name.split(".", 1)
            for change in self.upgrade.ops:
                if isinstance(change, ops.ModifyTableOps) and change.table_name == table:
                    change.ops[:] = [
                        one
                        for one in change.ops
                        if not (isinstance(one, ops.AlterColumnOp) and one.column_name == column)
                    ]
            self.upgrade.ops[:] = [
                one for one in self.upgrade.ops if not (isinstance(one, ops.ModifyTableOps) and one.is_empty())
            ]
            yield (each.kind, each.name)
            self._moved |= self.dependents.on_column(table, column, plain=True)

    def _make_generated(self, generated: list[tuple[str, str]]) -> None:
        for kind, name in sorted(self._moved):
            if (kind, name, "definition") in self.found:
                definition = self.found[kind, name, "definition"]
                make, drop = self.statements(kind, name, definition)
                difference = Difference(kind, name, "definition", None, definition)
                self.before.append(SqlStep((drop,), (make, *self._said(difference, self.found)), (), "before"))
        for _, name in generated:
            old, new = (
                GeneratedColumn(name, facts["column", name, "definition"], facts.get(("column", name, "comment")))
                for facts in (self.found, self.declared)
            )
            loses = not old.is_generated
            listed = ("other", name, f"{old.definition} → {new.definition}", loses)
            self.before.append(SqlStep(old.becomes(new), new.becomes(old), listed, "before"))
        for kind, name in sorted(self._moved):
            if (kind, name, "definition") in self.declared:
                definition = self.declared[kind, name, "definition"]
                make, drop = self.statements(kind, name, definition)
                difference = Difference(kind, name, "definition", definition, None)
                self.after.append(SqlStep((make, *self._said(difference, self.declared)), (drop,)))

    # The rest

    def _partitions(self, left: list[Difference]) -> None:
        for each in left:
            if each.kind == "partition" and each.aspect == "definition" and each.found is None and each.declared:
                parent, bounds = each.declared.split(" ", 1)
                make = f"CREATE TABLE {quoted(each.name)} PARTITION OF {parent} {bounds}"
                listed = ("add_table", each.name, each.declared, False)
                said = self._said(each, self.declared)
                self.after.append(SqlStep((make, *said), (f"DROP TABLE {quoted(each.name)}",), listed))

    def _triggers(self, left: list[Difference]) -> None:
        for each in left:
            if each.kind != "trigger" or each.aspect != "definition":
                continue
            table, name = each.name.split(".", 1)
            drop = f"DROP TRIGGER {quoted(name)} ON {quoted(table)}"
            if each.found is not None:
                back = (each.found, *self._said(each, self.found))
                self.before.append(SqlStep((drop,), back, ("other", each.name, f"− {each.found}", False), "before"))
            if each.declared is not None:
                made = (each.declared, *self._said(each, self.declared))
                self.after.append(SqlStep(made, (drop,), ("other", each.name, f"+ {each.declared}", False)))

    def _comments(self, left: list[Difference], views: set[str]) -> None:
        """Change comments of what stays; what is made or goes has brought its own along."""
        for each in left:
            key = (each.kind, each.name, "definition")
            if each.aspect != "comment" or key not in self.declared or key not in self.found:
                continue
            if each.name.partition(".")[0] in views or self.declared[key] != self.found[key]:
                continue
            kind = "materialized view" if self.declared[key].startswith("MATERIALIZED ") else each.kind
            up, down = (comment_sql(kind, each.name, words) for words in (each.declared, each.found))
            listed = ("change_comment", each.name, f"{each.found or '∅'} → {each.declared or '∅'}", False)
            self.after.append(SqlStep((up,), (down,), listed))

    def _remarks(self, left: list[Difference]) -> None:
        """Say what differs and has no step: a partition's bounds, how a table is partitioned, a column's oddities."""
        for each in left:
            is_partition = each.kind == "partition" and each.declared is not None and each.found is not None
            if each.aspect == "definition" and (is_partition or each.kind in {"table", "column"}):
                words = f"{each.found or '∅'} → {each.declared or '∅'}"
                self.after.append(SqlStep((), (), ("other", each.name, words, False)))


class Handled:
    """What Alembic's own operations bring about, and which columns they take from under a view."""

    def __init__(self, upgrade: Any) -> None:
        self._added: set[str] = set()
        self._removed: set[str] = set()
        self._keys: set[_Key] = set()
        self.touched: set[tuple[str, str | None]] = set()
        for each in _flat(upgrade):
            self._take(each)

    def covers(self, each: Difference) -> bool:
        """Tell whether a difference is gone once Alembic's operations have run."""
        owner = each.name.partition(".")[0]
        if owner in self._added:
            # A new table brings columns, constraints, indexes and comments; not what SQLAlchemy can't say of a table.
            is_exclusion = (each.declared or "").startswith("EXCLUDE ")
            return each.kind in {"table", "column", "index", "constraint"} and not is_exclusion
        if owner in self._removed and each.kind in {"table", "column", "constraint", "index"}:
            # Alembic takes it back whole, but for what SQLAlchemy does not see of a table.
            return not (each.found or "").startswith("EXCLUDE ")
        return (each.kind, each.name, each.aspect) in self._keys

    def _take(self, each: Any) -> None:
        table = str(getattr(each, "table_name", "") or getattr(each, "source_table", ""))
        if isinstance(each, ops.CreateTableOp):
            self._added.add(table)
        elif isinstance(each, ops.DropTableOp):
            self._removed.add(table)
            self.touched.add((table, None))
        elif isinstance(each, ops.AddColumnOp):
            self._keys |= {("column", f"{table}.{each.column.name}", aspect) for aspect in ("definition", "comment")}
        elif isinstance(each, ops.DropColumnOp):
            self._keys |= {("column", f"{table}.{each.column_name}", aspect) for aspect in ("definition", "comment")}
            self.touched.add((table, str(each.column_name)))
        elif isinstance(each, ops.AlterColumnOp):
            self._take_change(each, f"{table}.{each.column_name}", table)
        elif isinstance(each, (ops.CreateTableCommentOp, ops.DropTableCommentOp)):
            self._keys.add(("table", table, "comment"))
        elif isinstance(each, (ops.CreateIndexOp, ops.DropIndexOp)):
            self._keys.add(("index", f"{table}.{each.index_name}", "definition"))
        elif isinstance(each, (ops.AddConstraintOp, ops.DropConstraintOp)):
            self._keys.add(("constraint", f"{table}.{getattr(each, 'constraint_name', '')}", "definition"))

    def _take_change(self, each: Any, name: str, table: str) -> None:
        if each.modify_type is not None:
            self.touched.add((table, str(each.column_name)))
        if each.modify_comment is not False:
            self._keys.add(("column", name, "comment"))
        if each.modify_type is not None or each.modify_nullable is not None or each.modify_server_default is not False:
            self._keys.add(("column", name, "definition"))


def _flat(container: Any) -> Iterator[Any]:
    for each in container.ops:
        if isinstance(each, ops.OpContainer):
            yield from _flat(each)
        else:
            yield each


def _is_foreign_key(definition: str | None) -> bool:
    return (definition or "").startswith("FOREIGN KEY")


def _listed(each: Difference) -> tuple[str, str, str, bool]:
    verb = "add" if each.found is None else "remove" if each.declared is None else "change"
    if verb == "change":
        return ("other", each.name, f"{each.found} → {each.declared}", False)
    return (f"{verb}_{each.kind}", each.name, each.declared or each.found or "", False)


def _rename_sql(kind: str, table: str, old: str, new: str) -> str:
    if kind == "index":
        return f"ALTER INDEX {quoted(old)} RENAME TO {quoted(new)}"
    return f"ALTER TABLE {quoted(table)} RENAME CONSTRAINT {quoted(old)} TO {quoted(new)}"
