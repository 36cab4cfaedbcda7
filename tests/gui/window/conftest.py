"""Says of each test of the window where continuous integration runs it: on the X server, unless any screen will do."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents and item.get_closest_marker("any_screen") is None:
            item.add_marker("on_screen")
