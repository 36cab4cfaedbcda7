"""Sentences with a number in them: lupdate finds plural forms in the `tr` of a class, and in no `translate`."""

from __future__ import annotations

from PySide6.QtCore import QLocale, QObject

_MOST = 2**31 - 1


class Counts(QObject):
    """Says how many rows something is about, in the current language."""

    def would_add(self, rows: int) -> str:
        """Count what a seed would add."""
        return self.tr("It would add %n row(s)", "", rows)

    def would_change(self, rows: int) -> str:
        """Count what a seed would change."""
        return self.tr("It would change %n row(s)", "", rows)

    def added(self, rows: int) -> str:
        """Count what a seed has added."""
        return self.tr("Added %n row(s)", "", rows)

    def changed(self, rows: int) -> str:
        """Count what a seed has changed."""
        return self.tr("Changed %n row(s)", "", rows)

    def sequences(self, number: int) -> str:
        """Count sequences that a dry run has moved; `{names}` is to be filled in."""
        return self.tr(
            "%n sequence(s) moved on all the same, since PostgreSQL takes no number back: {names}.", "", number
        )

    def imported(self, rows: int) -> str:
        """Count what was imported."""
        return self.tr("%n row(s) were imported, and are as they were sent", "", rows)

    def refused(self, number: int) -> str:
        """Count what an import refuses."""
        return self.tr("%n value(s) or row(s) are refused", "", number)

    def importable(self, rows: int) -> str:
        """Count what an import would bring."""
        return self.tr("%n row(s) can be imported: nothing is refused", "", rows)

    def tables(self, number: int) -> str:
        """Count tables."""
        return self.tr("%Ln table(s)", "", number)

    def rows(self, number: int) -> str:
        """Count rows, of which there may be more than Qt can count."""
        said = self.tr("{number} row(s)", "", min(number, _MOST))
        return said.format(number=QLocale().toString(number))
