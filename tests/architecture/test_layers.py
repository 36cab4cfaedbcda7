"""The floors hold: by the import contracts, and in a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.architecture.tree import ROOT, module_of, python_files

# Qt is not to be had here. (That no module leans on another's imports is what the contracts and mypy look at.)
IMPORT_EACH = """
import importlib, sys

class NoQt:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"PySide6", "shiboken6"}:
            raise ImportError(f"{name} was imported below ui/")

sys.meta_path.insert(0, NoQt())
for module in sys.argv[1:]:
    try:
        importlib.import_module(module)
    except Exception as error:
        sys.exit(f"{module}: {type(error).__name__}: {error}")
print("imported", len(sys.argv) - 1)
"""


def test_the_import_contracts_are_kept() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout[-4000:] + found.stderr[-2000:]


def test_core_and_every_service_come_without_qt() -> None:
    files = python_files("nexus_studio/core", "nexus_studio/services", "models")
    modules = [module_of(path) for path in files]
    assert "nexus_studio.services.session" in modules
    command = [sys.executable, "-c", IMPORT_EACH, *modules]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    assert found.stdout.split() == ["imported", str(len(modules))]


def test_core_does_not_load_the_driver() -> None:
    modules = [module_of(path) for path in python_files("nexus_studio/core")]
    code = f"import sys, {', '.join(modules)}; print([m for m in ('psycopg', 'alembic', 'models') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
