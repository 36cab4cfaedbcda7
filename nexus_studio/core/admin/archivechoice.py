"""Some tables or schemas out of an archive: what goes with them, what they need, what can't be had without more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nexus_studio.core.admin.archives import ArchiveItem, Selection
from nexus_studio.core.names import RelationName

_SETTINGS: Final = frozenset({"ENCODING", "STDSTRINGS", "SEARCHPATH"})
_RELATIONS: Final = frozenset({"TABLE", "FOREIGN TABLE", "VIEW", "MATERIALIZED VIEW", "SEQUENCE"})
_ROWS: Final = "TABLE DATA"
# What may lead to another relation than the one it is a part of.
_LEADS_ON: Final = frozenset({"FK CONSTRAINT", "INDEX ATTACH", "POLICY", "RULE", "TRIGGER"})
_STANDS: Final = _RELATIONS | {"CONSTRAINT", "INDEX"}
_AROUND: Final = frozenset({"SCHEMA", "EXTENSION"})
# What is a part of something else, goes with it, and is nothing without it.
_PARTS: Final = frozenset(
    {
        "TABLE DATA",
        "MATERIALIZED VIEW DATA",
        "STATISTICS DATA",
        "SEQUENCE SET",
        "SEQUENCE OWNED BY",
        "DEFAULT",
        "CONSTRAINT",
        "FK CONSTRAINT",
        "CHECK CONSTRAINT",
        "INDEX",
        "STATISTICS",
        "TRIGGER",
        "RULE",
        "POLICY",
        "ROW SECURITY",
        "TABLE ATTACH",
        "INDEX ATTACH",
        "ACL",
        "COMMENT",
        "SECURITY LABEL",
    }
)
# What the whole database has, whatever its schema is said to be.
_WHOLE: Final = frozenset({"DATABASE", "DATABASE PROPERTIES", "EVENT TRIGGER", "PUBLICATION", "SUBSCRIPTION"})


@dataclass(frozen=True, slots=True)
class Choice:
    """What of an archive is restored. `ids` are dump ids, in the archive's order.

    `unknown` was chosen and is not in it. `needed` was not chosen, but what was chosen can't be without it (types,
    functions, sequences, schemas, parents). `left_out` are foreign keys, policies and rules that lead to what was not
    chosen, and a partition's place in what was not.
    """

    ids: tuple[int, ...]
    unknown: tuple[str, ...] = ()
    needed: tuple[ArchiveItem, ...] = ()
    left_out: tuple[ArchiveItem, ...] = ()


def choose(items: Sequence[ArchiveItem], selection: Selection) -> Choice:
    """Choose from a table of contents.

    Args:
        items: All of it, with what each depends on.
        selection: Not of all.
    """
    by_id = {each.dump_id: each for each in items}
    chosen = {each.dump_id for each in items if _is_chosen(each, selection)}
    wanted = chosen | {each.dump_id for each in items if each.kind in _SETTINGS}
    while True:
        before = len(wanted)
        wanted |= _needs(wanted, by_id)
        wanted |= {each.dump_id for each in items if _goes_along(each, wanted, chosen, by_id)}
        if len(wanted) == before:
            break
    apart = [each for each in items if each.dump_id not in wanted and each.kind in _PARTS]
    more = [each for each in items if each.dump_id in wanted - chosen and not _is_part(each, by_id)]
    return Choice(
        ids=tuple(each.dump_id for each in items if each.dump_id in wanted),
        unknown=_unknown(items, selection),
        needed=tuple(each for each in more if each.kind not in _SETTINGS),
        left_out=tuple(each for each in apart if any(one in chosen for one in each.depends)),
    )


def _is_chosen(item: ArchiveItem, selection: Selection) -> bool:
    if item.kind in _WHOLE:
        return False
    if item.kind == "SCHEMA":
        return item.name in selection.schemas
    if item.kind == _ROWS or item.kind not in _PARTS:
        is_relation = item.kind in _RELATIONS or item.kind == _ROWS
        return item.schema in selection.schemas or (
            is_relation and RelationName(item.schema, item.name) in selection.tables
        )
    return False


def _needs(wanted: Iterable[int], by_id: Mapping[int, ArchiveItem]) -> set[int]:
    """Return what is needed by what is wanted, and by that in turn."""
    found: set[int] = set()
    left = list(wanted)
    while left:
        for each in by_id[left.pop()].depends:
            if each in by_id and each not in found:
                found.add(each)
                left.append(each)
    return found


def _goes_along(item: ArchiveItem, wanted: set[int], chosen: set[int], by_id: Mapping[int, ArchiveItem]) -> bool:
    """Tell whether something is a part of what is wanted: a table's rows, index, default, and what it brings along.

    What leads to another relation (a foreign key, a policy, a rule) only goes along where that is wanted too; a
    partition goes along with what it is a part of.
    """
    if item.dump_id in wanted or not _is_part(item, by_id):
        return False
    depends = [by_id[each] for each in item.depends if each in by_id]
    if item.kind == "TABLE ATTACH":
        return any(each.dump_id in wanted and (each.schema, each.name) != (item.schema, item.name) for each in depends)
    if item.kind in _LEADS_ON:
        depends = [each for each in depends if each.kind in _STANDS]
        return bool(depends) and all(each.dump_id in wanted for each in depends)
    # of a schema that is only needed, nothing: it may be there already
    return any(each.dump_id in (wanted if each.kind not in _AROUND else chosen) for each in depends)


def _is_part(item: ArchiveItem, by_id: Mapping[int, ArchiveItem]) -> bool:
    """Tell whether something is a part of something else: also the sequence that a table's column counts by."""
    if item.kind == "SEQUENCE":
        return any(by_id[each].kind == "TABLE" for each in item.depends if each in by_id)
    return item.kind in _PARTS


def _unknown(items: Sequence[ArchiveItem], selection: Selection) -> tuple[str, ...]:
    relations = {RelationName(each.schema, each.name) for each in items if each.kind in _RELATIONS}
    schemas = {each.name for each in items if each.kind == "SCHEMA"} | {each.schema for each in items if each.schema}
    tables = tuple(str(each) for each in selection.tables if each not in relations)
    return (*tables, *(each for each in selection.schemas if each not in schemas))
