"""The guards guard: each is shown an offence in a test run of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

PREAMBLE = """
import logging, threading
import psycopg, pytest
from PySide6.QtCore import QObject, QThread, QTimer, qWarning
from PySide6.QtWidgets import QWidget
kept = []
"""

OFFENCES = {
    "window": (
        "kept.append(QWidget()); kept[0].setObjectName('forgotten'); kept[0].show()",
        "window QWidget 'forgotten'",
    ),
    "timer": ("kept.append(QTimer()); kept[0].start(60_000)", "timer of nobody still active"),
    "log": (
        "logging.getLogger('nexus_studio.x').warning('something odd')",
        "not announced: WARNING nexus_studio.x: something odd",
    ),
    "qt": ("qWarning('Qt is unhappy')", "Qt messages with level WARNING or above emitted"),
}


def run(pytester: pytest.Pytester, body: str, *, fixtures: str = "qtbot", marks: str = "") -> pytest.RunResult:
    root = Path(__file__).parents[2]
    settings = (root / "pyproject.toml").read_text()
    pytester.makepyprojecttoml(settings.replace('pythonpath = ["."]', f'pythonpath = ["{root}"]'))
    pytester.makeconftest('pytest_plugins = ["tests.support.fix_qt", "tests.support.fix_hygiene"]')
    written = pytester.makepyfile(f"{PREAMBLE}\n{marks}\ndef test_it({fixtures}):\n    {body}\n")
    return pytester.runpytest_subprocess(str(written))


@pytest.mark.parametrize("offence", OFFENCES)
def test_an_offence_is_found(pytester: pytest.Pytester, offence: str) -> None:
    body, message = OFFENCES[offence]
    result = run(pytester, body)
    assert result.ret != 0
    assert message in result.stdout.str()


def test_what_is_clean_passes(pytester: pytest.Pytester) -> None:
    result = run(pytester, "w = QWidget(); qtbot.addWidget(w); w.show(); QTimer(w).start(60_000)")
    result.assert_outcomes(passed=1)


def test_an_announced_warning_passes(pytester: pytest.Pytester) -> None:
    result = run(
        pytester, "logging.getLogger('nexus_studio').warning('it broke')", marks="@pytest.mark.logs('it broke')"
    )
    result.assert_outcomes(passed=1)


def test_the_gui_thread_may_not_query(pytester: pytest.Pytester) -> None:
    body = """
    source = "import psycopg\\ndef go():\\n    try: psycopg.connect('host=/x')\\n    except psycopg.Error: pass"
    room = {"__name__": "nexus_studio.ui.invented"}
    exec(source, room)
    worker = threading.Thread(target=room["go"]); worker.start(); worker.join()
    assert gui_thread_guard == []
    room["go"]()
    """
    result = run(pytester, body.strip(), fixtures="qtbot, gui_thread_guard")
    assert result.ret != 0
    assert "the GUI thread talked to PostgreSQL: connect from" in result.stdout.str()
