"""What stands around the code agrees with it: versions, the workflow, make, pins."""

from __future__ import annotations

import re
import subprocess
import tomllib
from typing import Any

import yaml

import nexus_studio
from tests.architecture.tree import ROOT

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    assert all(len(pair) == 2 for pair in pairs), "plain name==version lines: no hosts, no hashes"
    return {normal(name): version for name, version in pairs}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_version_is_the_same_everywhere() -> None:
    version = PROJECT["project"]["version"]
    assert nexus_studio.__version__ == version
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## Unreleased" in changes
    released = re.findall(r"^## (\d+\.\d+\.\d+)", changes, re.MULTILINE)
    assert not released or tuple(map(int, released[0].split("."))) <= tuple(map(int, version.split(".")))


def test_everything_asked_for_is_pinned() -> None:
    project = PROJECT["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"], *PROJECT["build-system"]["requires"]]
    names = {normal(re.match(r"[A-Za-z0-9._-]+", requirement)[0]) for requirement in wanted}  # type: ignore[index]
    pinned = pins()
    assert names - set(pinned) == set()
    assert pinned["pyside6-essentials"] == pinned["shiboken6"], "the binding and its runtime are one version"


def test_the_workflow_runs_the_same_on_every_supported_python() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/tests.yml").read_text(encoding="utf-8"))
    job = workflow["jobs"]["tests"]
    classifiers = [line.rpartition(" ")[2] for line in PROJECT["project"]["classifiers"] if ":: 3." in line]
    assert job["strategy"]["matrix"]["python"] == classifiers == ["3.11", "3.12", "3.13"]
    service = job["services"]["postgres"]
    assert service["image"] == "postgres:15-alpine"
    env = service["env"]
    url = f"postgresql://{env['POSTGRES_USER']}:{env['POSTGRES_PASSWORD']}@localhost:5432/{env['POSTGRES_DB']}"
    assert job["env"]["NEXUS_TEST_DATABASE_URL"] == url
    assert service["ports"] == ["5432:5432"]
    assert "pg_isready" in service["options"]
    for name, each in workflow["jobs"].items():
        assert each["steps"][-1]["run"] == ".ci/run", name


def test_ci_calls_verbs_that_make_knows() -> None:
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    verbs = re.findall(r"^\s*(?:step|begin) \w+ make --no-print-directory ([\w.-]+)", script, re.MULTILINE)
    assert {"lint", "types", "layers", "test", "test-window"} <= set(verbs)
    for verb in verbs:
        found = subprocess.run(["make", "-n", verb], cwd=ROOT, capture_output=True, text=True, check=False)
        assert found.returncode == 0, found.stderr
    for name in (".ci/run", "scripts/with-screen", "scripts/second-look"):
        assert (ROOT / name).stat().st_mode & 0o111, f"{name} can be run"
        subprocess.run(["bash", "-n", name], cwd=ROOT, check=True)


def test_make_tells_when_python_is_missing_or_too_old(tmp_path: Any) -> None:
    command = ["make", "-C", str(ROOT), "demo", "PYTHON=", f"VENV={tmp_path}/venv"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode != 0
    assert "needs Python 3.11 or newer" in found.stderr


def test_make_help_lists_every_verb() -> None:
    found = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert phony is not None
    listed = set(re.findall(r"^  make (\S+)", found.stdout, re.MULTILINE))
    assert listed == set(phony[1].split())
