"""The wheel stands on its own: outside the repository it finds its resources, models and migrations."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

LOOK = """
import sys
from importlib.resources import files
import models, nexus_studio
from nexus_studio.ui.kit import resources
package = files("nexus_studio")
assert str(package).startswith(sys.argv[1]), package
assert models.__file__.startswith(sys.argv[1]), models.__file__
assert (package / "alembic" / "env.py").is_file()
assert [f.name for f in (package / "alembic" / "versions").iterdir() if f.name.endswith(".py")]
assert [f.name for f in (package / "resources" / "themes").iterdir() if f.name.endswith(".toml")]
print("found")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    built = subprocess.run([*command, "-w", str(folder), str(ROOT)], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (found,) = folder.glob("*.whl")
    return found


def test_everything_travels(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    expected = {
        *(p.relative_to(ROOT).as_posix() for p in (ROOT / "nexus_studio").rglob("*.py")),
        *(p.relative_to(ROOT).as_posix() for p in (ROOT / "models").rglob("*.py")),
        *(f"nexus_studio/{p.relative_to(ROOT).as_posix()}" for p in (ROOT / "alembic").rglob("*.py")),
        *(f"nexus_studio/{p.relative_to(ROOT).as_posix()}" for p in (ROOT / "resources").rglob("*") if p.is_file()),
        "nexus_studio/alembic/script.py.mako",
    }
    assert expected - names == set()
    assert "nexus_studio/alembic/__init__.py" not in names
    strangers = {name.partition("/")[0] for name in names} - {"nexus_studio", "models"}
    assert all(name.endswith(".dist-info") for name in strangers), strangers
    assert not [name for name in names if name.endswith(".pyc") or "__pycache__" in name]


def test_it_runs_elsewhere(wheel: Path, tmp_path: Path) -> None:
    room = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(room)
    # -P and another folder: the repository itself (an editable installation) must not be what is found.
    command = [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {str(room)!r})\n{LOOK}", str(room)]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    assert found.stdout.split() == ["found"]
