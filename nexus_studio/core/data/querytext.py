"""A RowQuery as text and back: how open tables are remembered from one start to the next."""

from __future__ import annotations

import json
from typing import Any

from nexus_studio.core.data.filters import AllOf, AnyOf, Condition, Filter, Not, Raw
from nexus_studio.core.data.rowquery import RowQuery, Sort
from nexus_studio.core.names import RelationName


def query_to_text(query: RowQuery) -> str:
    """Write a query as one line of JSON. The quick search is left out: it was meant for that moment."""
    document = {
        "schema": query.relation.schema,
        "name": query.relation.name,
        "filter": _filter_document(query.filter),
        "sort": [[sort.column, sort.descending, sort.nulls_first] for sort in query.sort],
    }
    return json.dumps(document, ensure_ascii=False)


def query_from_text(text: str) -> RowQuery:
    """Read what `query_to_text` wrote.

    Raises:
        ValueError: when the text is anything else.
    """
    try:
        document = json.loads(text)
        relation = RelationName(str(document["schema"]), str(document["name"]))
        sort = tuple(Sort(str(column), bool(down), nulls) for column, down, nulls in document["sort"])
        return RowQuery(relation, _filter(document["filter"]), sort=sort)
    except (KeyError, TypeError, AttributeError) as error:
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
        return AllOf(tuple(_filter(part) for part in document["all"]))
    if "any" in document:
        return AnyOf(tuple(_filter(part) for part in document["any"]))
    if "not" in document:
        return Not(_filter(document["not"]))
    if "sql" in document:
        return Raw(str(document["sql"]))
    values = tuple(None if value is None else str(value) for value in document["values"])
    return Condition(str(document["column"]), str(document["operator"]), values)
