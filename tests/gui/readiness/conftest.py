"""What the panel is given."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from nexus_studio.services.paths import Paths
from nexus_studio.services.settings_store import SettingsStore
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.notices import NoticeCenter
from nexus_studio.ui.kit.settings import SettingsHolder
from nexus_studio.ui.kit.tasks import EffectsBus, TaskRunner
from nexus_studio.ui.kit.theme import Theme


@pytest.fixture
def context(qapp: QApplication, tmp_path: Path) -> Iterator[UiContext]:
    """What every panel is given, light."""
    theme = Theme("light")
    theme.apply(qapp)
    bus = EffectsBus()
    runner = TaskRunner(bus)
    settings = SettingsHolder(SettingsStore(tmp_path / "settings.toml"))
    yield UiContext(runner, bus, NoticeCenter(), theme, settings, Paths.below(tmp_path / "home"))
    runner.shutdown(3000)
    settings.flush()
