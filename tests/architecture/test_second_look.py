"""Continuous integration looks at few failures once more, and lets pass only what passes then."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

# Each test fails until its file is there; those of "shaky" make it as they fail.
TESTS = """
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.parametrize("name", {shaky!r})
def test_shaky(name):
    file = HERE / name
    if not file.exists():
        file.touch()
        raise AssertionError("only the first time")


@pytest.mark.parametrize("name", {broken!r})
def test_broken(name):
    raise AssertionError("each time")


def test_sound():
    with (HERE / "looks").open("a") as looks:
        looks.write("x")
"""


@pytest.mark.parametrize(
    ("shaky", "broken", "code", "passed_later"),
    [
        (0, 0, 0, []),
        (1, 0, 0, ["test_it.py::test_shaky[s0]"]),
        (5, 0, 0, [f"test_it.py::test_shaky[s{number}]" for number in range(5)]),
        (6, 0, 1, []),
        (0, 1, 1, []),
        (1, 1, 1, []),
    ],
)
def test_what_passes_the_second_time(
    tmp_path: Path, shaky: int, broken: int, code: int, passed_later: list[str]
) -> None:
    names = {"shaky": [f"s{number}" for number in range(shaky)], "broken": [f"b{number}" for number in range(broken)]}
    (tmp_path / "test_it.py").write_text(TESTS.format(**names))
    found = _looked_at(tmp_path)
    assert found.returncode == code, found.stdout
    second = tmp_path / "cache/second"
    assert (sorted(second.read_text().splitlines()) if second.exists() else []) == passed_later
    assert (tmp_path / "looks").read_text() == "x", "what passed does not run again"


@pytest.mark.parametrize("source", ["import nowhere_to_be_found", "def test_it(): raise KeyboardInterrupt"])
def test_what_is_no_failure_of_a_test_has_no_second_look(tmp_path: Path, source: str) -> None:
    (tmp_path / "test_it.py").write_text(source)
    found = _looked_at(tmp_path)
    assert found.returncode == 2, found.stdout
    assert "once more" not in found.stdout


def _looked_at(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [
        str(ROOT / "scripts/second-look"),
        "cache",
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        "0",
        "test_it.py",
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
