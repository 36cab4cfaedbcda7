"""Prisma projects on disk: where their migrations are, and which version they have."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.services.migrations.project import AlembicProject
from nexus_studio.services.migrations.projects import any_project_for, find_any_project, nearest_any_project
from nexus_studio.services.prisma.project import PrismaProject, find_prisma, has_prisma
from tests.support.fix_prisma import SCHEMA


def lay(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


LAYOUTS = [
    ({"prisma/schema.prisma": SCHEMA}, "prisma/migrations"),
    ({"prisma/migrations/1_x/migration.sql": ""}, "prisma/migrations"),
    ({"schema.prisma": SCHEMA}, "migrations"),
    ({"db/schema.prisma": SCHEMA}, "db/migrations"),
    (
        {"prisma/schema/main.prisma": SCHEMA, "prisma/schema/user.prisma": "model U { id Int @id }"},
        "prisma/schema/migrations",
    ),
    (
        {"prisma/schema/main.prisma": SCHEMA, "prisma/migrations/1_x/migration.sql": ""},
        "prisma/migrations",
    ),
    ({"package.json": '{"prisma": {"schema": "data/shop.prisma"}}', "data/shop.prisma": SCHEMA}, "data/migrations"),
    (
        {
            "prisma.config.ts": 'export default { schema: "data/shop.prisma", migrations: { path: "sql" } }',
            "data/shop.prisma": SCHEMA,
        },
        "sql",
    ),
    (
        {"prisma.config.ts": "// schema: 'x'\nexport default { migrations: { seed: 'x', path: 'sql' } }"},
        "sql",
    ),
]


@pytest.mark.parametrize(("files", "migrations"), LAYOUTS)
def test_where_the_migrations_are(tmp_path: Path, files: dict[str, str], migrations: str) -> None:
    lay(tmp_path, files)
    assert has_prisma(tmp_path)
    found = find_prisma(tmp_path)
    assert found is not None
    assert (found.folder, found.migrations) == (tmp_path, tmp_path / migrations)


@pytest.mark.parametrize("named", ["prisma", "prisma/migrations", "prisma/schema.prisma"])
def test_its_own_places_name_it_too(tmp_path: Path, named: str) -> None:
    lay(
        tmp_path,
        {"prisma/schema.prisma": SCHEMA, "prisma/migrations/1_x/migration.sql": "", "alembic.ini": "[alembic]"},
    )
    found = find_any_project(tmp_path / named)
    assert isinstance(found, PrismaProject)
    assert (found.folder, found.migrations) == (tmp_path, tmp_path / "prisma" / "migrations")


def test_alembic_goes_before_prisma_in_one_folder(tmp_path: Path) -> None:
    lay(tmp_path, {"prisma/schema.prisma": SCHEMA, "alembic.ini": "[alembic]\nscript_location = a\n", "a/env.py": ""})
    assert isinstance(find_any_project(tmp_path), AlembicProject)
    assert isinstance(any_project_for(ConnectionProfile("x", project=tmp_path)), AlembicProject)


def test_a_folder_without_either(tmp_path: Path) -> None:
    assert not has_prisma(tmp_path)
    assert find_prisma(tmp_path) is None
    assert find_prisma(tmp_path / "gone") is None
    assert any_project_for(ConnectionProfile("x", project=tmp_path)).is_bundled
    with pytest.raises(MigrationBlocked):
        find_any_project(tmp_path)


def test_the_nearest_one(tmp_path: Path) -> None:
    lay(tmp_path, {"prisma/schema.prisma": SCHEMA, "src/a/b.ts": "", "other/.git/x": "", "other/deeper/x": ""})
    assert nearest_any_project(tmp_path / "src" / "a") == tmp_path
    assert nearest_any_project(tmp_path / "other" / "deeper") is None


def test_which_version(tmp_path: Path) -> None:
    lay(tmp_path, {"prisma/schema.prisma": SCHEMA})

    def version() -> tuple[str, str]:
        found = find_prisma(tmp_path)
        assert found is not None
        return str(found.version), found.version.source

    assert version() == ("7.10.1", "newest")
    lay(tmp_path, {"package.json": json.dumps({"dependencies": {"@prisma/client": "^6.1.0"}})})
    assert version() == ("6.19.3", "declared")
    lay(tmp_path, {"package-lock.json": json.dumps({"packages": {"node_modules/prisma": {"version": "7.2.0"}}})})
    assert version() == ("7.2.0", "locked")
    lay(tmp_path, {"node_modules/prisma/package.json": json.dumps({"version": "7.5.1"})})
    assert version() == ("7.5.1", "installed")
    found = find_prisma(tmp_path, version="6.19.3")
    assert found is not None
    assert (str(found.version), found.version.source) == ("6.19.3", "given")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("package-lock.json", '{"lockfileVersion": 1, "dependencies": {"prisma": {"version": "6.5.0"}}}'),
        ("yarn.lock", '# yarn lockfile v1\n\n\nprisma-x@1:\n  version "1.0.0"\n\nprisma@^6.1.0:\n  version "6.5.0"\n'),
        ("yarn.lock", '"prisma@npm:^6.1.0, prisma@npm:6":\n  version: 6.5.0\n  resolution: "prisma@npm:6.5.0"\n'),
        ("yarn.lock", '"@prisma/client@npm:^6.1.0":\n  version: 6.5.0\n'),
        ("pnpm-lock.yaml", "packages:\n\n  prisma@6.5.0(typescript@5.4.0):\n    resolution: {}\n"),
        ("pnpm-lock.yaml", "packages:\n\n  '@prisma/client@6.5.0':\n    resolution: {}\n"),
        ("pnpm-lock.yaml", "packages:\n\n  /prisma@6.5.0:\n    resolution: {}\n"),
        ("pnpm-lock.yaml", "packages:\n  /prisma/6.5.0:\n    resolution: {}\n"),
        ("bun.lock", '{\n  "packages": {\n    "prisma": ["prisma@6.5.0", "", {}],\n  }\n}\n'),
    ],
)
def test_lock_files_of_every_package_manager(tmp_path: Path, name: str, text: str) -> None:
    lay(tmp_path, {"prisma/schema.prisma": SCHEMA, "package.json": '{"dependencies": {"prisma": "^6.1.0"}}'})
    lay(tmp_path, {name: text})
    found = find_prisma(tmp_path)
    assert found is not None
    assert (str(found.version), found.version.source) == ("6.5.0", "locked")


def test_packages_of_a_workspace_stand_above(tmp_path: Path) -> None:
    lay(
        tmp_path,
        {
            ".git/x": "",
            "node_modules/prisma/package.json": '{"version": "6.2.0"}',
            "packages/db/prisma/schema.prisma": SCHEMA,
            "packages/db/package.json": '{"devDependencies": {"prisma": "^7.0.0"}}',
        },
    )
    found = find_prisma(tmp_path / "packages" / "db")
    assert found is not None
    assert str(found.version) == "6.2.0"


@pytest.mark.parametrize("text", ["{", "[]", '{"dependencies": []}', '{"prisma": "x"}'])
def test_a_broken_package_json_says_nothing(tmp_path: Path, text: str) -> None:
    lay(tmp_path, {"prisma/schema.prisma": SCHEMA, "package.json": text, "package-lock.json": text})
    found = find_prisma(tmp_path)
    assert found is not None
    assert found.version.source == "newest"


def test_another_database_is_refused(tmp_path: Path) -> None:
    lay(tmp_path, {"prisma/schema.prisma": SCHEMA.replace("postgresql", "mysql")})
    with pytest.raises(MigrationBlocked) as caught:
        find_prisma(tmp_path)
    assert (caught.value.code, caught.value.facts["provider"]) == ("migration.provider", "mysql")


def test_schemas_of_the_datasource(tmp_path: Path) -> None:
    lay(
        tmp_path,
        {"prisma/schema.prisma": SCHEMA.replace("env(", 'env("X") // "no"\n  schemas = ["public", "app"]\n  y = (')},
    )
    found = find_prisma(tmp_path)
    assert found is not None
    assert found.schemas == ("public", "app")
