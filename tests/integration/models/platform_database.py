"""What the tests of the platform's schema share: its configuration, engines, checksums."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic.config import Config
from sqlalchemy.engine import make_url

import models

ROOT = Path(__file__).parents[3]


def config_for(url: str | None = None) -> Config:
    """The project's own Alembic configuration, pointed at a database."""
    config = Config(toml_file=ROOT / "pyproject.toml")
    if url is not None:
        config.attributes["url"] = url
    return config


def engine_for(url: str) -> sa.Engine:
    return sa.create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=sa.NullPool)


def no_report(_step: str, _done: int, _total: int) -> None:
    """A report that nobody reads."""


def checksums(connection: sa.Connection) -> dict[str, str | None]:
    """A checksum of the rows of every table and view, by name; None: no rows."""
    tables: list[sa.TableClause] = [
        *models.metadata.tables.values(),
        *(sa.table(view.name) for view in models.VIEWS if view.materialized),
    ]
    sums = {}
    for table in tables:
        row = sa.cast(sa.literal_column(connection.dialect.identifier_preparer.quote(table.name)), sa.Text)
        rows = sa.select(row.label("row")).select_from(table).subquery()
        total = sa.func.md5(sa.func.string_agg(rows.c.row, sa.text('\'|\' ORDER BY "row" COLLATE "C"')))
        sums[table.name] = connection.scalar(sa.select(total))
    return sums
