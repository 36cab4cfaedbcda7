"""Errors of duplicating a row with rows that point to it, by code."""

from __future__ import annotations

from collections.abc import Mapping

from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.wording_tables import Words

DUPLICATE_WORDS: Mapping[str, Words] = {
    "duplicate.refused": Words(
        QT_TRANSLATE_NOOP("errors", "The row was not duplicated"), QT_TRANSLATE_NOOP("errors", "Nothing was staged.")
    ),
    "duplicate.gone": Words(
        QT_TRANSLATE_NOOP("errors", "The row of {relation} is gone"),
        QT_TRANSLATE_NOOP("errors", "Somebody has deleted it or changed its key meanwhile."),
    ),
    "duplicate.too_many": Words(
        QT_TRANSLATE_NOOP("errors", "More than {most} rows would be copied"),
        QT_TRANSLATE_NOOP("errors", "Tick fewer tables."),
    ),
    "duplicate.unanswered": Words(
        QT_TRANSLATE_NOOP("errors", "A value of its own is wanted for {column} of {relation}"),
        QT_TRANSLATE_NOOP("errors", "It is unique, and the original has it already."),
    ),
    "duplicate.computed": Words(
        QT_TRANSLATE_NOOP("errors", "Copies can't point to a copy in {relation}"),
        QT_TRANSLATE_NOOP("errors", "They would have to name its {column}, which is known only once it is written."),
    ),
    "duplicate.numbers": Words(
        QT_TRANSLATE_NOOP("errors", "Your role may not take numbers for {column} of {relation}"),
        QT_TRANSLATE_NOOP("errors", "Copies that point to a copy need its number before. USAGE on its sequence helps."),
    ),
    "duplicate.unknown_child": Words(
        QT_TRANSLATE_NOOP("errors", "“{relation}” is no single way to rows that point here"),
        QT_TRANSLATE_NOOP("errors", "There are: {names}."),
    ),
}
