"""Alembic's configuration, its interpreter and its version table, found without running anything."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.services.migrations.environmentfile import EnvironmentFile, read_environment
from nexus_studio.services.migrations.interpreters import find_python, package_folder
from nexus_studio.services.migrations.project import bundled, find_project, nearest_project, project_for
from tests.support.fix_projects import LAYOUTS, Rev

REPOSITORY = Path(__file__).parents[4]


def put(file: Path, text: str = "") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def blocked(folder: Path, **how: str) -> dict[str, object]:
    with pytest.raises(MigrationBlocked) as caught:
        find_project(folder, **how)  # type: ignore[arg-type]
    return {"code": caught.value.code, **caught.value.facts}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_is_found_as_alembic_finds_it(make_project: Callable[..., Path], layout: str) -> None:
    place = "more" if layout == "locations" else "versions"
    folder = make_project([Rev("a", None, ""), Rev("b", "a", "", place=place)], layout=layout)
    project = find_project(folder)
    if layout == "toml":
        theirs = ScriptDirectory.from_config(Config(toml_file=folder / "pyproject.toml"))
    else:
        theirs = ScriptDirectory.from_config(Config(folder / "alembic.ini"))
    assert project.script_location == Path(theirs.dir)
    assert sorted(project.version_locations) == sorted(theirs._version_locations)
    assert project.prepend_sys_path == (folder,)
    assert (project.is_bundled, project.name, project.folder) == (False, folder.name, folder)


def test_the_repository_is_the_bundled_project() -> None:
    assert find_project(REPOSITORY) == bundled()
    assert nearest_project(REPOSITORY / "nexus_studio" / "core") == REPOSITORY


def test_the_ini_wins_and_the_toml_fills_in(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    put(tmp_path / "alembic.ini", "[alembic]\nprepend_sys_path = src\nrecursive_version_locations = true\n")
    put(
        tmp_path / "pyproject.toml",
        '[tool.alembic]\nscript_location = "%(here)s/scripts"\n'
        'prepend_sys_path = ["lib"]\nversion_locations = ["v1"]\n',
    )
    project = find_project(tmp_path)
    assert project.script_location == tmp_path / "scripts"
    assert project.prepend_sys_path == (tmp_path / "src",)
    assert project.version_locations == (tmp_path / "v1",)
    assert (project.is_recursive, project.is_sourceless) == (True, False)
    assert (project.config_file, project.toml_file) == (tmp_path / "alembic.ini", tmp_path / "pyproject.toml")


@pytest.mark.parametrize(
    ("separator", "said", "expected"),
    [
        ("", "one two", ["one", "two"]),
        ("", "one, two", ["one", "two"]),
        ("path_separator = os", "one:two", ["one", "two"]),
        ("path_separator = space", "one  two", ["one", "two"]),
        ("path_separator = newline", "\n  one\n  t w o\n", ["one", "t w o"]),
        ("version_path_separator = ;", "one; two", ["one", "two"]),
        ("path_separator = :\nversion_path_separator = ;", "one:two", ["one", "two"]),
    ],
)
def test_locations_are_split_as_alembic_splits_them(
    tmp_path: Path, separator: str, said: str, expected: list[str]
) -> None:
    (tmp_path / "a").mkdir()
    put(tmp_path / "alembic.ini", f"[alembic]\nscript_location = a\n{separator}\nversion_locations = {said}\n")
    assert find_project(tmp_path).version_locations == tuple(tmp_path / each for each in expected)


def test_a_section_and_a_file_of_another_name(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    ini = put(tmp_path / "other.ini", "[alembic]\nscript_location = a\n[two]\nscript_location = b\n")
    assert find_project(ini, section="two").script_location == tmp_path / "b"
    assert blocked(ini, section="three") == {
        "code": "migration.project_broken",
        "reason": "section",
        "file": str(ini),
        "section": "three",
    }


@pytest.mark.parametrize(
    ("name", "text", "reason", "more"),
    [
        ("alembic.ini", "[alembic]\nscript_location\n", "syntax", {"line": 2}),
        ("alembic.ini", "no section\n", "syntax", {"line": 1}),
        ("alembic.ini", "[alembic]\nx = 1\n", "script_location", {}),
        ("alembic.ini", "[alembic]\nscript_location = %(nobody)s/a\n", "value", {"option": "script_location"}),
        ("alembic.ini", "[alembic]\nscript_location = gone\n", "script_location", {}),
        ("alembic.ini", "[alembic]\nscript_location = nowhere.pkg:migrations\n", "package", {"package": "nowhere.pkg"}),
        (
            "alembic.ini",
            "[alembic]\nscript_location = .\nversion_locations = a\npath_separator = x",
            "value",
            {},
        ),
        ("pyproject.toml", "[tool.alembic]\nscript_location = \n", "syntax", {"line": 2}),
        (
            "pyproject.toml",
            '[tool.alembic]\nscript_location = "%(x)s"\n',
            "value",
            {"option": "script_location"},
        ),
    ],
)
def test_what_is_broken_is_named(tmp_path: Path, name: str, text: str, reason: str, more: dict[str, object]) -> None:
    file = put(tmp_path / name, text)
    found = blocked(tmp_path)
    assert found | more == found
    assert (found["code"], found["reason"], found["file"]) == ("migration.project_broken", reason, str(file))


def test_a_folder_without_a_configuration(tmp_path: Path) -> None:
    assert blocked(tmp_path) == {"code": "migration.project_missing", "folder": str(tmp_path)}
    put(tmp_path / "pyproject.toml", "[tool.other]\nname = 'alembic'\n")
    assert blocked(tmp_path)["code"] == "migration.project_missing"
    assert nearest_project(tmp_path / "deeper") is None


def test_a_package_is_found_on_disk(tmp_path: Path) -> None:
    put(tmp_path / "src" / "shop" / "db" / "scripts" / "env.py")
    put(tmp_path / "src" / "shop" / "__init__.py", "raise SystemExit")
    put(tmp_path / "alembic.ini", "[alembic]\nscript_location = shop.db:scripts\n")
    assert find_project(tmp_path).script_location == tmp_path / "src" / "shop" / "db" / "scripts"


def test_a_package_is_found_in_site_packages_and_through_pth_files(tmp_path: Path) -> None:
    site = tmp_path / "venv" / "lib" / "python3.12" / "site-packages"
    put(site / "one" / "__init__.py")
    put(tmp_path / "elsewhere" / "two" / "__init__.py")
    put(site / "editable.pth", f"import nothing\n{tmp_path / 'elsewhere'}\n")
    python = tmp_path / "venv" / "bin" / "python"
    assert package_folder("one", (), python) == site / "one"
    assert package_folder("two", (), python) == tmp_path / "elsewhere" / "two"
    assert package_folder("three", (), python) is None


@pytest.mark.parametrize("place", [".venv/bin/python", "venv/bin/python3", "env/Scripts/python.exe", ".env/bin/python"])
def test_the_interpreter_beside_the_project(tmp_path: Path, place: str) -> None:
    python = put(tmp_path / place)
    assert find_python(tmp_path, {}) == (python, "found")


def test_the_interpreter_above_within_the_repository_only(tmp_path: Path) -> None:
    python = put(tmp_path / "repository" / ".venv" / "bin" / "python")
    inner = tmp_path / "repository" / "services" / "shop"
    inner.mkdir(parents=True)
    assert find_python(inner, {}) == (python, "found")
    (inner / ".git").mkdir()
    assert find_python(inner, {}) == (None, "")


def test_the_active_environment_comes_last(tmp_path: Path) -> None:
    (tmp_path / "p" / ".git").mkdir(parents=True)
    active = put(tmp_path / "other" / "bin" / "python")
    environ = {"VIRTUAL_ENV": str(tmp_path / "other")}
    assert find_python(tmp_path / "p", environ) == (active, "active")
    own = put(tmp_path / "p" / ".venv" / "bin" / "python")
    assert find_python(tmp_path / "p", environ) == (own, "found")


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """The place of the link is what makes an interpreter the environment's."""
    link = tmp_path / ".venv" / "bin" / "python"
    link.parent.mkdir(parents=True)
    link.symlink_to(sys.executable)
    assert find_python(tmp_path, {})[0] == link


def test_a_connection_names_project_and_interpreter(make_project: Callable[..., Path], tmp_path: Path) -> None:
    folder = make_project([])
    plain = ConnectionProfile("p")
    assert project_for(plain) == bundled()
    without = tmp_path / "no_migrations"
    with pytest.raises(MigrationBlocked) as gone:
        project_for(ConnectionProfile("p", project=without))
    assert gone.value.code == "migration.project_missing"
    without.mkdir()
    assert project_for(ConnectionProfile("p", project=without)) == bundled()
    found = project_for(ConnectionProfile("p", project=folder, python=Path("/opt/python")))
    assert (found.folder, found.python, found.python_from) == (folder, Path("/opt/python"), "given")
    assert find_project(folder, python=Path("bin/python")).python == folder / "bin" / "python"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("context.configure(connection=c)", EnvironmentFile()),
        ('context.configure(version_table="v", version_table_schema="s")', EnvironmentFile("v", "s")),
        (
            'TABLE = "v"\nSCHEMA: str = "s"\nf(version_table=TABLE, version_table_schema=SCHEMA)',
            EnvironmentFile("v", "s"),
        ),
        ('how = {"version_table": "v", "x": 1}\nf(**how)', EnvironmentFile("v")),
        ("f(version_table_schema=None)", EnvironmentFile()),
        ("f(version_table_schema=settings.schema)", EnvironmentFile(is_literal=False)),
        ("f(version_table=", EnvironmentFile()),
    ],
)
def test_the_version_table_is_read_from_the_environment_file(
    tmp_path: Path, text: str, expected: EnvironmentFile
) -> None:
    assert read_environment(put(tmp_path / "env.py", text)) == expected


def test_without_an_environment_file_alembics_own_name_serves(tmp_path: Path) -> None:
    assert read_environment(tmp_path / "env.py") == EnvironmentFile()
