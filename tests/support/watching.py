"""A witness of saves that keeps what it is told."""

from __future__ import annotations

from nexus_studio.core.data.images import Outcome, RowImage


class Watching:
    """Keeps images, the transaction's number and how it ended. `refuses`: raised before COMMIT."""

    def __init__(self, refuses: Exception | None = None) -> None:
        self.images: tuple[RowImage, ...] = ()
        self.transaction: str | None = None
        self.connection: object = None
        self.outcomes: list[Outcome] = []
        self._refuses = refuses

    def before_commit(self, images: tuple[RowImage, ...], transaction: str | None, connection: object) -> None:
        self.images, self.transaction, self.connection = images, transaction, connection
        if self._refuses is not None:
            raise self._refuses

    def ended(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
