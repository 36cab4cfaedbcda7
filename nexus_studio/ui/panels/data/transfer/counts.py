"""Sentences with a number in them: lupdate finds plural forms in the `tr` of a class, and in no `translate`."""

from __future__ import annotations

from PySide6.QtCore import QObject

from nexus_studio.ui.kit.plurals import numbered, plural_of


class Counts(QObject):
    """Says how many rows and lines go to a file or come from one, in the current language."""

    def rows(self, number: int) -> str:
        """Count rows."""
        return numbered(self.tr("{number} row(s)", "", plural_of(number)), number)

    def selection(self, number: int) -> str:
        """Label the choice that exports what is selected."""
        words = self.tr("The selection: {number} row(s), the columns chosen in it", "", plural_of(number))
        return numbered(words, number)

    def inserted(self, number: int) -> str:
        """Count rows that are new."""
        return numbered(self.tr("{number} new row(s)", "", plural_of(number)), number)

    def updated(self, number: int) -> str:
        """Count rows that are changed."""
        return numbered(self.tr("{number} changed row(s)", "", plural_of(number)), number)

    def missing(self, number: int) -> str:
        """Count lines that no row answers to."""
        words = self.tr("{number} line(s) were passed over: no row has their key.", "", plural_of(number))
        return numbered(words, number)

    def unwritten(self, number: int) -> str:
        """Count lines that a trigger kept out."""
        words = self.tr(
            "{number} line(s) were not written: a trigger of the table let them fall.", "", plural_of(number)
        )
        return numbered(words, number)

    def refused(self, number: int) -> str:
        """Count lines that are refused."""
        return numbered(self.tr("{number} line(s) are refused. Nothing was written.", "", plural_of(number)), number)
