"""No test sees the developer's own settings, environment or keyring."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_OURS = ("DATABASE_URL", "NEXUS_STUDIO_", "PG")


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(_OURS):
            monkeypatch.delenv(name)
    for name, value in _ours(tmp_path / "home").items():
        monkeypatch.setenv(name, value)


def environment_of(home: Path) -> dict[str, str]:
    """Return the same environment for a program that a fixture of a module starts, with that folder of settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_OURS)} | _ours(home)


def _ours(home: Path) -> dict[str, str]:
    keyring = "keyring.backends.null.Keyring"
    return {"NEXUS_STUDIO_HOME": str(home), "PYTHON_KEYRING_BACKEND": keyring, "LC_ALL": "C.UTF-8"}
