"""Garbage is collected between turns of the event loop, in its thread, and nowhere else."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from pytestqt.qtbot import QtBot

from nexus_studio.ui.kit.collecting import QUIET, Collecting
from tests.support.fix_garbage import set_apart


class Ring:
    """Garbage that only the collector can find."""

    def __init__(self) -> None:
        self.self = self


@pytest.fixture
def collecting(qapp: QObject) -> Iterator[Collecting]:
    parent = QObject()
    yield Collecting(parent)
    parent.deleteLater()
    QCoreApplication.sendPostedEvents(parent, QEvent.Type.DeferredDelete)
    assert gc.isenabled(), "Python does it by itself again"
    set_apart()  # as it was: without what the test itself left


def test_circles_go_when_there_is_time(collecting: Collecting, qtbot: QtBot) -> None:
    assert not gc.isenabled()
    collecting.look()  # sets apart what is there already
    rings = [Ring() for _ in range(5_000)]
    last = weakref.ref(rings[-1])
    del rings
    assert last() is not None
    qtbot.waitUntil(lambda: last() is None)


def test_libraries_are_set_apart_once(collecting: Collecting) -> None:
    collecting.look()
    apart = gc.get_freeze_count()
    assert apart > 10_000
    collecting.look()
    assert gc.get_freeze_count() <= apart


def test_the_old_ones_wait_for_a_quiet_while(collecting: Collecting) -> None:
    collecting.look()
    ring = Ring()
    gone = weakref.ref(ring)
    gc.collect()  # survives, and is old now
    del ring
    for _ in range(45):  # somebody works
        kept = [Ring() for _ in range(2_500)]
        collecting.look()
        assert gone() is not None
    del kept
    for _ in range(QUIET + 4):  # and rests
        collecting.look()
    assert gone() is None
