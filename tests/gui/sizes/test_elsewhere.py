"""The panel where not all is seen or done: as a plain role, on a standby, behind a pooler, without the server."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.maintenance import Ended, Job
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import Environment
from nexus_studio.ui.panels.sizes.maintain_dialog import MaintainDialog
from nexus_studio.ui.panels.sizes.panel import SizesPanel
from nexus_studio.ui.panels.sizes.size_cells import BLOAT, NAME, VACUUM
from nexus_studio.ui.shell.studio import Studio
from tests.gui.sizes.test_sizes_window import go_there, node_of, on
from tests.support.counting_server import counting_server
from tests.support.fix_pgbouncer import OpenPooler
from tests.support.fix_window import OpenWindow
from tests.support.patient import Patient
from tests.support.standby import Standby
from tests.support.widgets import child

pytestmark = pytest.mark.usefixtures("gui_thread_guard")

PATIENCE_MS = 30_000
WORDS = RelationName("public", "words")
_TABLES = (
    "CREATE TABLE words (id int PRIMARY KEY, word text)",
    "INSERT INTO words SELECT n, 'word ' || n FROM generate_series(1, 5000) n",
    "CREATE INDEX one ON words (word)",
    "CREATE INDEX two ON words (word)",
    "ANALYZE words",
)


def picture(studio: Studio, name: str) -> None:
    """Save what the window shows, where somebody wants to look at it."""
    if folder := os.environ.get("NEXUS_TEST_PICTURES"):
        studio.grab().save(str(Path(folder) / f"{name}.png"))


def through_all_pages(panel: SizesPanel, studio: Studio, qtbot: QtBot, name: str) -> None:
    """Look at every page; none may end in an error."""
    for page in (panel.sizes, panel.advice, panel.activity, panel.slow, panel.explain, panel.growth):
        panel.show_page(page)
        qtbot.waitUntil(lambda: studio.context.runner.is_idle, timeout=PATIENCE_MS)
        error = getattr(page, "_error", None)
        assert error is None or not error.isVisible(), page.NAME
        picture(studio, f"{name}-{page.NAME}")


@pytest.fixture
def plain_url(pg_url: str) -> Iterator[str]:
    """The URL of a role that has nothing but a table of its own in the test's database."""
    role = f"plain_{uuid.uuid4().hex[:8]}"
    for statement in _TABLES:
        on(pg_url, statement)
    on(pg_url, f"CREATE ROLE {role} LOGIN; CREATE TABLE mine (id int PRIMARY KEY); ALTER TABLE mine OWNER TO {role};"
               f"INSERT INTO mine SELECT generate_series(1, 300); ANALYZE mine")  # fmt: skip
    parts = conninfo_to_dict(pg_url)
    yield f"postgresql://{role}@/{parts['dbname']}?host={parts['host']}&port={parts.get('port', 5432)}"
    on(pg_url, f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_a_plain_role_sees_what_it_may_and_is_told_the_rest(
    open_window: OpenWindow, pg_url: str, plain_url: str, qtbot: QtBot
) -> None:
    with psycopg.connect(pg_url, application_name="boss") as boss:
        boss.execute("SELECT 'a secret of the boss'")
        studio = open_window(plain_url, environment=Environment.DEVELOPMENT)
        panel = go_there(qtbot, studio)
        page = panel.sizes
        own = on(pg_url, "SELECT pg_total_relation_size('words'), pg_total_relation_size('mine')")
        assert (node_of(panel, WORDS).bytes, node_of(panel, RelationName("public", "mine")).bytes) == own[0]
        assert "your role may not know the bloat" in page.note.text()
        index = page.list.sizes.index_of(node_of(panel, WORDS))
        assert page.list.sizes.data(index.siblingAtColumn(BLOAT)) == "–"
        assert "may not read it" in page.list.sizes.data(index.siblingAtColumn(NAME), Qt.ItemDataRole.ToolTipRole)
        page.list.choose(node_of(panel, WORDS))
        page.maintain(Job.VACUUM)
        dialog = panel.findChild(MaintainDialog)
        assert isinstance(dialog, MaintainDialog)
        qtbot.waitUntil(lambda: studio.context.runner.is_idle, timeout=PATIENCE_MS)
        assert not dialog.do_button.isEnabled()  # not its owner: nothing of it may be done
        dialog.close_button.click()
        panel.show_page(panel.activity)
        qtbot.waitUntil(lambda: panel.activity.snapshot is not None, timeout=PATIENCE_MS)
        assert "pg_monitor" in panel.activity.note.text()
        assert panel.activity.choose(boss.info.backend_pid)
        details = panel.activity.details
        assert "secret" not in details.query.toPlainText()
        assert not details.terminate.isEnabled()
        assert child(details, QLabel, "sizes.session_against").isVisible()
        panel.show_page(panel.advice)
        qtbot.waitUntil(lambda: panel.advice.report is not None, timeout=PATIENCE_MS)
        whose, _, what = panel.advice.note.text().partition("pg_monitor")
        assert "sessions" in whose
        assert "statistics of some columns" in what  # which pg_monitor would not show
        assert "SELECT" in what
        assert panel.advice.list.choose("index.duplicate")
        through_all_pages(panel, studio, qtbot, "plain")


def test_a_standby_says_so_and_offers_nothing_that_writes(
    open_window: OpenWindow, patient: Patient, standby: Standby, qtbot: QtBot
) -> None:
    patient.run(*_TABLES)
    standby.caught_up(patient)
    profile = standby.profile(patient.session.profile.database)
    url = f"postgresql://{profile.user}@/{profile.database}?host={profile.host}"
    studio = open_window(url, environment=Environment.DEVELOPMENT)
    panel = go_there(qtbot, studio)
    page = panel.sizes
    assert "This is a standby" in page.note.text()
    assert node_of(panel, WORDS).bytes == on(url, "SELECT pg_total_relation_size('words')")[0][0]
    index = page.list.sizes.index_of(node_of(panel, WORDS))
    assert page.list.sizes.data(index.siblingAtColumn(VACUUM)) == "–"  # which is not never
    page.list.choose(node_of(panel, WORDS))
    assert not {each for each in page.can() if each.startswith("job.")}
    page.maintain(Job.VACUUM_FULL)
    assert panel.findChild(MaintainDialog) is None
    panel.show_page(panel.advice)
    qtbot.waitUntil(lambda: panel.advice.report is not None, timeout=PATIENCE_MS)
    assert panel.advice.list.choose("index.duplicate")
    assert not panel.advice.details.do_button.isEnabled()
    panel.show_page(panel.activity)
    qtbot.waitUntil(lambda: panel.activity.snapshot is not None, timeout=PATIENCE_MS)
    assert "standby" in panel.activity.note.text()
    assert not panel.activity.details.terminate.isEnabled()
    panel.show_page(panel.explain)
    panel.explain.statement.setPlainText("SELECT count(*) FROM words WHERE id < $1")
    panel.explain.explain.click()
    qtbot.waitUntil(lambda: panel.explain.view.plan is not None, timeout=PATIENCE_MS)
    through_all_pages(panel, studio, qtbot, "standby")


def test_behind_a_pooler_jobs_are_done_and_it_says_what_is_not_seen(
    open_window: OpenWindow, pg_url: str, open_pooler: OpenPooler, qtbot: QtBot
) -> None:
    for statement in _TABLES:
        on(pg_url, statement)
    profile = open_pooler(4)
    url = f"postgresql://{profile.user}@{profile.host}:{profile.port}/{profile.database}?pgbouncer=true"
    studio = open_window(url, environment=Environment.DEVELOPMENT)
    panel = go_there(qtbot, studio)
    page = panel.sizes
    assert "A pooler stands between" in page.note.text()
    page.list.choose(node_of(panel, WORDS))
    page.maintain(Job.VACUUM_ANALYZE)
    dialog = panel.findChild(MaintainDialog)
    assert isinstance(dialog, MaintainDialog)
    qtbot.waitUntil(dialog.do_button.isEnabled, timeout=PATIENCE_MS)
    with qtbot.waitSignal(panel.desk.ended, timeout=PATIENCE_MS) as told:
        dialog.do_button.click()
    assert told.args[0].error is None
    assert [each.ended for each in panel.job.outcomes] == [Ended.DONE]
    done = "SELECT last_vacuum IS NOT NULL FROM pg_stat_user_tables WHERE relname = 'words'"
    qtbot.waitUntil(lambda: on(pg_url, done) == [(True,)], timeout=PATIENCE_MS)
    panel.show_page(panel.activity)
    qtbot.waitUntil(lambda: panel.activity.snapshot is not None, timeout=PATIENCE_MS)
    assert "pooler" in panel.activity.note.text()
    through_all_pages(panel, studio, qtbot, "pooler")


def test_what_was_seen_stays_while_the_server_is_gone(open_window: OpenWindow, server_room: Path, qtbot: QtBot) -> None:
    room = server_room / f"gone-{uuid.uuid4().hex[:6]}"
    room.mkdir(mode=0o755)
    with counting_server(room, "shared_preload_libraries = 'pg_stat_statements'") as url:
        for statement in ("CREATE EXTENSION pg_stat_statements", *_TABLES):
            on(url, statement)
        studio = open_window(url, environment=Environment.DEVELOPMENT)
        panel = go_there(qtbot, studio)
        through_all_pages(panel, studio, qtbot, "before")
        assert panel.slow.report is not None
        panel.show_page(panel.growth)  # which asks the server nothing
    for page in (panel.sizes, panel.advice, panel.activity, panel.slow):
        panel.show_page(page)
        page.read()
        qtbot.waitUntil(lambda: studio.context.runner.is_idle, timeout=PATIENCE_MS)
        assert not page._error.isVisible(), page.NAME
        assert child(studio, QLabel, "notice_text").isVisible()
    assert panel.slow.list.queries.rowCount()
