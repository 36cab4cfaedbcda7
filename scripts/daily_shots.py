"""The scenes of the daily levers: seeds, reset, shelves, import, readiness. `screenshots.py` takes their pictures.

Each scene is a generator: it brings the window to what is to be seen, and yields the picture's name.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.connecting import connect
from nexus_studio.services.embedded import EmbeddedServer
from nexus_studio.services.migrations.upgrade import upgrade
from nexus_studio.services.seeding import DEFAULT_SEED, SeedService
from nexus_studio.services.session import Session
from nexus_studio.services.shelves import ShelfService
from nexus_studio.ui.panels.readiness.panel import ReadinessPanel
from nexus_studio.ui.panels.seed_reset.panel import SeedResetPanel
from nexus_studio.ui.shell.studio import Studio
from scripts.backup_shots import backups
from scripts.editing_shots import Picture, editing
from scripts.health_shots import health

DATABASE = "workshop"
SEEDS = {
    "maths_coach.sql": """\
-- name: maths-coach
-- description: A coach for maths with two pupils, to try the booking of sessions
-- environments: development, ci
-- idempotent: yes
INSERT INTO users (id, email, role, "firstName", "lastName", "updatedAt") VALUES
    ('coach_maths', 'maths@example.org', 'COACH', 'Sofia', 'Kovacs', now()),
    ('pupil_one', 'one@example.org', 'ELEVE', 'Nour', 'Hamdi', now()),
    ('pupil_two', 'two@example.org', 'ELEVE', 'Adam', 'Lindt', now())
ON CONFLICT DO NOTHING;
INSERT INTO coach_profiles (id, "userId", pseudonym, "updatedAt") VALUES ('cp_maths', 'coach_maths', 'Hypatia', now())
ON CONFLICT DO NOTHING;
INSERT INTO login_events ("userId", succeeded) SELECT id, true FROM users WHERE id IN ('coach_maths', 'pupil_one');
""",
    "load_test.py": """\
from nexus_seeds import seed


@seed(name="load-test", description="Many sessions, to see how the calendar bears them", environments=("ci",))
def load_test(connection, scale, report):
    pass
""",
}

Settle = Callable[[Studio], None]
Wait = Callable[[Callable[[], bool], str], None]
Scene = Callable[[Studio, Wait, Settle], Iterator[Picture]] | Callable[[Studio, Wait, Settle], Iterator[str]]


@contextmanager
def workshop(demo: Path) -> Iterator[ConnectionProfile]:
    """A development database with the demo's schema and data, on the demo's server."""
    server = EmbeddedServer.start(demo, TaskContext())
    try:
        with connect(server.profile("postgres"), None) as connection:
            connection.autocommit = True
            connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        server.create_database_if_missing(DATABASE)
        profile = replace(server.profile(DATABASE), name=DATABASE, environment=Environment.DEVELOPMENT)
        session = Session.open(profile, None, TaskContext())
        try:
            upgrade(session, TaskContext())
            SeedService(session).run(DEFAULT_SEED, 1, TaskContext())
        finally:
            session.close()
        yield profile
    finally:
        server.stop()


def seed_reset(window: Studio, wait: Wait, settle: Settle) -> Iterator[str]:
    """Seeds with a dry run, what a reset would lose, shelves, and the dry run of an import."""
    paths = window.context.paths
    seeds = paths.data / "seeds"
    seeds.mkdir(parents=True, exist_ok=True)
    for name, words in SEEDS.items():
        (seeds / name).write_text(words, encoding="utf-8")
    panel = _panel(window, SeedResetPanel, "seed_reset")
    panel.show_page(panel.seeds)
    settle(window)
    panel.seeds.list.choose("maths-coach")
    panel.seeds.try_seed()
    settle(window)
    yield "seeds"
    panel.show_page(panel.reset)
    settle(window)
    yield "reset"
    with _shelves(window) as shelves:
        panel.show_page(panel.shelves)
        settle(window)
        panel.shelves.list.topLevelItem(0).setSelected(True)
        panel.shelves.name.setText("before the import")
        yield "shelves"
        assert shelves
    panel.show_page(panel.imports)
    panel.imports.show_file(_old_file(Path("prisma")))
    settle(window)
    panel.imports.try_import()
    settle(window)
    yield "import"


def readiness(window: Studio, wait: Wait, settle: Settle) -> Iterator[str]:
    """The checklist, with its first failure chosen."""
    panel = _panel(window, ReadinessPanel, "readiness")
    wait(lambda: panel.report is not None, "the checklist")
    settle(window)
    yield "readiness"


SCENES: dict[str, tuple[Environment, Scene]] = {
    "seed_reset": (Environment.DEVELOPMENT, seed_reset),
    "readiness": (Environment.STAGING, readiness),
    "backups": (Environment.DEVELOPMENT, backups),
    "editing": (Environment.DEVELOPMENT, editing),
    "sizes": (Environment.DEVELOPMENT, health),  # the last: it makes a table that no model knows
}
"""By the panel's id: what its database is for, and the scene."""


def _panel(window: Studio, kind: type[Any], name: str) -> Any:
    window.show_panel(name)
    panel = window.panel(name)
    assert isinstance(panel, kind)
    return panel


@contextmanager
def _shelves(window: Studio) -> Iterator[ShelfService]:
    workspace = window.connection.workspace
    assert workspace is not None
    shelves, ctx = workspace.shelves, TaskContext()
    for name in ("fresh demo", "ten thousand sessions"):
        shelves.take(name, ctx)
    try:
        yield shelves
    finally:
        for each in shelves.shelves(ctx):
            shelves.drop(each.name, ctx)


def _old_file(folder: Path) -> Path:
    """Write a SQLite file as an early version of the platform had it, with values that do not fit."""
    folder.mkdir(exist_ok=True)
    file = folder / "dev.db"
    file.unlink(missing_ok=True)
    connection = sqlite3.connect(file)
    connection.executescript("""
        CREATE TABLE User (
            id TEXT PRIMARY KEY, email TEXT, role TEXT, firstName TEXT, lastName TEXT, updatedAt DATETIME
        );
        CREATE TABLE Course (id TEXT PRIMARY KEY, title TEXT, isActive, createdAt DATETIME, updatedAt DATETIME);
        CREATE TABLE Draft (id INTEGER PRIMARY KEY, note TEXT);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 240)
        INSERT INTO User
            SELECT 'u' || i, 'person' || i || '@example.org', 'ELEVE', 'First ' || i, 'Last', 1700000000000 + i FROM n;
        UPDATE User SET role = 'TEACHER' WHERE id IN ('u17', 'u93');
        UPDATE User SET updatedAt = 'last summer' WHERE id = 'u120';
        INSERT INTO Draft VALUES (1, 'x')
    """)
    connection.close()
    return file
