"""Queries and filters as text and back: open tables and named filters are kept so, and the command line reads them.

A filter is a JSON object: {"column": "role", "operator": "in", "values": ["COACH", null]}, {"all": [filters]},
{"any": [filters]}, {"not": filter}, or {"sql": "an expression as after WHERE"}.
"""

from __future__ import annotations

import json
from typing import Any

from nexus_studio.core.data.filters import AllOf, AnyOf, Condition, Filter, Not, Raw
from nexus_studio.core.data.rowquery import RowQuery, Sort
from nexus_studio.core.names import RelationName

_WRONG = (KeyError, TypeError, AttributeError, RecursionError)


def query_to_text(query: RowQuery, *, with_search: bool = False) -> str:
    """Write a query as one line of JSON; its quick search only when asked for: it was meant for that moment."""
    document = {
        "schema": query.relation.schema,
        "name": query.relation.name,
        "filter": _filter_document(query.filter),
        "sort": [[sort.column, sort.descending, sort.nulls_first] for sort in query.sort],
    }
    if with_search and query.search:
        document["search"] = query.search
    return json.dumps(document, ensure_ascii=False)


def query_from_text(text: str) -> RowQuery:
    """Read what `query_to_text` wrote, today or before.

    Raises:
        ValueError: when the text is anything else.
    """
    try:
        document = json.loads(text)
        relation = RelationName(str(document["schema"]), str(document["name"]))
        sort = tuple(Sort(str(column), bool(down), nulls) for column, down, nulls in document["sort"])
        return RowQuery(relation, _filter(document["filter"]), str(document.get("search", "")), sort)
    except _WRONG as error:
        raise ValueError(text) from error


def filter_to_text(condition: Filter) -> str:
    """Write a filter alone as one line of JSON."""
    return json.dumps(_filter_document(condition), ensure_ascii=False)


def filter_from_text(text: str) -> Filter:
    """Read a filter alone, as `filter_to_text` writes it or as people do: a number stands for its text.

    Raises:
        ValueError: when the text is anything else.
    """
    try:
        return _filter(json.loads(text, parse_float=str, parse_int=str))
    except _WRONG as error:
        raise ValueError(text) from error


def _filter_document(condition: Filter) -> dict[str, Any]:
    match condition:
        case Condition(column, operator, values):
            return {"column": column, "operator": operator, "values": list(values)}
        case AllOf(parts):
            return {"all": [_filter_document(part) for part in parts]}
        case AnyOf(parts):
            return {"any": [_filter_document(part) for part in parts]}
        case Not(part):
            return {"not": _filter_document(part)}
        case Raw(text):
            return {"sql": text}


def _filter(document: dict[str, Any]) -> Filter:
    if "all" in document:
        return AllOf(tuple(_filter(part) for part in _list(document["all"])))
    if "any" in document:
        return AnyOf(tuple(_filter(part) for part in _list(document["any"])))
    if "not" in document:
        return Not(_filter(document["not"]))
    if "sql" in document:
        return Raw(_text(document["sql"]))
    values = tuple(None if value is None else _text(value) for value in _list(document.get("values", [])))
    return Condition(_text(document["column"]), _text(document["operator"]), values)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(type(value))
    return value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        raise TypeError(type(value))
    return value
