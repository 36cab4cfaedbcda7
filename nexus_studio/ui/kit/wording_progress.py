"""English source of the words for progress: step codes and units. Translated in context "progress"."""

from __future__ import annotations

from collections.abc import Mapping

from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP

STEPS: Mapping[str, str] = {
    "working": QT_TRANSLATE_NOOP("progress", "Working…"),
}

UNITS: Mapping[str, str] = {
    "rows": QT_TRANSLATE_NOOP("progress", "{number} rows"),
    "tables": QT_TRANSLATE_NOOP("progress", "{number} tables"),
    "steps": QT_TRANSLATE_NOOP("progress", "{number} steps"),
    "bytes": "{number}",  # written by QLocale.formattedDataSize
}
