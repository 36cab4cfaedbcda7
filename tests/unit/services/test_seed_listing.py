"""Seeds found in a folder: what is offered, what is not and why; nothing of it is run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from nexus_studio.cli_seed import _only
from nexus_studio.cli_wording import words_for
from nexus_studio.cli_wording_seeds import FAULTS
from nexus_studio.core.admin.seeds import OWN, SeedFault, SeedKind, SeedListing, SeedSpec
from nexus_studio.core.errors import SeedRefused
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.services.paths import Paths
from nexus_studio.services.seeding.listing import list_seeds
from nexus_studio.services.seeding.places import nearest_top, place_of

PYTHON = '''
"""Its import would fail."""
import nowhere_to_be_found
import nexus_seeds as n
from nexus_seeds import seed as planted

@planted(name="people", description="A few people", environments=("ci", "development"), idempotent=True)
def some_people(connection, scale, report):
    raise AssertionError

@n.seed
def courses(connection):
    """Courses of a year.

    More about them.
    """

@planted
def alone(*, number=1): ...

@planted(name=str("x"))
def computed(connection): ...

@planted(shape="round")
def odd(connection): ...

@planted()
async def waiting(connection): ...

@planted(environments=["moon"])
def far(connection): ...

@planted(name="no/name")
def slashed(connection): ...

def seed(connection):
    """No seed: it only has the name."""
'''


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_sql", ".sql").replace("_py", ".py").replace("_csv", ".csv")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.fixture
def profile(tmp_path: Path) -> ConnectionProfile:
    (tmp_path / "project").mkdir()
    return ConnectionProfile("test", host="", database="x", project=tmp_path / "project")


def test_every_kind_is_found_without_being_run(tmp_path: Path, profile: ConnectionProfile) -> None:
    folder = tmp_path / "project" / "seeds"
    write(
        folder,
        people_py=PYTHON,
        plain_sql="INSERT INTO t VALUES (1);\n",
        told_sql="-- name: told\n-- description: What it says\n-- environments: ci\n-- idempotent: yes\nSELECT 1;\n",
        twice_sql="-- name: told\nSELECT 1;\n",
        wrong_sql="-- environments: ci, moon\n",
        unsure_sql="-- idempotent: perhaps\n",
        broken_py="from nexus_seeds import seed\ndef (:\n",
        other_py="print('nothing of seeds here')\n",
        begun_py="def people(connection, scale:\n",
        _hidden_sql="SELECT 1;",
        school__users_csv="id\n1\n",
        deep__er__coaches_csv="id\n1\n",
    )
    (folder / "school" / "seed.toml").write_text('description = "Users"\nenvironments = ["demo"]\nidempotent = false\n')
    (folder / "alone").mkdir()
    (folder / "alone" / "seed.toml").write_text("")
    (folder / "latin.sql").write_bytes(b"-- name: \xe9t\xe9\n")
    listing = list_seeds(place_of(profile, Paths.default()))
    assert listing.folder == folder
    seeds = {each.name: each for each in listing.seeds if each.path is not None}
    assert set(seeds) == {"people", "courses", "alone", "plain", "told", "school", "er"}
    people = seeds["people"]
    assert (people.description, people.idempotent, people.takes_scale) == ("A few people", True, True)
    assert (people.environments, people.function, people.line) == (
        frozenset({Environment.CI, Environment.DEVELOPMENT}),
        "some_people",
        8,
    )
    assert (seeds["courses"].description, seeds["courses"].takes_scale) == ("Courses of a year.", False)
    assert [name for name, each in seeds.items() if not each.takes_connection] == ["alone"]
    assert (seeds["plain"].environments, seeds["plain"].idempotent, seeds["plain"].kind) == (OWN, False, SeedKind.SQL)
    assert (seeds["told"].environments, seeds["told"].idempotent) == (frozenset({Environment.CI}), True)
    assert (seeds["school"].idempotent, seeds["er"].idempotent, seeds["er"].kind) == (False, True, SeedKind.CSV)
    assert {(each.path.name, each.fault, each.subject) for each in listing.problems} == {
        ("people.py", SeedFault.NOT_LITERAL, "name"),
        ("people.py", SeedFault.ARGUMENT, "shape"),
        ("people.py", SeedFault.ASYNC, "waiting"),
        ("people.py", SeedFault.ENVIRONMENT, "moon"),
        ("people.py", SeedFault.NAME, "no/name"),
        ("twice.sql", SeedFault.TAKEN, "told"),
        ("wrong.sql", SeedFault.ENVIRONMENT, "moon"),
        ("unsure.sql", SeedFault.IDEMPOTENT, "perhaps"),
        ("broken.py", SeedFault.SYNTAX, ""),
        ("begun.py", SeedFault.SYNTAX, ""),
        ("seed.toml", SeedFault.EMPTY, ""),
        ("latin.sql", SeedFault.UNREADABLE, ""),
    }


def test_where_seeds_are_looked_for(tmp_path: Path, profile: ConnectionProfile) -> None:
    paths = Paths.below(tmp_path / "home")
    top = tmp_path / "project"
    assert place_of(profile, paths).folder == top / "seeds"
    assert nearest_top(top) is None or nearest_top(top) not in (top, tmp_path)
    (top / "pyproject.toml").write_text('[tool.nexus-studio]\nseeds = "db/examples"\n')
    assert place_of(profile, paths).folder == top / "db" / "examples"
    (top / "src").mkdir()
    assert nearest_top(top / "src") == top
    own = place_of(replace(profile, project=None), paths)
    assert (own.folder, own.has_models) == (paths.data / "seeds", True)
    (top / "pyproject.toml").write_text("[tool.nexus-studio]\nseeds = 3\n")
    for project, code in ((top, "seed.config"), (tmp_path / "gone", "seed.project_missing")):
        with pytest.raises(SeedRefused) as caught:
            place_of(replace(profile, project=project), paths)
        assert caught.value.code == code


def test_every_fault_is_said_on_the_command_line() -> None:
    assert set(FAULTS) == set(SeedFault)


def test_which_seed_is_meant_when_none_is_named() -> None:
    one, demo, other = (SeedSpec(name) for name in ("one", "demo", "other"))
    assert _only(SeedListing((one, demo))) == "demo"
    assert _only(SeedListing((one,))) == "one"
    for seeds, code in (((one, other), "seed.which"), ((), "seed.none")):
        with pytest.raises(SeedRefused) as caught:
            _only(SeedListing(seeds))
        assert caught.value.code == code
        assert "?" not in " ".join(words_for(caught.value))
