"""The scenes of editing rows: the record form, review, import, history; and a Prisma project. See `daily_shots.py`."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QDialog, QLineEdit, QPushButton, QWidget
from sqlalchemy import text

from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.settings import UI_THEME
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.connecting import connect
from nexus_studio.services.embedded import EmbeddedServer
from nexus_studio.services.prisma.deploying import deploy
from nexus_studio.services.prisma.project import find_prisma
from nexus_studio.services.session import Session
from nexus_studio.ui.panels.data.panel import DataPanel
from nexus_studio.ui.panels.data.table_page import TablePage
from nexus_studio.ui.panels.data.transfer.opening import open_import
from nexus_studio.ui.panels.history.panel import HistoryPanel
from nexus_studio.ui.panels.migrations.panel import MigrationsPanel
from nexus_studio.ui.shell.studio import Studio

USERS = RelationName("public", "users")
BOOKINGS = RelationName("public", "session_bookings")
COURSES = RelationName("public", "courses")
_COURSES = """id;Title;slug;subject;level;price;updatedAt
course_algebra;Algebra for beginners;algebra;MATHEMATIQUES;SECONDE;480;2026-02-01
course_prose;Reading prose;prose;FRANCAIS;PREMIERE;360;2026-02-01
course_chess;Chess;chess;CHESS;SECONDE;a lot;2026-02-01
course_poems;Poems;poems;FRANCAIS;SECONDE;-5;2026-02-01
"""
_AS_BEFORE = """
    UPDATE session_bookings SET status = 'COMPLETED', rating = 3
     WHERE id IN (SELECT id FROM session_bookings ORDER BY id LIMIT 12)"""  # whatever was done to them before
_PRISMA = {
    "20260105090000_init": "CREATE TABLE students (id int PRIMARY KEY, email text);\n",
    "20260119101500_invoices": "CREATE TABLE invoices (id int PRIMARY KEY, student int REFERENCES students);\n",
    "20260202083000_one_email": "-- One account per address\n"
    "CREATE TABLE email_changes (student int REFERENCES students, old text, at timestamptz);\n"
    "ALTER TABLE students ADD CONSTRAINT students_email_key UNIQUE (email);\n",
    "20260209140000_rooms": "CREATE TABLE rooms (id int PRIMARY KEY, name text NOT NULL);\n",
}
_SCHEMA = 'datasource db {\n  provider = "postgresql"\n  url = env("DATABASE_URL")\n}\n'
_TWINS = "INSERT INTO students SELECT n, 's' || (n % 990) || '@example.org' FROM generate_series(1, 1000) n"

Settle = Callable[[Studio], None]
Wait = Callable[[Callable[[], bool], str], None]
Picture = str | tuple[str, QWidget]
"""The window under this name, or another widget."""


def editing(window: Studio, wait: Wait, settle: Settle) -> Iterator[Picture]:
    """The record form; a review with what goes along and why; an import; the history with what was saved."""
    data = window.panel("data")
    assert isinstance(data, DataPanel)
    page = table(data, USERS, settle, window)
    page.grid.go_to_row(3)
    page.grid.stage("phone", "+33 6 12 34 56 78")
    page.show_form(True)
    settle(window)
    yield "record"
    yield from in_dark(window, settle, "record-dark")
    page.show_form(False)
    page.saving.discard()
    page.grid.go_to_row(3)
    page.grid.delete_rows()
    page.grid.go_to_row(5)
    page.grid.stage("phone", "+33 6 98 76 54 32")
    page.saving.review()
    review = dialog_of(window, wait)
    settle(window)
    field(review, "review.reason").setText("Asked to be forgotten")
    field(review, "review.ticket").setText("SUP-1482")
    settle(window)
    yield "review-impact", review
    review.reject()
    page.saving.discard()
    settle(window)
    table(data, COURSES, settle, window)
    importing = open_import(data)
    assert importing is not None
    file = Path("courses.csv")
    file.write_text(_COURSES, encoding="utf-8")
    importing.show_file(file)
    settle(window)
    importing.try_import()
    settle(window)
    yield "import-rows", importing
    importing.close()
    settle(window)
    saves(data, window, wait, settle)
    window.show_panel("history")
    panel = window.panel("history")
    assert isinstance(panel, HistoryPanel)
    settle(window)
    yield "history"
    yield from in_dark(window, settle, "history-dark")


def prisma(window: Studio, wait: Wait, settle: Settle) -> Iterator[Picture]:
    """A Prisma project one of whose migrations failed: where it stands, and the way out."""
    window.show_panel("migrations")
    panel = window.panel("migrations")
    assert isinstance(panel, MigrationsPanel)
    wait(lambda: panel.status is not None, "the status")
    settle(window)
    yield "prisma"
    yield from in_dark(window, settle, "prisma-dark")
    panel.resolve("20260202083000_one_email")
    settle(window)
    yield "prisma-resolve"


def in_dark(window: Studio, settle: Settle, name: str) -> Iterator[Picture]:
    """Yield a name while the theme is dark."""
    window.context.settings.set(UI_THEME, "dark")
    settle(window)
    yield name
    window.context.settings.set(UI_THEME, "light")
    settle(window)


def table(data: DataPanel, name: RelationName, settle: Settle, window: Studio) -> TablePage:
    """Open a table and wait for its rows."""
    data.show_relation(name)
    settle(window)
    page = data.page
    assert page is not None
    return page


def saves(data: DataPanel, window: Studio, wait: Wait, settle: Settle) -> None:
    """Save three sets as people would, the last one with its reason."""
    workspace = window.connection.workspace
    assert workspace is not None
    with workspace.session.write(TaskContext()) as connection:
        connection.execute(text(_AS_BEFORE))
    page = table(data, BOOKINGS, settle, window)
    for row, cell in ((2, "5"), (4, "4")):
        page.grid.go_to_row(row)
        page.grid.stage("rating", cell)
        _save(page, wait)
        settle(window)
    page.grid.go_to_row(7)
    page.grid.stage("status", "CANCELLED")
    page.grid.go_to_row(9)
    page.grid.stage("status", "CANCELLED")
    page.saving.review()
    review = dialog_of(window, wait)
    settle(window)
    field(review, "review.reason").setText("The coach is ill until Monday")
    field(review, "review.ticket").setText("SUP-1490")
    button = review.findChild(QPushButton, "review.save")
    assert button is not None
    button.click()
    wait(lambda: not page.is_dirty, "the save")
    settle(window)


@contextmanager
def prisma_project(demo: Path) -> Iterator[ConnectionProfile]:
    """Deploy a Prisma project into a new database of the demo's server until one of its migrations fails."""
    server, ctx = EmbeddedServer.start(demo, TaskContext()), TaskContext()
    try:
        with connect(server.profile("postgres"), None) as connection:
            connection.autocommit = True
            connection.execute("DROP DATABASE IF EXISTS shop WITH (FORCE)")
        server.create_database_if_missing("shop")
        folder = demo / "shop"
        shutil.rmtree(folder, ignore_errors=True)
        profile = replace(server.profile("shop"), name="shop", project=folder, environment=Environment.DEVELOPMENT)
        session = Session.open(profile, None, ctx)
        try:
            for number, (name, script) in enumerate(_PRISMA.items()):
                place = folder / "prisma" / "migrations" / name
                place.mkdir(parents=True)
                (place / "migration.sql").write_text(script, encoding="utf-8")
                (folder / "prisma" / "schema.prisma").write_text(_SCHEMA, encoding="utf-8")
                project = find_prisma(folder)
                assert project is not None
                if number < 3:
                    deploy(session, project, ctx)
                if number == 0:
                    with connect(server.profile("shop"), None) as connection:
                        connection.execute(_TWINS)
        finally:
            session.close()
        yield profile
    finally:
        server.stop()


def dialog_of(window: Studio, wait: Wait) -> QDialog:
    """Return the dialog that is open, or opens soon."""

    def seen() -> list[QDialog]:
        return [each for each in window.frame.findChildren(QDialog) if each.isVisible()]

    wait(lambda: bool(seen()), "a dialog")
    return seen()[0]


def field(dialog: QDialog, name: str) -> QLineEdit:
    """Return a field of a dialog."""
    found = dialog.findChild(QLineEdit, name)
    assert found is not None
    return found


def _save(page: TablePage, wait: Wait) -> None:
    page.saving.save()
    wait(lambda: not page.saving.is_running and not page.is_dirty, "the save")
