"""What every panel is given once: the few things of the window that are not the database."""

from __future__ import annotations

from dataclasses import dataclass

from nexus_studio.services.paths import Paths
from nexus_studio.ui.kit.notices import NoticeCenter
from nexus_studio.ui.kit.settings import SettingsHolder
from nexus_studio.ui.kit.tasks import EffectsBus, TaskRunner
from nexus_studio.ui.kit.theme import Theme


@dataclass(frozen=True, slots=True)
class UiContext:
    """Runner, bus, voice, looks, settings and folders. A test builds one in a few lines."""

    runner: TaskRunner
    bus: EffectsBus
    notices: NoticeCenter
    theme: Theme
    settings: SettingsHolder
    paths: Paths
