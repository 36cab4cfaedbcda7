"""Throwaway Alembic projects: revisions from a few words each, in the layouts that projects out there have."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

LAYOUTS = ("plain", "toml", "locations", "async", "one_transaction")


@dataclass(frozen=True)
class Rev:
    """One revision. `up` and `down_code` are the bodies of upgrade() and downgrade(), Python source.

    `place` is the folder of its file below the script folder; another one than "versions" needs the layout "locations".
    """

    id: str
    down: str | tuple[str, ...] | None
    up: str
    down_code: str = "pass"
    message: str = ""
    labels: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    place: str = "versions"

    @property
    def title(self) -> str:
        """The message, or one made of the id."""
        return self.message or f"Change {self.id}"


def write_project(
    folder: Path,
    revisions: Sequence[Rev],
    *,
    layout: str = "plain",
    models: str | None = None,
    env: str | None = None,
) -> Path:
    """Write a project and return its folder.

    Args:
        folder: Where; made if it is not there.
        revisions: Its revisions.
        layout: "plain" (alembic.ini and alembic/), "toml" ([tool.alembic] of pyproject.toml, folder migrations/, the
            database by DATABASE_URL alone), "locations" (a version location for each `Rev.place`), "async" (an async
            env.py), "one_transaction" (an env.py that puts all into one transaction, as Alembic's template does).
        models: Source of a module `project_models` with a `metadata`, which env.py then compares with.
        env: Another env.py.
    """
    script = folder / ("migrations" if layout == "toml" else "alembic")
    for place in sorted({"versions", *(each.place for each in revisions)}):
        (script / place).mkdir(parents=True, exist_ok=True)
    _write_config(folder, layout, script, revisions)
    (script / "env.py").write_text(env or env_source(layout, has_models=models is not None))
    (script / "script.py.mako").write_text(_MAKO)
    if models is not None:
        (folder / "project_models.py").write_text(textwrap.dedent(models))
    for number, each in enumerate(revisions):
        write_revision(script / each.place, each, number)
    return folder


def write_revision(folder: Path, revision: Rev, number: int = 0) -> Path:
    """Write one revision's file and return its path. `number` makes its date."""
    slug = "".join(letter if letter.isalnum() else "_" for letter in revision.title.lower())
    path = folder / f"{revision.id}_{slug[:40]}.py"
    path.write_text(
        _REVISION.format(
            title=revision.title,
            revision=revision.id,
            down=revision.down,
            date=f"2026-01-{number // 24 % 28 + 1:02} {number % 24:02}:00:00.000000",
            labels=revision.labels or None,
            depends_on=revision.depends_on or None,
            up=_body(revision.up),
            down_code=_body(revision.down_code),
        )
    )
    return path


def env_source(layout: str = "plain", *, has_models: bool = False) -> str:
    """Return the env.py of a layout."""
    metadata = "import project_models\n\ntarget_metadata = project_models.metadata" if has_models else _NO_METADATA
    per_migration = layout != "one_transaction"
    online = {"async": _ASYNC, "toml": _BY_ENVIRONMENT}.get(layout, _SYNC)
    url = _URL["toml" if layout == "toml" else "plain"]
    return _ENV.format(metadata=metadata, per_migration=per_migration, online=online, url=url)


def handed_env_source() -> str:
    """Return an env.py that runs on a connection which a program hands over, as Alembic's cookbook has it."""
    return env_source().replace(
        "def run_online():\n",
        "def run_online():\n"
        "    if config.attributes.get('connection') is not None:\n"
        "        run_on(config.attributes['connection'])\n"
        "        return\n",
    )


@pytest.fixture
def make_project(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes a project into a new folder: `write_project` without its first argument."""
    made = 0

    def make(
        revisions: Sequence[Rev], *, layout: str = "plain", models: str | None = None, env: str | None = None
    ) -> Path:
        nonlocal made
        made += 1
        return write_project(tmp_path / f"project{made}", revisions, layout=layout, models=models, env=env)

    return make


def _write_config(folder: Path, layout: str, script: Path, revisions: Sequence[Rev]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if layout == "toml":
        (folder / "pyproject.toml").write_text(_TOML.format(script=script.name))
        return
    lines = ["[alembic]", f"script_location = %(here)s/{script.name}", "prepend_sys_path = ."]
    if layout == "locations":
        places = sorted({each.place for each in revisions})
        lines.append("path_separator = os")
        lines.append("version_locations = " + ":".join(f"%(here)s/{script.name}/{place}" for place in places))
    else:
        lines.append("path_separator = os")
    lines.append("sqlalchemy.url = postgresql+psycopg://nobody@localhost:1/nowhere")
    (folder / "alembic.ini").write_text("\n".join(lines) + "\n")


def _body(source: str) -> str:
    return textwrap.indent(textwrap.dedent(source).strip("\n") or "pass", "    ")


_NO_METADATA = "target_metadata = None"

_TOML = """\
[project]
name = "throwaway"
version = "0"

[tool.alembic]
script_location = "%(here)s/{script}"
prepend_sys_path = ["."]
"""

_REVISION = '''\
"""{title}

Revision ID: {revision}
Revises: {down}
Create Date: {date}

"""

import sqlalchemy as sa
from alembic import op

revision = {revision!r}
down_revision = {down!r}
branch_labels = {labels!r}
depends_on = {depends_on!r}


def upgrade():
{up}


def downgrade():
{down_code}
'''

_MAKO = '''\
"""${message}

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
Create Date: ${create_date}

"""
from alembic import op
import sqlalchemy as sa
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
'''

_ENV = '''\
"""Runs the migrations of a throwaway project."""

import asyncio
import os

from alembic import context
from sqlalchemy import create_engine, engine_from_config, pool
from sqlalchemy.ext.asyncio import async_engine_from_config

{metadata}
config = context.config


def run_offline():
    context.configure(
        url={url},
        target_metadata=target_metadata,
        literal_binds=True,
        dialect_opts={{"paramstyle": "named"}},
        transaction_per_migration={per_migration},
    )
    with context.begin_transaction():
        context.run_migrations()


def run_on(connection):
    context.configure(
        connection=connection, target_metadata=target_metadata, transaction_per_migration={per_migration}
    )
    with context.begin_transaction():
        context.run_migrations()

{online}
if context.is_offline_mode():
    run_offline()
else:
    run_online()
'''

_SYNC = """
def run_online():
    engine = engine_from_config(
        config.get_section(config.config_ini_section, {}), prefix="sqlalchemy.", poolclass=pool.NullPool
    )
    with engine.connect() as connection:
        run_on(connection)


"""

_BY_ENVIRONMENT = """
def run_online():
    engine = create_engine(os.environ["DATABASE_URL"], poolclass=pool.NullPool)
    with engine.connect() as connection:
        run_on(connection)


"""

_URL = {"plain": 'config.get_main_option("sqlalchemy.url")', "toml": 'os.environ["DATABASE_URL"]'}

_ASYNC = """
async def run_async():
    engine = async_engine_from_config(
        config.get_section(config.config_ini_section, {}), prefix="sqlalchemy.", poolclass=pool.NullPool
    )
    async with engine.connect() as connection:
        await connection.run_sync(run_on)
    await engine.dispose()


def run_online():
    asyncio.run(run_async())


"""
