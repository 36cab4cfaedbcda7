"""PostgreSQL types as the grid, the editors and the filters see them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class TypeKind(Enum):
    """The family of a type: it chooses alignment, operators and editor."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    TIMESTAMP = "timestamp"
    INTERVAL = "interval"
    UUID = "uuid"
    JSON = "json"
    ENUM = "enum"
    ARRAY = "array"
    RANGE = "range"
    BINARY = "binary"
    NETWORK = "network"
    SEARCH = "search"  # tsvector, tsquery
    VECTOR = "vector"
    COMPOSITE = "composite"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PgType:
    """A column's type.

    `sql` is PostgreSQL's own, fully qualified and quoted spelling (`format_type` under an empty search path), without
    the modifier: `character varying`, `public."UserRole"`. It is what a CAST names: an explicit cast to
    `character varying(20)` would silently cut what the assignment to the column refuses (manual, section 8.3).
    `display` is for people: with the modifier, without the schema. `name` is pg_type.typname (`varchar`, `UserRole`,
    `_text` for arrays). For a domain, kind and labels are those of its base type. `labels` are an enum's labels in
    order (for an array of enum: the element's).
    `element` is the element's type for arrays, the subtype for ranges. `precision`, `scale` are numeric's, or the
    fractional digits of times; `length` is that of char(n), varchar(n), bit(n). An array has
    those of its elements as its column limits them.
    `has_equality` is False for json, xml, point and friends, which `=` does not compare.
    `has_order` is False for what has an equality but no `<` (xid). `base_sql` is a domain's base type, spelled as `sql`
    is: what values are compared as, because stored ones may break a constraint that is NOT VALID. `operators_in` is the
    schema of the type's operators where the session's search path does not reach it.
    `is_wide` tells that values may be long (text, json, bytea, arrays), so that cells are cut when read.
    `limited_sql` is `sql` with the modifier of the column (`numeric(6,2)`), empty where it is not known. `fields` are a
    composite type's, name and type; `delimiter` is what stands between the elements of an array's text.
    """

    oid: int
    name: str
    sql: str
    display: str
    kind: TypeKind
    labels: tuple[str, ...] = ()
    element: PgType | None = None
    domain_of: str = ""
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    has_equality: bool = True
    is_wide: bool = False
    has_time_zone: bool = False
    has_order: bool = True
    base_sql: str = ""
    operators_in: str = ""
    limited_sql: str = ""
    fields: tuple[tuple[str, PgType], ...] = ()
    delimiter: str = ","

    @property
    def compared_sql(self) -> str:
        """What a CAST of a value that is only compared names."""
        return self.base_sql or self.sql
