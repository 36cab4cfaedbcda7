"""Sentences with a number in them: lupdate finds plural forms in the `tr` of a class, and in no `translate`."""

from __future__ import annotations

from PySide6.QtCore import QObject

from nexus_studio.ui.kit.plurals import numbered, plural_of


class Counts(QObject):
    """Says how many something is about, in the current language."""

    def backups(self, number: int) -> str:
        """Count backups."""
        return self.tr("%Ln backup(s)", "", number)

    def tables(self, number: int) -> str:
        """Count tables."""
        return self.tr("%Ln table(s)", "", number)

    def rows(self, number: int) -> str:
        """Count rows."""
        return numbered(self.tr("{number} row(s)", "", plural_of(number)), number)

    def compared(self, number: int) -> str:
        """Count the tables that a proof has compared."""
        return self.tr("%Ln table(s) compared", "", number)

    def differences(self, number: int) -> str:
        """Count the tables that are not as they were."""
        return self.tr("%Ln table(s) not as they were", "", number)

    def bring_back(self, number: int) -> str:
        """Label the button that stages rows."""
        return self.tr("Bring back %Ln row(s)", "", number)

    def delete(self, number: int) -> str:
        """Label the button that deletes backups."""
        return self.tr("Delete %Ln backup(s)", "", number)

    def deleted(self, number: int) -> str:
        """Say how many were deleted."""
        return self.tr("%Ln backup(s) deleted", "", number)

    def kept(self, number: int) -> str:
        """Say how many stay."""
        return self.tr("%Ln backup(s) stay", "", number)

    def goes(self, number: int) -> str:
        """Say how many would go; `{size}` is to be filled in."""
        return self.tr("%Ln backup(s) would go, which frees {size}", "", number)

    def restored(self, number: int) -> str:
        """Say how many tables were restored; `{time}` is to be filled in."""
        return self.tr("%Ln table(s) in {time}", "", number)

    def failed(self, number: int) -> str:
        """Count scheduled runs that failed; `{profile}` and `{moment}` are to be filled in."""
        return self.tr("{profile}: %Ln scheduled backup(s) failed, last on {moment}.", "", number)

    def missed(self, number: int) -> str:
        """Count scheduled runs that never began; `{profile}` and `{moment}` are to be filled in."""
        return self.tr("{profile}: %Ln scheduled backup(s) did not begin, last on {moment}.", "", number)

    def more(self, number: int) -> str:
        """Say how many are not shown."""
        return self.tr("and %Ln more", "", number)
