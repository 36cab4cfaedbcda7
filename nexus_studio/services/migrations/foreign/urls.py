"""The URL that leads to the database asked for, in SQLAlchemy's form, and which drivers an interpreter has."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable

import sqlalchemy
from sqlalchemy.engine.url import URL

DRIVERS = ("psycopg", "psycopg2", "asyncpg", "pg8000")
SYNC_DRIVERS = ("psycopg", "psycopg2", "pg8000")
# What asyncpg calls otherwise than libpq does; all else that libpq knows, it does not.
_ASYNCPG_NAMES = {"sslmode": "ssl"}
_PLACES = {"host", "port", "user", "password", "dbname"}


class NoDriver(Exception):
    """No driver for PostgreSQL is installed in this interpreter."""


def usable_drivers(names: Iterable[str] = DRIVERS) -> list[str]:
    """Return those of the drivers that are installed here, in the order given."""
    return [name for name in names if _is_usable(name)]


def url_of(parameters: dict[str, str], driver: str) -> URL:
    """Return SQLAlchemy's URL of libpq's parameters."""
    rest = {name: value for name, value in parameters.items() if name not in _PLACES}
    host = parameters.get("host", "")
    if driver == "asyncpg":
        rest = {_ASYNCPG_NAMES[name]: value for name, value in rest.items() if name in _ASYNCPG_NAMES}
    if host.startswith("/") or "," in host:
        rest["host"] = host
        if "port" in parameters:
            rest["port"] = parameters["port"]
        host = ""
    port = parameters.get("port", "")
    return URL.create(
        f"postgresql+{driver}",
        username=parameters.get("user") or None,
        password=parameters.get("password"),
        host=host or None,
        port=int(port) if host and port.isdigit() else None,
        database=parameters.get("dbname") or None,
        query=rest,
    )


def _is_usable(driver: str) -> bool:
    if driver == "psycopg" and sqlalchemy.__version__.startswith("1."):
        return False
    return importlib.util.find_spec(driver) is not None
