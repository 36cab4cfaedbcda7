"""The rule by which backups are kept, as it is remembered in the settings."""

from __future__ import annotations

from typing import Final

from nexus_studio.core.admin.retention import RetentionRule
from nexus_studio.core.settings import BACKUP_RULE
from nexus_studio.ui.kit.settings import SettingsHolder

MOST: Final = 999


def kept_rule(settings: SettingsHolder) -> RetentionRule:
    """Return what was set last; the usual rule where nothing was, or nonsense."""
    kept = settings.get(BACKUP_RULE)
    if len(kept) != 4 or not all(each.isdecimal() for each in kept):  # noqa: PLR2004 - days, weeks, months, at least
        return RetentionRule()
    return RetentionRule(*(min(int(each), MOST) for each in kept))


def keep_rule(settings: SettingsHolder, rule: RetentionRule) -> None:
    """Remember a rule."""
    settings.set(BACKUP_RULE, tuple(map(str, (rule.daily, rule.weekly, rule.monthly, rule.at_least))))
