"""A driver's connection, whichever driver: rows of a query, and the server settings that a run wants."""

from __future__ import annotations

from typing import Any

# Without it, the server goes on with a statement although whoever sent it was killed. Only on Linux does every version
# that has the setting take it. No "%" in the text: some drivers would take it for a parameter's place.
_NOTICE = """
    SELECT pg_catalog.set_config(name, '2s', false) FROM pg_catalog.pg_settings
     WHERE name = 'client_connection_check_interval' AND setting = '0'
       AND pg_catalog.strpos(pg_catalog.version(), 'linux') > 0
"""


def rows_of(raw: Any, statement: str) -> Any:
    """Return a query's rows."""
    cursor = raw.cursor()
    try:
        cursor.execute(statement)
        return cursor.fetchall()
    finally:
        cursor.close()


def apply_settings(raw: Any, settings: dict[str, str], *, local: bool) -> None:
    """Set server settings by their names, one statement each: drivers disagree about arrays."""
    holes = ("$1", "$2", "$3") if _is_numbered(raw) else ("%s", "%s", "%s")
    statement = "SELECT pg_catalog.set_config({}, {}, {})".format(*holes)
    for name, value in settings.items():
        cursor = raw.cursor()
        cursor.execute(statement, (name, value, local))
        cursor.close()


def notice_absence(raw: Any) -> None:
    """Have the server end a statement soon after its client is gone (PostgreSQL 14 and later)."""
    rows_of(raw, _NOTICE)


def _is_numbered(raw: Any) -> bool:
    return getattr(getattr(raw, "dbapi", None), "paramstyle", "") == "numeric_dollar"
