"""What the parts of the panel are given: the same as the flows of migrations; and a server that counts queries."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.gui.migrations.conftest import closing, context
from tests.support.counting_server import counting_server
from tests.support.fix_cluster import drop_database, make_conninfo_url

__all__ = ["closing", "context", "counting", "counting_url"]


@pytest.fixture(scope="module")
def counting(server_room: Path) -> Iterator[str]:
    """The URL of the maintenance database of a server with pg_stat_statements; skips where there is none."""
    room = server_room / f"gui-{uuid.uuid4().hex[:6]}"
    room.mkdir(mode=0o755)
    with counting_server(room, "shared_preload_libraries = 'pg_stat_statements'") as url:
        yield url


@pytest.fixture
def counting_url(counting: str) -> Iterator[str]:
    """The URL of a database of one's own there, with the extension and a table with rows that were asked for."""
    name = f"shop_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(counting, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        url = make_conninfo_url(counting, name)
        with psycopg.connect(url, autocommit=True) as inside:
            inside.execute(
                "CREATE EXTENSION pg_stat_statements;"
                "CREATE TABLE customers (id int PRIMARY KEY, email text, city int);"
                "INSERT INTO customers SELECT n, 'ann' || n || '@example.org', n % 50 FROM generate_series(1, 20000) n;"
                "CREATE TABLE orders (id int PRIMARY KEY, customer int, amount int);"
                "INSERT INTO orders SELECT n, n % 20000 + 1, n % 700 FROM generate_series(1, 40000) n;"
                "ANALYZE"
            )
            for number in range(4):
                inside.execute("SELECT * FROM customers WHERE email = 'ann7@example.org'")
                inside.execute(
                    "SELECT c.city, sum(o.amount) FROM orders o JOIN customers c ON c.id = o.customer"
                    " WHERE o.amount > %s GROUP BY c.city ORDER BY 2 DESC LIMIT 10",
                    (number,),
                )
            inside.execute("UPDATE customers SET city = 3 WHERE id = 9")
            inside.execute("SET search_path = public, 'hunter2'")
        try:
            yield url
        finally:
            drop_database(connection, name)
