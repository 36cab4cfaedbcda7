"""Acts and their rails: one policy, said once, and time-outs in one table."""

from __future__ import annotations

from itertools import pairwise

import pytest

from nexus_studio.core.admin.acts import ACTS, Rail, act, rail
from nexus_studio.core.admin.timeouts import TIMEOUTS
from nexus_studio.core.profiles import ALLOWED, Capability, ConnectionProfile, Environment, declared_environment

OWN = (Environment.DEMO, Environment.DEVELOPMENT, Environment.CI)
STRICT = (Rail.FREE, Rail.ASKED, Rail.NAMED, Rail.REVIEWED, Rail.UNLOCKED, Rail.REFUSED)


def test_every_act_has_a_rail_everywhere_and_a_name_of_its_own() -> None:
    assert len({each.id for each in ACTS}) == len(ACTS)
    assert all(set(each.rails) == set(Environment) for each in ACTS)
    commands = [each.command for each in ACTS if each.command]
    assert len(set(commands)) == len(commands)
    buttons = [each.button for each in ACTS if each.button]
    assert len(set(buttons)) == len(buttons)


def test_every_act_has_a_door() -> None:
    for each in ACTS:
        assert bool(each.command or each.button) != bool(each.within), each.id
        assert bool(each.option) == bool(each.within), each.id
        for other in map(act, each.within):
            assert other.command, each.id
            assert other.button, each.id


def test_what_is_refused_is_refused_by_the_session_too() -> None:
    for each in ACTS:
        for environment, found in each.rails.items():
            profile = ConnectionProfile("p", environment=environment)
            assert (found is Rail.REFUSED) == (not profile.allows(each.capability)), (each.id, environment)


def test_production_is_locked_for_every_act_that_is_not_refused() -> None:
    writing = [each for each in ACTS if each.capability is not Capability.BROWSE]
    loose = {rail(each, Environment.PRODUCTION) for each in writing if not rail(each, Environment.PRODUCTION).is_locked}
    assert loose == {Rail.REFUSED}
    assert not any(rail(each, environment).is_locked for each in ACTS for environment in (*OWN, Environment.STAGING))
    assert not Capability.RESET & ALLOWED[Environment.PRODUCTION]


def test_a_backup_is_made_anywhere_without_a_question() -> None:
    assert act("backup.create").capability is Capability.BROWSE
    assert {rail(act("backup.create"), place) for place in Environment} == {Rail.FREE}


def test_no_act_is_easier_where_more_depends_on_it() -> None:
    for each in ACTS:
        order = [STRICT.index(rail(each, environment)) for environment in Environment]
        assert all(one <= next_one for one, next_one in pairwise(order)), each.id


def test_resets_and_seeds_stay_at_home() -> None:
    for name in ("seed.run", "reset.reset", "reset.empty", "reset.recreate", "shelf.take", "shelf.put_back"):
        assert [rail(act(name), place) for place in (Environment.STAGING, Environment.PRODUCTION)] == [Rail.REFUSED] * 2
    for name in ("reset.reset", "reset.empty", "reset.recreate"):
        assert {rail(act(name), place) for place in OWN} == {Rail.NAMED}


def test_the_stricter_the_place_the_shorter_the_time() -> None:
    limits = [TIMEOUTS[each].statement_ms or float("inf") for each in Environment]
    assert all(one >= next_one for one, next_one in pairwise(limits))
    assert TIMEOUTS[Environment.PRODUCTION].migration_lock_ms > 0


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ((None, None), None),
        (("production", None), Environment.PRODUCTION),
        ((None, "ci"), Environment.CI),
        ((" Prod ", "development"), Environment.PRODUCTION),
        (("development", "staging"), Environment.STAGING),
        (("whatever", "stage"), Environment.STAGING),
        (("whatever", None), None),
        (("", ""), None),
    ],
)
def test_what_a_database_says_of_itself(words: tuple[str | None, ...], found: Environment | None) -> None:
    assert declared_environment(*words) is found
