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
    monkeypatch.setenv("NEXUS_STUDIO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
