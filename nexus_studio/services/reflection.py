"""CatalogReader: what a database contains - the tree in one query, one relation's details in a handful of bulk ones."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping

from nexus_studio.core.errors import UnknownRelation
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import (
    Catalog,
    Column,
    Editing,
    ForeignKey,
    Generated,
    Index,
    Relation,
    RelationKind,
    RelationSummary,
)
from nexus_studio.core.schema.overlay import ModelOverlay
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services import catalog_sql
from nexus_studio.services.masking import mask_columns
from nexus_studio.services.session import Session
from nexus_studio.services.typereading import TypeShelf

_ACTIONS: Final = {"a": "no action", "r": "restrict", "c": "cascade", "n": "set null", "d": "set default"}
_KINDS: Final = {kind.value: kind for kind in RelationKind}
_GENERATED: Final = {generated.value: generated for generated in Generated}
_COUNTED: Final = frozenset({"r", "m", "f"})  # the kinds that store rows of their own and are counted by ANALYZE
_UNKNOWN_SINCE: Final = 140000  # from 14 on, "never counted" is -1; before, an unvacuumed table says 0 rows in 0 pages


class CatalogReader:
    """Reads the catalog through a session. Any thread; relations are remembered until `forget`.

    With an `overlay` of a connection that masks, the columns it calls sensitive are marked so (`Column.masked`).
    """

    def __init__(self, session: Session, overlay: ModelOverlay | None = None) -> None:
        self._session = session
        self._overlay = overlay if overlay is not None and overlay.masking else None
        self._lock = threading.Lock()
        self._known: dict[RelationName, Relation] = {}
        self._age = 0

    def anew(self) -> CatalogReader:
        """Return a reader of the same that knows nothing yet."""
        return CatalogReader(self._session, self._overlay)

    def tree(self, ctx: TaskContext) -> Catalog:
        """Read the summaries of all relations of all user schemas, in the order of schema and name. One query."""
        with self._session.read(ctx) as connection:
            cursor = connection.execute(catalog_sql.TREE).cursor
            lines = cursor.fetchall() if cursor is not None else []  # plain tuples: no Row is made of a thousand lines
        rows = sorted(lines)  # schema and name come first, and no two are the same
        exact = self._session.server.version_num >= _UNKNOWN_SINCE
        summaries = _summaries(rows, trust_zero=exact)
        return Catalog(_with_partitions_counted(summaries), read_at=datetime.now(UTC))

    def relation(self, name: RelationName, ctx: TaskContext) -> Relation:
        """Return everything about one relation; seven small queries the first time, none after that.

        Raises:
            UnknownRelation: when it is not there (any more).
        """
        found = self.relations((name,), ctx)
        try:
            return found[name]
        except KeyError:
            raise UnknownRelation(relation=str(name)) from None

    def relations(self, names: Iterable[RelationName], ctx: TaskContext) -> dict[RelationName, Relation]:
        """Return those of the relations that exist, in the order asked for; seven queries for all not known yet."""
        wanted = tuple(dict.fromkeys(names))
        with self._lock:
            known = {name: self._known[name] for name in wanted if name in self._known}
            age = self._age
        missing = [name for name in wanted if name not in known]
        if missing:
            with self._session.read(ctx) as connection:
                trusted = self._session.server.version_num >= _UNKNOWN_SINCE
                read = _read(connection, missing, self._overlay, trust_zero=trusted)
            with self._lock:
                if age == self._age:  # what was read before a `forget` may be what was to be forgotten
                    self._known.update(read)
            known.update(read)
        return {name: known[name] for name in wanted if name in known}

    def forget(self, names: Iterable[RelationName] | None = None) -> None:
        """Read these relations (all, without argument) anew when they are asked for next."""
        with self._lock:
            self._age += 1
            for name in tuple(self._known) if names is None else names:
                self._known.pop(name, None)


def _summaries(rows: Iterable[tuple[Any, ...]], *, trust_zero: bool) -> dict[RelationName, RelationSummary]:
    """Build the tree's lines. A thousand must cost little beside the query: no work per row that isn't needed."""
    found: dict[RelationName, RelationSummary] = {}
    for schema, name, kind_code, tuples, pages, comment, parent_schema, parent_name, may_select in rows:
        relation = RelationName(schema, name)
        is_known = kind_code in _COUNTED and tuples >= 0 and (trust_zero or tuples or pages)
        found[relation] = RelationSummary(
            relation,
            _KINDS[kind_code],
            int(tuples) if is_known else None,
            comment or "",
            None if parent_name is None else RelationName(parent_schema, parent_name),
            may_select,
        )
    return found


def _estimate(kind_code: str, tuples: float, pages: int, *, trust_zero: bool) -> int | None:
    """Return reltuples where it means something; the same as `_summaries` says in its loop."""
    is_known = kind_code in _COUNTED and tuples >= 0 and (trust_zero or tuples or pages)
    return int(tuples) if is_known else None


def _with_partitions_counted(summaries: dict[RelationName, RelationSummary]) -> dict[RelationName, RelationSummary]:
    """Give each partitioned table the sum of its partitions' estimates, whatever the depth; None if none is known."""
    sums: dict[RelationName, int] = {}
    for summary in summaries.values():
        if summary.rows is None:
            continue
        parent = summary.parent
        while parent is not None and parent in summaries:
            sums[parent] = sums.get(parent, 0) + summary.rows
            parent = summaries[parent].parent
    for name, rows in sums.items():
        summaries[name] = summaries[name]._replace(rows=rows)
    return summaries


@dataclass(frozen=True, slots=True)
class _Parts:
    """What belongs to the relations of one answer, by oid. `keys` are columns fit to identify rows, best first."""

    columns: Mapping[int, list[Column]]
    outward: Mapping[int, list[ForeignKey]]
    inward: Mapping[int, list[ForeignKey]]
    indexes: Mapping[int, list[Index]]
    keys: Mapping[int, list[tuple[str, ...]]]


def _read(
    connection: Connection, names: Sequence[RelationName], overlay: ModelOverlay | None, *, trust_zero: bool
) -> dict[RelationName, Relation]:
    path = connection.execute(catalog_sql.SEARCH_PATH).scalar_one()
    connection.execute(catalog_sql.EMPTY_SEARCH_PATH)
    asked = {"schemas": [name.schema for name in names], "names": [name.name for name in names]}
    heads = connection.execute(catalog_sql.FOR_RELATIONS, asked).mappings().all()
    if not heads:
        return {}
    oids = [head["oid"] for head in heads]
    indexes, keys = _indexes(connection, oids)
    outward, inward = _foreign_keys(connection, oids)
    parts = _Parts(_columns(connection, oids, path), outward, inward, indexes, keys)
    if overlay is not None:
        mask_columns(connection, overlay, heads, parts.columns, outward)
    relations = (_relation(head, parts, trust_zero=trust_zero) for head in heads)
    found = {relation.name: relation for relation in relations}
    partitioned = [name for name, relation in found.items() if relation.kind is RelationKind.PARTITIONED]
    if partitioned:
        tree = _with_partitions_counted(_summaries(connection.execute(catalog_sql.TREE).all(), trust_zero=trust_zero))
        for name in partitioned:
            if name in tree:
                found[name] = replace(found[name], rows=tree[name].rows)
    return found


def _relation(head: RowMapping, parts: _Parts, *, trust_zero: bool) -> Relation:
    oid, kind = head["oid"], _KINDS[head["relkind"]]
    columns = tuple(parts.columns.get(oid, ()))
    indexes = tuple(parts.indexes.get(oid, ()))
    # The rows of a plain inheritance parent include its children's, over which no index of its own reaches.
    shares_rows = kind is RelationKind.TABLE and head["has_children"]
    masked = {column.name for column in columns if column.masked}
    # What is hidden tells no row from another here: its values would have to be known for that.
    keys = [] if shares_rows else [key for key in parts.keys.get(oid, []) if masked.isdisjoint(key)]
    primary = next((index.columns for index in indexes if index.primary), ())
    has_ctid = kind in {RelationKind.TABLE, RelationKind.MATERIALIZED_VIEW} and not shares_rows
    relation = Relation(
        name=RelationName(head["nspname"], head["relname"]),
        kind=kind,
        columns=columns,
        key=keys[0] if keys else (),
        primary_key=primary,
        foreign_keys=tuple(parts.outward.get(oid, ())),
        referenced_by=tuple(parts.inward.get(oid, ())),
        indexes=indexes,
        comment=head["description"] or "",
        rows=_estimate(head["relkind"], head["reltuples"], head["relpages"], trust_zero=trust_zero),
        may_insert=head["may_insert"],
        may_update=head["may_update"],
        may_delete=head["may_delete"],
        row_security=head["row_security"],
        fires_on_update=head["fires_on_update"],
        has_ctid=has_ctid,
    )
    return replace(relation, editing=_editing(relation))


def _editing(relation: Relation) -> Editing:
    """Judge whether rows can be changed.

    Views stay read-only, updatable or not: they have neither key nor ctid, and the catalog does not tell which columns
    of theirs are a base table's key. So do partitioned tables without a key, whose rows no ctid alone tells apart.
    """
    kind = relation.kind
    if kind is RelationKind.VIEW:
        return Editing.READ_ONLY_VIEW
    if kind is RelationKind.MATERIALIZED_VIEW:
        return Editing.READ_ONLY_MATERIALIZED
    if kind is RelationKind.FOREIGN:
        return Editing.READ_ONLY_FOREIGN
    if not relation.columns:
        return Editing.READ_ONLY_NO_COLUMNS
    readable = {column.name for column in relation.columns if column.may_select}
    if not (relation.may_insert or relation.may_update or relation.may_delete) or not readable:
        return Editing.READ_ONLY_PRIVILEGE
    if relation.key:
        return Editing.BY_KEY if set(relation.key) <= readable else Editing.READ_ONLY_PRIVILEGE
    return Editing.BY_ALL_CELLS if relation.has_ctid else Editing.READ_ONLY_NO_KEY


def _columns(connection: Connection, oids: Sequence[int], path: Sequence[str]) -> dict[int, list[Column]]:
    rows = connection.execute(catalog_sql.FOR_COLUMNS, {"oids": list(oids)}).mappings().all()
    types = {row["atttypid"] for row in rows}
    found_types = connection.execute(catalog_sql.FOR_TYPES, {"oids": list(types)}).mappings() if types else ()
    shelf = TypeShelf(found_types, path) if types else None
    found: dict[int, list[Column]] = defaultdict(list)
    for row in rows:
        if shelf is None:
            break
        generated = _GENERATED.get(row["generated"], Generated.NO)
        found[row["attrelid"]].append(
            Column(
                name=row["attname"],
                type=shelf.type_of(row["atttypid"], row["atttypmod"], row["spelled"]),
                position=row["attnum"],
                nullable=row["nullable"],
                default=row["expression"] or "",
                generated=generated,
                comment=row["description"] or "",
                may_update=row["may_update"],
                may_insert=row["may_insert"],
                may_select=row["may_select"],
                is_checked=row["is_checked"],
            )
        )
    return found


def _foreign_keys(
    connection: Connection, oids: Sequence[int]
) -> tuple[dict[int, list[ForeignKey]], dict[int, list[ForeignKey]]]:
    outward: dict[int, list[ForeignKey]] = defaultdict(list)
    inward: dict[int, list[ForeignKey]] = defaultdict(list)
    for row in connection.execute(catalog_sql.FOR_FOREIGN_KEYS, {"oids": list(oids)}).mappings():
        key = ForeignKey(
            name=row["conname"],
            table=RelationName(row["source_schema"], row["source_name"]),
            columns=tuple(row["source_columns"]),
            target=RelationName(row["target_schema"], row["target_name"]),
            target_columns=tuple(row["target_columns"]),
            on_delete=_ACTIONS.get(row["confdeltype"], "no action"),
            on_update=_ACTIONS.get(row["confupdtype"], "no action"),
            deferrable=row["condeferrable"],
        )
        if row["outward"]:
            outward[row["conrelid"]].append(key)
        if row["inward"]:
            inward[row["confrelid"]].append(key)
    return outward, inward


def _indexes(
    connection: Connection, oids: Sequence[int]
) -> tuple[dict[int, list[Index]], dict[int, list[tuple[str, ...]]]]:
    """Return the indexes and the columns fit to be a key, by relation; primary key first, then the shortest."""
    indexes: dict[int, list[Index]] = defaultdict(list)
    keys: dict[int, list[tuple[str, ...]]] = defaultdict(list)
    for row in connection.execute(catalog_sql.FOR_INDEXES, {"oids": list(oids)}).mappings():
        columns = tuple(row["columns"])
        indexes[row["indrelid"]].append(
            Index(
                name=row["relname"],
                columns=columns,
                descending=tuple(row["descending"]),
                unique=row["indisunique"],
                primary=row["indisprimary"],
                valid=row["indisvalid"],
                partial=row["partial"],
                method=row["amname"],
                exclusion=row["indisexclusion"],
                deferrable=row["deferrable"],
                nulls_alike=row["nulls_alike"],
            )
        )
        if row["indisprimary"] or row["keyworthy"]:
            keys[row["indrelid"]].append(columns)
    return indexes, keys
