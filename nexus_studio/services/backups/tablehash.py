"""SQL that counts a table and sums a hash of each row: the same for the same rows, whatever holds them.

It depends on nothing but names and values of the columns: not on the order of rows, on dropped columns, on the order in
which columns were added, on the server's version or settings (`SETTINGS` are put in force first). Generated columns
are left out: a dump does not hold them.

Whole numbers, moments and UUIDs are hashed as they are, everything else by its text, with the functions that partition
tables by hash: what they return is on disks everywhere and does not change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from psycopg import sql

SETTINGS: Final[Mapping[str, str]] = {
    "client_encoding": "UTF8",  # the driver takes JSON for that, whatever the connection's
    "search_path": "",  # names of objects, such as a regclass, are written with their schema
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "timezone": "UTC",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "lc_monetary": "C",
    "quote_all_identifiers": "off",
    "row_security": "off",  # all rows, or an error
    "jit": "off",  # compiling one statement for each table takes longer than it saves
    "statement_timeout": "0",
}

HASHED_AS_THEY_ARE: Final = frozenset({"int", "bool", "uuid", "timestamp", "timestamptz"})

_LONGEST_CHAIN: Final = 32
"""Columns whose hashes are chained; a chain of a thousand would be deeper than the server's stack."""

# By `pg_encoding_to_char`: of one byte each, so that any bytes are a text in them.
_SINGLE_BYTE: Final = ("LATIN", "WIN", "ISO_8859_", "KOI8")
_AS_IS: Final = frozenset({"UTF8", "SQL_ASCII"})

Wrap = Callable[[sql.Composed], sql.Composed]


def can_hash(encoding: str) -> bool:
    """Tell whether the text of a database of that encoding can be hashed as UTF-8."""
    return encoding in _AS_IS or encoding.startswith(_SINGLE_BYTE)


_SELECT: Final = sql.SQL("SELECT ")
_AS_ROWS: Final = sql.SQL(" AS n, count(*) AS rows, ")
_SUM: Final = sql.SQL("sum(")
_END: Final = sql.SQL(")")
_AS_HASH: Final = sql.SQL(" AS hash FROM ONLY ")


def counted(
    number: int,
    table: tuple[str, str],
    columns: Sequence[tuple[str, str]] | None,
    *,
    encoding: str = "UTF8",
    blocks: tuple[int, int] | None = None,
) -> sql.Composed:
    """Return a SELECT of one row: `number`, how many rows a table has, the sum of their hashes (NULL for none).

    Args:
        number: To know it by, among others.
        table: Its schema and name.
        columns: Names and kinds (one of `HASHED_AS_THEY_ARE`, else its text), sorted by name; None: rows only.
        encoding: Of the database.
        blocks: Only the rows that lie in these blocks of 8 KB, from the first and before the second.
    """
    wrap = _plain if encoding in _AS_IS else _as_utf8
    hashed = sql.SQL("NULL::numeric") if columns is None else sql.Composed([_SUM, _row_hash(columns, wrap), _END])
    found = sql.Composed(
        [_SELECT, sql.Literal(number), _AS_ROWS, hashed, _AS_HASH, sql.Identifier(*table), sql.SQL(" AS r")]
    )
    if blocks is None:
        return found
    first, end = (sql.Literal(f"({each},0)") for each in blocks)
    return found + sql.SQL(" WHERE r.ctid >= {}::tid AND r.ctid < {}::tid").format(first, end)


# The pages of large objects, without what a copy of them fills in: holes are zeros, and a page may be cut before some.
LARGE_OBJECTS: Final = """
    SELECT pg_catalog.sum(pg_catalog.hashtextextended(
               pg_catalog.rtrim(pg_catalog.encode(data, 'hex'), '0') COLLATE "C",
               pg_catalog.hashint8extended(pageno, pg_catalog.hashint8extended(CAST(loid AS bigint), 0))))
      FROM pg_catalog.pg_largeobject
     WHERE pg_catalog.btrim(data, '\\000') <> ''
"""


def _row_hash(columns: Sequence[tuple[str, str]], wrap: Wrap) -> sql.Composable:
    chains = [
        _chain(columns[begin : begin + _LONGEST_CHAIN], wrap, seed=begin)
        for begin in range(0, len(columns), _LONGEST_CHAIN)
    ]
    if not chains:
        return sql.SQL("0::bigint")
    found = chains[0]
    for each in chains[1:]:
        found = sql.SQL("pg_catalog.hashint8extended({}, {})").format(each, found)
    return found


def _chain(columns: Sequence[tuple[str, str]], wrap: Wrap, seed: int) -> sql.Composable:
    """Hash columns one after the other, each with what came of the one before; a NULL is told from any value."""
    around = [_around(name, kind, wrap) for name, kind in columns]
    begins = (begin for begin, _ in reversed(around))
    return sql.Composed([*begins, sql.Literal(seed), sql.SQL("::bigint"), *(end for _, end in around)])


@lru_cache(maxsize=10_000)
def _around(name: str, kind: str, wrap: Wrap) -> tuple[sql.Composable, sql.Composable]:
    """Return what stands before and after the hash of the columns before this one."""
    column = sql.Identifier("r", name)
    function, value = _HASHES.get(kind, (_TEXT_HASH, "coalesce({}::text, '')"))
    given = sql.SQL(value).format(column)
    if kind not in HASHED_AS_THEY_ARE:
        given = wrap(given) + sql.SQL(' COLLATE "C"')
    begin = sql.SQL("pg_catalog.{}({}, ").format(sql.SQL(function), given)
    # IS NULL would also be true of a composite value that holds nothing but NULLs
    return begin, sql.SQL(" # ({} IS NOT DISTINCT FROM NULL)::integer::bigint)").format(column)


_TEXT_HASH: Final = "hashtextextended"
_HASHES: Final[Mapping[str, tuple[str, str]]] = {
    "int": ("hashint8extended", "coalesce({}::bigint, 0)"),
    "bool": ("hashint8extended", "coalesce({}::integer::bigint, 0)"),
    "uuid": ("uuid_hash_extended", "coalesce({}, '00000000-0000-0000-0000-000000000000'::uuid)"),
    "timestamp": ("timestamp_hash_extended", "coalesce({}, '-infinity'::timestamp)"),
    "timestamptz": (
        "timestamp_hash_extended",
        "coalesce(pg_catalog.timezone('UTC', {}), '-infinity'::timestamp)",
    ),
}


def _plain(given: sql.Composed) -> sql.Composed:
    return given


def _as_utf8(given: sql.Composed) -> sql.Composed:
    """Write the text of a single-byte encoding so that its bytes are those of its UTF-8."""
    return sql.SQL("pg_catalog.convert_from(pg_catalog.convert_to({}, 'UTF8'), 'SQL_ASCII')").format(given)
