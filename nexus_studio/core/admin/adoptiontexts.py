"""The files of an Alembic project that takes a database over from Prisma, as texts. The models are not written here."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from difflib import unified_diff
from typing import Final

from nexus_studio.core.admin.prismascripts import cut

INI_TEXT: Final = """\
# The database is the one of DATABASE_URL, which is read in alembic/env.py.

[alembic]
script_location = %(here)s/alembic
prepend_sys_path = .
file_template = %%(year)d%%(month).2d%%(day).2d_%%(rev)s_%%(slug)s
"""

TEMPLATE_TEXT: Final = '''\
"""${message}

Revision: ${up_revision}
Revises: ${down_revision | comma,n}
Created: ${create_date}
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision: str = ${repr(up_revision)}
down_revision: str | Sequence[str] | None = ${repr(down_revision)}
branch_labels: str | Sequence[str] | None = ${repr(branch_labels)}
depends_on: str | Sequence[str] | None = ${repr(depends_on)}


def upgrade() -> None:
    """Apply this revision."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Take this revision back."""
    ${downgrades if downgrades else "pass"}
'''

_ENVIRONMENT: Final = '''\
"""Runs the migrations on the database of DATABASE_URL, written as Prisma, libpq or SQLAlchemy write it.

Written when the database was taken over from Prisma; it is yours from now on.
"""

from __future__ import annotations

import os
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

import models
from alembic import context
from alembic.ddl.postgresql import PostgresqlImpl

config = context.config
target_metadata = models.Base.metadata if hasattr(models, "Base") else models.metadata

# Tables that tools keep for themselves. Prisma's stays as it was.
RECORDS = frozenset({"_prisma_migrations", "_nexus_migrations", "_nexus_history"})

# Indexes and constraints that the models can't say as the database has them: migrations change them by SQL.
LEFT_OUT: frozenset[str] = frozenset({left_out})

# What Prisma writes into a URL for itself; libpq refuses parameters that it does not know.
PRISMA_ONLY = (
    "schema",
    "connection_limit",
    "pool_timeout",
    "pgbouncer",
    "socket_timeout",
    "statement_cache_size",
    "sslaccept",
    "sslidentity",
)


class PatientImpl(PostgresqlImpl):
    """Calls two defaults of the same text the same, whatever the server makes of them twice (random())."""

    __dialect__ = "postgresql"

    def compare_server_default(self, old: Any, new: Any, new_text: str | None, old_text: str | None) -> Any:
        if new_text is not None and new_text.replace("%%", "%") == old_text:
            return False
        return super().compare_server_default(old, new, new_text, old_text)


def database_url() -> tuple[URL, dict[str, Any]]:
    """Return where to connect, and what the driver is told beside that."""
    text = config.get_main_option("sqlalchemy.url") or os.environ.get("DATABASE_URL")
    if not text:
        raise SystemExit("No database: set DATABASE_URL")
    url = make_url(text)
    if url.drivername in {"postgresql", "postgres"}:
        url = url.set(drivername="postgresql+psycopg")
    schema, pooled = url.query.get("schema"), url.query.get("pgbouncer")
    url = url.difference_update_query(PRISMA_ONLY)
    if schema:
        name = str(schema).replace('"', '""')
        path = f'"{name}"'.replace("\\\\", "\\\\\\\\").replace(" ", "\\\\ ")
        options = f"{url.query.get('options', '')} -csearch_path={path}".strip()
        url = url.update_query_dict({"options": options})
    is_pooled = pooled == "true" and url.drivername == "postgresql+psycopg"
    return url, {"prepare_threshold": None} if is_pooled else {}


def run_offline() -> None:
    """Write the migrations as SQL text; no server is asked."""
    context.configure(
        dialect_name="postgresql",
        target_metadata=target_metadata,
        literal_binds=True,
        dialect_opts={"paramstyle": "named"},
    )
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    """Run the migrations, each in a transaction of its own."""
    url, arguments = database_url()
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool, connect_args=arguments)
    with engine.connect() as connection:
        partitions = partitions_of(connection)

        def include_name(name: str | None, kind: str, _parents: Any) -> bool:
            """Leave out tools' tables, and partitions, which are their parents'."""
            return not (kind == "table" and (name in RECORDS or name in partitions))

        context.configure(
            connection=connection,
            target_metadata=target_metadata,
            include_name=include_name,
            include_object=include_object,
            compare_type=True,
            compare_server_default=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


def include_object(thing: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
    """Leave out views, which the models know to read them (migrations make them by SQL), and what is said above."""
    if kind == "table":
        return not thing.info.get("is_view")
    return kind == "column" or name not in LEFT_OUT


def partitions_of(connection: sa.Connection) -> frozenset[str]:
    """Return the names of all partitions."""
    catalog = sa.table("pg_class", sa.column("relname"), sa.column("relispartition"), schema="pg_catalog")
    found = frozenset(connection.scalars(sa.select(catalog.c.relname).where(catalog.c.relispartition)))
    connection.rollback()
    return found


if context.is_offline_mode():
    run_offline()
else:
    run_online()
'''

_BASELINE: Final = '''\
"""Baseline: what was there when the database was taken over from Prisma

Revision: {revision}
Revises:
Created: {created}

Written from the database itself. It makes the same out of nothing; where all this is there already, it is stamped.
DDL() takes a text as it is, but for %, which stands for itself twice.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import DDL

from alembic import op

revision: str = {revision!r}
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make everything."""
{body}


def downgrade() -> None:
    """Refuse: taking a baseline back would drop everything."""
    raise NotImplementedError("A baseline has no way back: it would drop everything")
'''

# What SQLAlchemy's text() takes for a parameter, and what it takes for a colon that is none.
_PARAMETER = re.compile(r"(?<![:\w\\]):(?=\w+(?!:))")
_ESCAPED = re.compile(r"\\(?=:[\w$]*(?![:\w$]))")
_PSQL = re.compile(r"^\\(?:un)?restrict \S+$\n?", re.MULTILINE)  # since 2025, around all that pg_dump writes
_COMMENTS = re.compile(r"\A(?:\s|--[^\n]*(?:\n|\Z))+")
_OWN_SCHEMA = re.compile(r'CREATE SCHEMA (?P<name>"(?:[^"]|"")+"|\w+)')
_PUBLIC = "public"
_PARENTHESES = re.compile(r"""(?P<kept>'(?:[^']|'')*'|"(?:[^"]|"")*")|[()]""")
_DIFF_MARKS = ("---", "+++", "@@")
_LONGEST = 300  # letters of a line that is shown


def statements_of(dump: str) -> tuple[str, ...]:
    """Return the statements of a dump of a schema that build it: without settings, without psql's own commands.

    The schema itself is made only where it is not there: a database is born with one, and who owns it may differ.
    """
    found = []
    for piece in cut(_PSQL.sub("", dump)):
        sql = _COMMENTS.sub("", piece.sql).rstrip()
        if piece.words[0] == "SET" or piece.text.startswith("SELECT PG_CATALOG . SET_CONFIG "):
            continue
        if piece.text.startswith("COMMENT ON SCHEMA PUBLIC "):
            continue
        if (made := _OWN_SCHEMA.fullmatch(sql)) is not None:
            if made["name"] != _PUBLIC:
                found.append(f"CREATE SCHEMA IF NOT EXISTS {made['name']}")
            continue
        found.append(sql)
    return tuple(found)


def environment_text(left_out: Collection[str] = ()) -> str:
    """Return the source of env.py; `left_out` are names of indexes and constraints that are not compared."""
    names = "".join(f"{each!r}, " for each in sorted(left_out)).removesuffix(", ")
    return _ENVIRONMENT.replace("frozenset({left_out})", f"frozenset({{{names}}})" if names else "frozenset()")


def baseline_text(revision: str, created: str, statements: Sequence[str]) -> str:
    """Return the source of the baseline's file."""
    lines = ['op.execute("SET LOCAL check_function_bodies = off")  # they may name what comes after them']
    lines += [f"op.execute(DDL({_literal(each.replace('%', '%%'))}))" for each in statements]
    return _BASELINE.format(revision=revision, created=created, body="\n".join(f"    {each}" for each in lines))


def differing(one: Sequence[str], other: Sequence[str]) -> tuple[str, ...]:
    """Return the lines that are in one list of statements only: "- " those of the first, "+ " of the second.

    Parentheses are not compared: what PostgreSQL reads as ((a AND b) AND c) and writes so, it reads again as one AND of
    three (parser, makeAndExpr). Nothing else is let pass.
    """
    before, after = (tuple(map(_without_parentheses, each)) for each in (one, other))
    if before == after:
        return ()
    old, new = ("\n".join(each).splitlines() for each in (before, after))
    found = [line for line in unified_diff(old, new, n=0, lineterm="") if not line.startswith(_DIFF_MARKS)]
    return tuple(f"{line[0]} {' '.join(line[1:].split())[:_LONGEST]}" for line in found)


def _without_parentheses(sql: str) -> str:
    return _PARENTHESES.sub(lambda found: found["kept"] or "", sql)


def as_text(sql: str) -> str:
    """Write SQL so that SQLAlchemy's text(), through which `op.execute` goes, leaves its colons alone."""
    return _PARAMETER.sub(r"\\:", _ESCAPED.sub(r"\\\\", sql))


def _literal(sql: str) -> str:
    """Write a text as Python source: in lines where it has lines, and nothing in it would be read otherwise."""
    is_plain = all(letter == "\n" or letter.isprintable() for letter in sql)
    if "\n" not in sql or '"""' in sql or sql.endswith(('"', "\\")) or not is_plain:
        return repr(sql)
    prefix = "r" if "\\" in sql else ""
    return f'{prefix}"""{sql}"""'
