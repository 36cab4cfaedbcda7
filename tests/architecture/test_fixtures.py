"""The guards guard: each is shown an offence, in a test run of their own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import pytest

PREAMBLE = """
import logging, threading
import psycopg, pytest
from PySide6.QtCore import QObject, QThread, QTimer, qWarning
from PySide6.QtWidgets import QWidget
kept = []
"""

OFFENCES = {
    "window": (
        "kept.append(QWidget()); kept[-1].setObjectName('forgotten'); kept[-1].show()",
        "window QWidget 'forgotten'",
    ),
    "timer": ("kept.append(QTimer()); kept[-1].start(60_000)", "timer of nobody still active"),
    "log": (
        "logging.getLogger('nexus_studio.x').warning('something odd')",
        "not announced: WARNING nexus_studio.x: something odd",
    ),
    "qt": ("qWarning('Qt is unhappy')", "Qt messages with level WARNING or above emitted"),
}


ANNOUNCED = "@pytest.mark.logs('it broke')\n"

ASKED = """
    source = "import psycopg\\ndef go():\\n    try: psycopg.connect('host=/x')\\n    except psycopg.Error: pass"
    room = {"__name__": "nexus_studio.ui.invented"}
    exec(source, room)
    worker = threading.Thread(target=room["go"]); worker.start(); worker.join()
    assert gui_thread_guard == []
    room["go"]()
"""


def one(name: str, body: str, *, fixtures: str = "qtbot", marks: str = "") -> str:
    return f"{marks}def test_{name}({fixtures}):\n    {body}\n"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """What a run of tests with and without offences says of each; nothing of one that passed."""
    tests = [
        one("clean", "w = QWidget(); qtbot.addWidget(w); w.show(); QTimer(w).start(60_000)"),
        one("announced", "logging.getLogger('nexus_studio').warning('it broke')", marks=ANNOUNCED),
        one("asked", ASKED.strip(), fixtures="qtbot, gui_thread_guard"),
        *(one(offence, body) for offence, (body, _) in OFFENCES.items()),
    ]
    root, folder = Path(__file__).parents[2], tmp_path_factory.mktemp("guards")
    settings = (root / "pyproject.toml").read_text()
    (folder / "pyproject.toml").write_text(settings.replace('pythonpath = ["."]', f'pythonpath = ["{root}"]'))
    (folder / "conftest.py").write_text('pytest_plugins = ["tests.support.fix_qt", "tests.support.fix_hygiene"]')
    (folder / "test_guards.py").write_text("\n".join((PREAMBLE, *tests)))
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--junitxml=told.xml", "test_guards.py"]
    subprocess.run(command, cwd=folder, capture_output=True, check=False)
    cases = ElementTree.parse(folder / "told.xml").iter("testcase")
    return {
        case.attrib["name"].removeprefix("test_"): "\n".join(
            f"{each.get('message')} {each.text}" for kind in ("failure", "error") for each in case.iter(kind)
        )
        for case in cases
    }


@pytest.mark.parametrize("offence", OFFENCES)
def test_an_offence_is_found(told: Mapping[str, str], offence: str) -> None:
    assert OFFENCES[offence][1] in told[offence]


@pytest.mark.parametrize("name", ["clean", "announced"])
def test_what_is_clean_passes(told: Mapping[str, str], name: str) -> None:
    assert told[name] == ""


def test_the_gui_thread_may_not_query(told: Mapping[str, str]) -> None:
    assert "the GUI thread talked to PostgreSQL: connect from" in told["asked"]
