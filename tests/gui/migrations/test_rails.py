"""The panel's buttons against every environment: the rails that acts declare, and a lock that closes all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtWidgets import QCheckBox, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.acts import ACTS, Rail, act, rail
from nexus_studio.core.admin.evidence import Way
from nexus_studio.core.admin.ledgerentries import Direction
from nexus_studio.core.admin.migrations import MigrationStanding, MigrationStatus, Statement, Step
from nexus_studio.core.admin.safety import SafetyReport
from nexus_studio.core.errors import ForbiddenHere
from nexus_studio.core.profiles import Environment
from nexus_studio.ui.kit.confirm import ConfirmDialog
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.panels.migrations.flows.deploy_dialog import DeployDialog
from nexus_studio.ui.panels.migrations.flows.downgrade_dialog import DowngradeDialog
from nexus_studio.ui.panels.migrations.flows.push_dialog import PushDialog
from nexus_studio.ui.panels.migrations.flows.resolve_page import ResolvePage
from nexus_studio.ui.panels.migrations.flows.restore_dialog import RestoreDialog
from nexus_studio.ui.panels.migrations.flows.stamp_dialog import StampDialog
from nexus_studio.ui.panels.migrations.offers import Limits, Verb, obstacle
from tests.gui.migrations.conftest import Closing
from tests.gui.migrations.fakes import EVIDENCE, FAILED, FakeMigrations, failed_status, status_of, workspace_on
from tests.support.widgets import child

DOWN = Step("9b1d77e0aa52", Direction.DOWN, "Email is unique", (Statement(1, "DROP INDEX users_email_key"),))
OF_PANEL = tuple(each for each in ACTS if each.id.startswith("migrate.") and each.button)
PRESSED = tuple(each.id for each in OF_PANEL)
"""The acts whose buttons are pressed here: see ../window/test_rails.py."""
VERBS = {each.id: Verb(each.id.removeprefix("migrate.")) for each in OF_PANEL}
CALLS = {"migrate.restore": "stamp"}  # the service's method, where it has another name


def right_standing(verb: Verb) -> MigrationStatus:
    """Return a standing in which nothing but the environment can stand against a verb."""
    if verb is Verb.RESOLVE:
        return failed_status()
    return status_of(MigrationStanding.VERSIONS_LOST) if verb is Verb.RESTORE else status_of()


@pytest.mark.parametrize("environment", list(Environment))
def test_what_is_refused_or_locked_is_not_offered(environment: Environment) -> None:
    is_production = environment is Environment.PRODUCTION
    for each in OF_PANEL:
        verb = VERBS[each.id]
        found, status = rail(each, environment), right_standing(verb)
        free = Limits(environment, is_read_only=False, may_migrate=True)
        assert obstacle(verb, status, free) == ("prototyping" if found is Rail.REFUSED else ""), each.id
        if is_production and found is not Rail.REFUSED:
            locked = Limits(environment, is_read_only=True, may_migrate=True, is_locked=True)
            assert obstacle(verb, status, locked) == "locked", each.id


@pytest.fixture
def begin(context: UiContext, closing: Closing, qtbot: QtBot) -> Callable[..., QWidget]:
    """A function that opens the flow of an act on a fake service and presses the act's button."""

    def begin(act_id: str, service: FakeMigrations, environment: Environment) -> QWidget:
        workspace = workspace_on(service, environment)
        makers: dict[str, Callable[[], Any]] = {
            "migrate.deploy": lambda: DeployDialog(context, workspace),
            "migrate.push": lambda: PushDialog(context, workspace),
            "migrate.downgrade": lambda: DowngradeDialog(context, workspace, status_of(), target="base"),
            "migrate.stamp": lambda: StampDialog(context, workspace, status_of(), revision="9b1d77e0aa52"),
            "migrate.restore": lambda: RestoreDialog(
                context, workspace, right_standing(Verb.RESTORE), ("4f2a91c07be1",)
            ),
            "migrate.resolve": lambda: ResolvePage(context, workspace, FAILED.migration_name),
        }
        place: QWidget = makers[act_id]()
        closing(place)
        place.show()
        name = act(act_id).button
        if act_id == "migrate.resolve":
            name = f"resolve.{Way.MARK_APPLIED.value}"
        qtbot.waitUntil(lambda: (found := place.findChild(QPushButton, name)) is not None and found.isVisible())
        for box in place.findChildren(QCheckBox):
            if box.objectName().endswith("has_backup") and box.isVisible():
                box.click()
        button = child(place, QPushButton, name)
        qtbot.waitUntil(button.isEnabled)
        button.click()
        return place

    return begin


def service_for(act_id: str) -> FakeMigrations:
    if act_id == "migrate.resolve":
        return FakeMigrations(state=failed_status(), found=replace(EVIDENCE))
    service = FakeMigrations(report=SafetyReport((), copy="schema"))
    if act_id == "migrate.downgrade":
        service.steps = (DOWN,)
    return service


@pytest.mark.parametrize("environment", list(Environment))
@pytest.mark.parametrize("act_id", PRESSED)
def test_a_button_asks_for_what_its_rail_wants(
    act_id: str, environment: Environment, begin: Callable[..., QWidget], qtbot: QtBot
) -> None:
    found, service = rail(act(act_id), environment), service_for(act_id)
    if found is Rail.REFUSED:
        return  # it is not offered: see above; the service refuses it too, see its own tests
    call = CALLS.get(act_id, act_id.removeprefix("migrate."))

    def was_done() -> bool:
        done = [each for each in service.calls if each[0] == call]
        return len(done) > (call == "push")  # a push is tried first

    place = begin(act_id, service, environment)
    asked = place.findChild(ConfirmDialog)
    if found.is_named:
        assert asked is not None, act_id
        do, typed = child(asked, QPushButton, "confirm_do"), child(asked, QLineEdit, "confirm_name")
        for words, enough in (("", False), ("nexu", False), ("nexus2", False), ("nexus", True)):
            typed.setText(words)
            assert do.isEnabled() is enough
    if asked is not None:
        assert not was_done()
        child(asked, QLineEdit, "confirm_name").setText("nexus")  # in staging also where its rail only asks
        child(asked, QPushButton, "confirm_do").click()
    else:
        assert found is Rail.FREE or act_id == "migrate.restore"  # whose dialog is the question
    qtbot.waitUntil(was_done)


def test_a_lock_that_closes_meanwhile_is_told_with_the_way_to_open_it(
    begin: Callable[..., QWidget], qtbot: QtBot
) -> None:
    service = service_for("migrate.stamp")
    service.error = ForbiddenHere("forbidden.locked", capability="MIGRATE", environment="production")
    service.error_in = "stamp"
    dialog: Any = begin("migrate.stamp", service, Environment.PRODUCTION)
    asked = child(dialog, ConfirmDialog, "confirm_dialog")
    child(asked, QLineEdit, "confirm_name").setText("nexus")
    child(asked, QPushButton, "confirm_do").click()
    unlock = "step_session_unlock"
    qtbot.waitUntil(lambda: (found := dialog.findChild(QPushButton, unlock)) is not None and found.isVisible())
    with qtbot.waitSignal(dialog.step_asked) as told:
        child(dialog, QPushButton, unlock).click()
    assert told.args == ["session.unlock"]
