"""Plans the SQL that brings a database back to a point of a half-done revision, from facts alone. Nothing is run.

Statements are undone from the last to the first; of each, what it made is dropped before what it dropped is made again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from psycopg import sql

from nexus_studio.core.admin.evidence import FactKey, Facts
from nexus_studio.core.admin.presence import Replay, Replayed
from nexus_studio.core.admin.statementkinds import first_word
from nexus_studio.core.admin.waysout import CleanUp, named
from nexus_studio.services.migrations.cleanup_sql import altering, dropping, making

# What has to go first among what one statement made; what is not named goes between "statistics" and "column".
_WORD = re.compile(r"\w+")
_FIRST = _WORD.findall(
    "owner grant comment default_privilege publication_table trigger_state trigger rule policy materialized_view view "
    "populated index statistics"
)
_LAST = _WORD.findall(
    "column sequence_owner sequence table aggregate function procedure enum_value attribute type publication server "
    "foreign_data_wrapper extension schema"
)

_RELATIONS = frozenset({"table", "view", "materialized_view", "sequence"})
_OF_COLUMNS = frozenset({"default", "not_null", "identity", "generated", "storage", "column_options"})
_OF_TYPES = frozenset({"enum_value", "default", "not_null", "domain_constraint", "attribute"})
_OF_RELATIONS = _OF_COLUMNS.union(
    _WORD.findall(
        "column constraint index trigger trigger_state rule policy statistics publication_table persistence "
        "row_security forced_row_security options replica_identity partition inherits populated sequence_owner"
    )
)
_GRANTED_ON_RELATIONS = frozenset({"table", "column", "sequence"})
_FOR_ALL = ("PUBLIC", "EXECUTE")
_REMADE_WITH_VIEWS = frozenset({"index", "trigger", "rule", "options", "statistics", "comment", "grant"})

# The relation whose rows a statement writes, where its text says it.
_WRITES = re.compile(
    r"\s*(?:insert\s+into|update(?:\s+only)?|delete\s+from(?:\s+only)?|truncate(?:\s+table)?(?:\s+only)?|copy|"
    r"refresh\s+materialized\s+view(?:\s+concurrently)?)\s+"
    r"((?:\"(?:[^\"]|\"\")+\"|\w+)(?:\s*\.\s*(?:\"(?:[^\"]|\"\")+\"|\w+))?)",
    re.IGNORECASE,
)
# What may write rows beside what it changes in the catalog.
_WRITING = frozenset(
    ["insert", "update", "delete", "merge", "truncate", "copy", "refresh", "do", "call", "select", "with", "execute"]
)


def undo(
    replay: Replay,
    found: Facts,
    keep: int,
    *,
    filled: frozenset[tuple[str, ...]] = frozenset(),
    strangers: frozenset[FactKey] = frozenset(),
) -> CleanUp:
    """Say what would bring the database back to where the first `keep` statements had been run.

    Args:
        replay: What each statement changes.
        found: The database's facts.
        keep: How many statements stay as they are.
        filled: Tables (schema, name) that have rows.
        strangers: What is there and is not the revision's; it is neither dropped nor altered.
    """
    return _Undoing(replay, found, keep, strangers).plan(filled)


class _Undoing:
    def __init__(self, replay: Replay, found: Facts, keep: int, strangers: frozenset[FactKey]) -> None:
        self.scope = [each for each in replay.statements if each.statement.number > keep]
        self.found = found
        self.wanted: dict[FactKey, str | None] = {}
        for each in self.scope:
            for key, (before, _after) in each.changes.items():
                self.wanted.setdefault(key, before)
        self.outcome: dict[FactKey, str] = dict(found)
        for key, value in self.wanted.items():
            self.outcome.pop(key, None)
            if value is not None:
                self.outcome[key] = value
        self.gone = self._that_go()
        self.sql: list[sql.Composable] = []
        self.obstacles: list[str] = []
        self.strangers = strangers
        self.kept: list[str] = []
        self.made: set[FactKey] = set()

    def plan(self, filled: frozenset[tuple[str, ...]]) -> CleanUp:
        first, last = self._turns()
        for each in reversed(self.scope):
            number = each.statement.number
            for key in _sorted(key for key in each.changes if last[key] == number):
                self._take_away(key)
            for key in reversed(_sorted(key for key in each.changes if first[key] == number)):
                self._make_again(key)
        tables = {key.name for key, value in self.wanted.items() if key.kind == "table" and value is None}
        return CleanUp(
            sql=tuple(text for each in self.sql if (text := each.as_string(None))),
            obstacles=tuple(dict.fromkeys(self.obstacles)),
            strangers=tuple(dict.fromkeys(self.kept)),
            lost=tuple(named(FactKey("table", name)) for name in sorted(tables & filled)),
            kept_rows=tuple(each.statement.number for each in self.scope if self._keeps_rows(each, tables)),
        )

    def _turns(self) -> tuple[Mapping[FactKey, int], Mapping[FactKey, int]]:
        """Return the first and the last statement that changes each fact."""
        first: dict[FactKey, int] = {}
        last: dict[FactKey, int] = {}
        for each in self.scope:
            for key in each.changes:
                first.setdefault(key, each.statement.number)
                last[key] = each.statement.number
        return first, last

    def _that_go(self) -> frozenset[FactKey]:
        """Return the things that are dropped for good, with all that belongs to them."""
        return frozenset(key for key, value in self.wanted.items() if value is None and key in self.found)

    def _take_away(self, key: FactKey) -> None:
        found, wanted = self.found.get(key), self.wanted[key]
        if found is None or found == wanted or key.kind == "owner" or self._goes_with_another(key):
            return
        if key in self.strangers:
            self.kept.append(named(key))
            return
        if wanted is not None:
            if self._is_altered(key, found, wanted):
                return
            if making(key, wanted, self.outcome) is None:
                self.obstacles.append(named(key))
                return
        statement = dropping(key, found, self.found)
        if statement is None:
            self.obstacles.append(named(key))
        else:
            self.sql.append(statement)

    def _is_altered(self, key: FactKey, found: str, wanted: str) -> bool:
        if key.kind in {"function", "procedure"} and _returned(found) != _returned(wanted):
            return False  # CREATE OR REPLACE refuses another result type
        statement = altering(key, wanted, self.outcome)
        if statement is None:
            return False
        self.sql.append(statement)
        self.made.add(key)
        return True

    def _make_again(self, key: FactKey) -> None:
        wanted = self.wanted[key]
        if wanted is None or wanted == self.found.get(key) or key in self.made or self._comes_with_another(key):
            return
        if key.kind == "owner" and (key not in self.found or self.found[key] not in self._made_to_be(key)):
            return  # an owner that is the database's own affair
        statement = (altering if key.kind == "owner" else making)(key, wanted, self.outcome)
        self._add(key, statement)
        if statement is not None and key.kind in {"view", "materialized_view", "function", "procedure"}:
            self._restore_what_belongs_to(key)

    def _made_to_be(self, key: FactKey) -> set[str | None]:
        return {each.changes[key][1] for each in self.scope if key in each.changes}

    def _restore_what_belongs_to(self, relation: FactKey) -> None:
        """Make again what went with a view or a function that is made anew: its indexes, comments, privileges."""
        for key in reversed(_sorted(self.outcome)):
            belongs = key.kind in _REMADE_WITH_VIEWS and key.name[:2] == relation.name[:2] and key not in self.made
            belongs = belongs and key.name[4:] != _FOR_ALL
            if belongs and (relation.kind in _RELATIONS or key.name[2:4] == ("function", relation.name[2])):
                self._add(key, making(key, self.outcome[key], self.outcome))
        if relation.kind not in _RELATIONS:
            for_all = FactKey("grant", (*relation.name[:2], "function", relation.name[2], *_FOR_ALL))
            if for_all not in self.outcome:  # which a function has from the beginning
                self._add(for_all, dropping(for_all, "", self.outcome))

    def _add(self, key: FactKey, statement: sql.Composable | None) -> None:
        if statement is None:
            self.obstacles.append(named(key))
        else:
            self.sql.append(statement)
            self.made.add(key)

    def _goes_with_another(self, key: FactKey) -> bool:
        """Tell whether dropping something else takes this away too."""
        relation = key.name[:2]
        for kind in _RELATIONS:
            if kind != key.kind and FactKey(kind, relation) in self.gone and _belongs_to_relation(key):
                return True
        if key.kind in _OF_COLUMNS and FactKey("column", key.name) in self.gone:
            return True
        if key.kind == "comment" and FactKey("column", (*relation, key.name[3])) in self.gone:
            return True
        if FactKey("type", relation) in self.gone and (key.kind in _OF_TYPES or _is_granted(key, {"type"})):
            return True
        if key.kind in {"sequence", "sequence_owner"} and self._owner_goes(relation):
            return True
        if _is_granted(key, {"function"}):
            routine = (*relation, key.name[3])
            return any(FactKey(kind, routine) in self.gone for kind in ("function", "procedure", "aggregate"))
        return _is_granted(key, {"schema"}) and FactKey("schema", key.name[:1]) in self.gone

    def _owner_goes(self, sequence: tuple[str, ...]) -> bool:
        owners = [key.name[2:] for key in self.found if key.kind == "sequence_owner" and key.name[:2] == sequence]
        return any(FactKey("table", name[:2]) in self.gone or FactKey("column", name) in self.gone for name in owners)

    def _comes_with_another(self, key: FactKey) -> bool:
        """Tell whether making something else again makes this too, or says already that it can't be made."""
        relation = key.name[:2]
        if key.kind not in _RELATIONS and self._is_back(FactKey("table", relation)) and _belongs_to_relation(key):
            return True
        if key.kind in _OF_COLUMNS and self._is_back(FactKey("column", key.name)):
            return True
        if key.kind == "grant" and key.name[2] == "function" and key.name[4:] == _FOR_ALL:
            routine = (*relation, key.name[3])
            return any(self._is_back(FactKey(kind, routine)) for kind in ("function", "procedure"))
        if key.kind == "populated" and self._is_back(FactKey("materialized_view", relation)):
            return True
        return key.kind == "enum_value" and self._is_back(FactKey("type", relation))

    def _is_back(self, key: FactKey) -> bool:
        return self.wanted.get(key) is not None and key not in self.found

    def _keeps_rows(self, each: Replayed, tables: set[tuple[str, ...]]) -> bool:
        """Tell whether rows that a statement may have written would stay: not if their table goes."""
        if each.changes_nothing or first_word(each.statement.sql) not in _WRITING:
            return False
        written = _WRITES.match(each.statement.sql)
        if written is None:
            return True
        parts = tuple(part.strip() for part in _parts(written.group(1)))
        return not any(name[-len(parts) :] == parts for name in tables)


def _parts(name: str) -> Iterable[str]:
    for quoted, plain in re.findall(r'"((?:[^"]|"")+)"|(\w+)', name):
        yield quoted.replace('""', '"') if quoted else plain.lower()


def _sorted(keys: Iterable[FactKey]) -> list[FactKey]:
    """Put what depends on others before them."""

    def rank(key: FactKey) -> tuple[int, FactKey]:
        if key.kind in _FIRST:
            return _FIRST.index(key.kind), key
        if key.kind in _LAST:
            return len(_FIRST) + 1 + _LAST.index(key.kind), key
        # a foreign key hangs on the other table's key
        return len(_FIRST), key

    return sorted(keys, key=rank)


def _belongs_to_relation(key: FactKey) -> bool:
    if key.kind == "comment":
        return key.name[1] != ""
    return key.kind in _OF_RELATIONS or _is_granted(key, _GRANTED_ON_RELATIONS)


def _is_granted(key: FactKey, on: Iterable[str]) -> bool:
    return key.kind == "grant" and key.name[2] in on


def _returned(definition: str) -> str:
    return next((line.strip() for line in definition.splitlines() if line.startswith(" RETURNS")), "")
