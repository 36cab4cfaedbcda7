"""Sentences with a number in them: lupdate finds plural forms in the `tr` of a class, and in no `translate`."""

from __future__ import annotations

from PySide6.QtCore import QObject

from nexus_studio.ui.kit.plurals import numbered, plural_of


class Counts(QObject):
    """Says how many there are of something, in the current language."""

    def tables(self, number: int) -> str:
        """Count tables and materialized views."""
        return self.tr("%Ln table(s)", "", number)

    def others(self, number: int) -> str:
        """Count small ones that are shown as one."""
        return self.tr("%Ln smaller one(s)", "", number)

    def rows(self, number: int) -> str:
        """Count rows, of which there may be more than Qt can count."""
        return numbered(self.tr("{number} row(s)", "", plural_of(number)), number)

    def advice(self, number: int) -> str:
        """Count what is advised."""
        return self.tr("%Ln thing(s) to look at", "", number)

    def sessions(self, number: int) -> str:
        """Count sessions of others."""
        return self.tr("%Ln session(s)", "", number)

    def statements(self, number: int) -> str:
        """Count kinds of statements."""
        return self.tr("%Ln statement(s)", "", number)

    def samples(self, number: int) -> str:
        """Count samples of sizes."""
        return self.tr("%Ln sample(s)", "", number)

    def unseen(self, number: int) -> str:
        """Say how many tables the role may not look into."""
        return self.tr("Of %Ln table(s) your role may not know the bloat: pg_read_all_data would show it.", "", number)

    def chosen(self, number: int) -> str:
        """Count the tables that were chosen."""
        return self.tr("%Ln chosen table(s)", "", number)

    def done_on(self, number: int) -> str:
        """Count the tables that a job has done."""
        return self.tr("%Ln table(s) done", "", number)

    def waiting(self, number: int) -> str:
        """Count those that wait."""
        return self.tr("%Ln session(s) wait", "", number)
