"""What the parts of the panel are given: the same as the flows of migrations."""

from __future__ import annotations

from tests.gui.migrations.conftest import closing, context

__all__ = ["closing", "context"]
