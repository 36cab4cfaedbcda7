"""What goes between a run and whoever watches it: events one way, the wish to stop the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nexus_studio.core.tasks import CancelToken

Event = Mapping[str, Any]
"""What a run tells; `event` is its name. See `foreign/runs.py`."""

Observer = Callable[[Event], None]
"""Hears each event while the run waits. What it raises stops the run, and is raised again when that has ended."""

LAST_WORDS = frozenset({"finished", "stopped", "failed", "broken"})
"""Events after which nothing comes."""


class Ear:
    """Hears a run's events and answers each: go on, or stop because of a cancel or of what the observer raised."""

    def __init__(self, observer: Observer, token: CancelToken) -> None:
        self._observer = observer
        self._token = token
        self.raised: BaseException | None = None
        self.has_ended = False

    def hear(self, event: Event) -> dict[str, Any]:
        """Pass an event on and return the answer."""
        if event["event"] in LAST_WORDS:
            self.has_ended = True
        if self.raised is None:
            try:
                self._observer(event)
            except BaseException as error:  # raised again when the run has ended in order
                self.raised = error
        return {"stop": True} if self.raised is not None or self._token.is_cancelled else {}
