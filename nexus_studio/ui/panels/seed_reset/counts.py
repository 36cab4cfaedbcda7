"""Sentences with a number in them: lupdate finds plural forms in the `tr` of a class, and in no `translate`."""

from __future__ import annotations

from PySide6.QtCore import QObject

from nexus_studio.ui.kit.plurals import numbered, plural_of


class Counts(QObject):
    """Says how many rows something is about, in the current language."""

    def would_add(self, rows: int) -> str:
        """Count what a seed would add."""
        return numbered(self.tr("It would add {number} row(s)", "", plural_of(rows)), rows)

    def would_change(self, rows: int) -> str:
        """Count what a seed would change."""
        return numbered(self.tr("It would change {number} row(s)", "", plural_of(rows)), rows)

    def added(self, rows: int) -> str:
        """Count what a seed has added."""
        return numbered(self.tr("Added {number} row(s)", "", plural_of(rows)), rows)

    def changed(self, rows: int) -> str:
        """Count what a seed has changed."""
        return numbered(self.tr("Changed {number} row(s)", "", plural_of(rows)), rows)

    def sequences(self, number: int) -> str:
        """Count sequences that a dry run has moved; `{names}` is to be filled in."""
        return self.tr(
            "%Ln sequence(s) moved on all the same, since PostgreSQL takes no number back: {names}.", "", number
        )

    def imported(self, rows: int) -> str:
        """Count what was imported."""
        return numbered(self.tr("{number} row(s) were imported, and are as they were sent", "", plural_of(rows)), rows)

    def refused(self, number: int) -> str:
        """Count what an import refuses."""
        return numbered(self.tr("{number} value(s) or row(s) are refused", "", plural_of(number)), number)

    def importable(self, rows: int) -> str:
        """Count what an import would bring."""
        return numbered(self.tr("{number} row(s) can be imported: nothing is refused", "", plural_of(rows)), rows)

    def tables(self, number: int) -> str:
        """Count tables."""
        return self.tr("%Ln table(s)", "", number)

    def rows(self, number: int) -> str:
        """Count rows, of which there may be more than Qt can count."""
        return numbered(self.tr("{number} row(s)", "", plural_of(number)), number)
