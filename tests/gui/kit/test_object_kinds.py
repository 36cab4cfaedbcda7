"""Kinds of objects in words: those that a reset can meet, counted and named, in both languages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from nexus_studio.core.admin.resets import LossReport, LostObject
from nexus_studio.core.errors import ResetRefused
from nexus_studio.ui.kit.i18n import Languages
from nexus_studio.ui.kit.object_kinds import KindCounts, kind_name, named_object
from nexus_studio.ui.kit.wording import sentence
from nexus_studio.ui.panels.seed_reset.reset_words import elsewhere_line, loss_headline, objects_line

LOSS = LossReport(
    "d",
    "s",
    (),
    objects=(LostObject("materialized view", "m"), LostObject("view", "v"), LostObject("view", "w")),
    elsewhere=(LostObject("table column", "other.o.mood"), LostObject("materialized view", "other.m")),
)


@pytest.fixture
def speak(qapp: QApplication) -> Iterator[Languages]:
    languages = Languages(qapp)
    yield languages
    languages.apply("en")
    languages.deleteLater()


def test_what_else_is_lost_is_said_in_words(speak: Languages) -> None:
    speak.apply("en")
    assert loss_headline(LOSS) == "Will be lost: 0 tables, 0 rows, 0 bytes"
    assert objects_line(LOSS) == "And: 1 materialized view, 2 views"
    speak.apply("fr")
    assert objects_line(LOSS).endswith("1 vue matérialisée, 2 vues")
    assert elsewhere_line(LOSS).endswith("colonne other.o.mood, vue matérialisée other.m")


def test_errors_name_objects_in_words_too(speak: Languages) -> None:
    error = ResetRefused("reset.changed", names=("view other.later", "table known", "pg_proc"), count=3)
    speak.apply("fr")
    assert "vue other.later, table known, pg_proc" in sentence(error).explanation
    assert named_object("view") == "view"
    assert named_object("text search dictionary d") == "dictionnaire de recherche de texte d"


def test_a_kind_that_is_not_known_is_said_as_the_server_does() -> None:
    assert kind_name("user mapping") == "user mapping"
    assert KindCounts().counted("user mapping", 2) == "2 user mapping"
