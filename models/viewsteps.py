"""The steps that bring the views of a database to the declared ones, and put those aside that stand in the way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import Text, literal
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import ExecutableDDLElement

from models.dependents import Dependents
from models.drift import Difference, Facts
from models.schema import CommentOn, CreateView, CreateViewKey
from models.sqlsteps import SqlStep
from models.views import VIEWS, View

# Without a driver's ways of writing parameters, in which "%" would have to be doubled.
_DIALECT = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]
_MATERIALIZED = "MATERIALIZED "
_ON_TABLE = {"constraint": "CONSTRAINT", "trigger": "TRIGGER"}
_KINDS = {"partition": "TABLE"}


@dataclass
class ViewChanges:
    """Steps that drop and that create, and the views that go or come."""

    drops: list[SqlStep] = field(default_factory=list)
    creates: list[SqlStep] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


class ViewSteps:
    """Knows the views of a database and those of the models."""

    def __init__(self, found: Facts, dependents: Dependents) -> None:
        self._found = found
        self._dependents = dependents

    def changes(
        self, differences: Iterable[Difference], touched: Iterable[tuple[str, str | None]], types: Iterable[str]
    ) -> ViewChanges:
        """Return the steps.

        Args:
            differences: All of them.
            touched: Columns that change their type or go (None: the whole table), under whatever view reads them.
            types: Enum types that are made anew.
        """
        changed = {each.name: each for each in differences if each.kind == "view" and each.aspect == "definition"}
        there = {name for kind, name, aspect in self._found if (kind, aspect) == ("view", "definition")}
        in_the_way = self._dependents.views_on(touched, types)
        going = [
            name
            for name in self._dependents.closed({name for name in changed if name in there} | in_the_way)
            if name in there
        ]
        changes = ViewChanges(names={*going, *changed})
        for name in going:
            step = SqlStep((self._drop(name),), self._as_found(name), _listed(changed.get(name)), "before")
            changes.drops.append(step)
        for view in VIEWS:
            if view.name in changes.names:
                each = changed.get(view.name)
                listed = _listed(each) if each is not None and each.found is None else ()
                changes.creates.append(SqlStep(_as_declared(view), (_drop_sql(view.name, view.materialized),), listed))
        return changes

    def _drop(self, name: str) -> str:
        return _drop_sql(name, self._found["view", name, "definition"].startswith(_MATERIALIZED))

    def _as_found(self, name: str) -> tuple[str, ...]:
        definition = self._found["view", name, "definition"]
        kind = "MATERIALIZED VIEW" if definition.startswith(_MATERIALIZED) else "VIEW"
        body = definition.removeprefix(_MATERIALIZED).strip().rstrip(";")
        made = [f"CREATE {kind} {quoted(name)} AS\n{body}"]
        of_it = {key: words for key, words in sorted(self._found.items()) if key[1].startswith(f"{name}.")}
        made += [words for key, words in of_it.items() if key[0] == "index" and key[2] == "definition"]
        if comment := self._found.get(("view", name, "comment")):
            made.append(comment_sql(kind, name, comment))
        made += [comment_sql(key[0], key[1], words) for key, words in of_it.items() if key[2] == "comment"]
        return tuple(made)


def _as_declared(view: View) -> tuple[str, ...]:
    kind = "MATERIALIZED VIEW" if view.materialized else "VIEW"
    made: list[ExecutableDDLElement] = [CreateView(view)]
    if view.materialized:
        made.append(CreateViewKey(view))
    made.append(CommentOn(kind, (view.name,), view.comment))
    made += [CommentOn("COLUMN", (view.name, column), words) for column, words in view.column_comments.items()]
    return tuple(str(each.compile(dialect=_DIALECT)) for each in made)


def _drop_sql(name: str, materialized: bool) -> str:
    return f"DROP {'MATERIALIZED VIEW' if materialized else 'VIEW'} {quoted(name)}"


def _listed(each: Difference | None) -> tuple[str, str, str, bool] | tuple[()]:
    if each is None:
        return ()
    verb = "add" if each.found is None else "remove" if each.declared is None else "change"
    return (f"{verb}_view", each.name, "", False)


def comment_sql(kind: str, name: str, comment: str | None) -> str:
    """Return the COMMENT ON of a thing by kind and name ("table.name" for what belongs to a table); None: no more."""
    table, _, own = name.partition(".")
    words = "NULL" if comment is None else text_literal(comment)
    if kind in _ON_TABLE:
        return f"COMMENT ON {_ON_TABLE[kind]} {quoted(own)} ON {quoted(table)} IS {words}"
    if kind == "column":
        return f"COMMENT ON COLUMN {quoted(table)}.{quoted(own)} IS {words}"
    if kind == "index":
        return f"COMMENT ON INDEX {quoted(own)} IS {words}"
    return f"COMMENT ON {_KINDS.get(kind, kind.upper())} {quoted(name)} IS {words}"


def quoted(name: str) -> str:
    """Quote a name where it needs that."""
    return str(_DIALECT.identifier_preparer.quote(name))


def text_literal(value: str) -> str:
    """Write a text as an SQL literal."""
    return str(literal(value, Text()).compile(dialect=_DIALECT, compile_kwargs={"literal_binds": True}))
