"""What environments are called for people, in full and on a chip."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from nexus_studio.core.profiles import Environment


def environment_name(environment: Environment) -> str:
    """Name an environment."""
    names = {
        Environment.DEMO: QCoreApplication.translate("Environment", "Demo"),
        Environment.DEVELOPMENT: QCoreApplication.translate("Environment", "Development"),
        Environment.CI: QCoreApplication.translate("Environment", "CI"),
        Environment.STAGING: QCoreApplication.translate("Environment", "Staging"),
        Environment.PRODUCTION: QCoreApplication.translate("Environment", "Production"),
    }
    return names[environment]


def environment_sign(environment: Environment) -> str:
    """Name an environment in few capitals, for a chip."""
    signs = {
        Environment.DEMO: QCoreApplication.translate("Environment", "DEMO"),
        Environment.DEVELOPMENT: QCoreApplication.translate("Environment", "DEV"),
        Environment.CI: QCoreApplication.translate("Environment", "CI"),
        Environment.STAGING: QCoreApplication.translate("Environment", "STAGING"),
        Environment.PRODUCTION: QCoreApplication.translate("Environment", "PRODUCTION"),
    }
    return signs[environment]
