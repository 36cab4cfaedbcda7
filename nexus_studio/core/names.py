"""Names of relations and their quoting; the lowest brick of the house, beside errors."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PLAIN = re.compile(r"[a-z_][a-z0-9_$]*\Z")


@dataclass(frozen=True, slots=True, order=True)
class RelationName:
    """A table, view or other relation: `schema` and `name` exactly as in pg_class, unquoted."""

    schema: str
    name: str

    def __str__(self) -> str:
        """Show the name for people: quoted only where PostgreSQL would need it, `public.` left out."""
        name = shown(self.name)
        return name if self.schema == "public" else f"{shown(self.schema)}.{name}"


def shown(identifier: str) -> str:
    """Write an identifier as a person would type it in psql. For the screen only, never for building SQL."""
    return identifier if _PLAIN.match(identifier) else '"' + identifier.replace('"', '""') + '"'


def parse_relation_name(text: str, default_schema: str = "public") -> RelationName:
    """Read `table`, `schema.table` or quoted forms as typed by a person.

    Raises:
        ValueError: when the text isn't one or two identifiers.
    """
    parts: list[str] = []
    rest = text.strip()
    while rest:
        if rest.startswith('"'):
            match = re.match(r'"((?:[^"]|"")+)"', rest)
            if match is None:
                raise ValueError(text)
            parts.append(match.group(1).replace('""', '"'))
        else:
            match = re.match(r"[^.\"]+", rest)
            if match is None:
                raise ValueError(text)
            parts.append(match.group(0))
        rest = rest[match.end() :]
        if rest.startswith(".") and len(rest) > 1:
            rest = rest[1:]
        elif rest:
            raise ValueError(text)
    if not 1 <= len(parts) <= 2:  # noqa: PLR2004 - name, or schema and name
        raise ValueError(text)
    return RelationName(parts[0], parts[1]) if len(parts) > 1 else RelationName(default_schema, parts[0])
