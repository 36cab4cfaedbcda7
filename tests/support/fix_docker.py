"""A project folder with a compose file, and a docker on the PATH that behaves as docker compose does."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from nexus_studio.services.ports import next_free_port
from tests.support import fake_docker

ROOT = Path(__file__).parents[2]
FIRST_PORT = 25_434  # nobody's; xdist's workers look for free ones from there on


class FakeDocker:
    """The stand-in's state, to be looked at and changed by a test."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.set(container=None, health=["starting", "healthy"], port=0, others={}, fails={}, dies="")

    def set(self, **changes: Any) -> None:
        """Change parts of the state; see `fake_docker`."""
        file = self._home / "state.json"
        state = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        file.write_text(json.dumps({**state, **changes}), encoding="utf-8")

    @property
    def state(self) -> dict[str, Any]:
        """What is so now."""
        found: dict[str, Any] = json.loads((self._home / "state.json").read_text(encoding="utf-8"))
        return found

    @property
    def calls(self) -> list[dict[str, Any]]:
        """What was asked, in order."""
        file = self._home / "calls.jsonl"
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []


@contextmanager
def docker_on(home: Path) -> Iterator[FakeDocker]:
    """Put the stand-in first on the PATH while the block runs."""
    home.mkdir(parents=True)
    program = home / "docker"
    source = Path(fake_docker.__file__).read_text(encoding="utf-8")
    program.write_text(f"#!{sys.executable} -IS\n{source}", encoding="utf-8")
    program.chmod(0o755)
    former = os.environ["PATH"]
    os.environ["PATH"] = f"{home}{os.pathsep}{former}"
    try:
        yield FakeDocker(home)
    finally:
        os.environ["PATH"] = former


@pytest.fixture
def fake_docker_on_path(tmp_path: Path) -> Iterator[FakeDocker]:
    """The stand-in, first on the PATH."""
    with docker_on(tmp_path / "docker-bin") as found:
        yield found


@pytest.fixture
def no_docker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A PATH without docker."""
    places = os.environ["PATH"].split(os.pathsep)
    monkeypatch.setenv("PATH", os.pathsep.join(each for each in places if not (Path(each) / "docker").exists()))


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder: this repository's compose file and example, whose port is one that is free here."""
    for name in ("POSTGRES_PORT", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"):
        monkeypatch.delenv(name, raising=False)
    return write_shop(tmp_path / "shop", next_free_port(FIRST_PORT + os.getpid() % 10_000))


def write_shop(folder: Path, port: int) -> Path:
    """Write the project folder."""
    folder.mkdir()
    (folder / ".git").mkdir()
    for name in ("docker-compose.yml", ".env.example"):
        shutil.copy(ROOT / name, folder / name)
        file = folder / name
        file.write_text(file.read_text(encoding="utf-8").replace("5434", str(port)), encoding="utf-8")
    return folder


def port_of(folder: Path) -> int:
    """Return the port that the folder's example has."""
    lines = (folder / ".env.example").read_text(encoding="utf-8").splitlines()
    return int(next(line for line in lines if line.startswith("POSTGRES_PORT=")).partition("=")[2])
