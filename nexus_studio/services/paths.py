"""Where config, data, logs and caches of Nexus Studio live on this machine. Nothing is created here."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

APP_NAME = "nexus-studio"
HOME_VARIABLE = "NEXUS_STUDIO_HOME"


@dataclass(frozen=True, slots=True)
class Paths:
    """The four folders of the program; any of them may not exist yet.

    `config` holds settings and profiles, `data` what a person would miss (drafts, history, the demo's server, backups),
    `state` what nobody would (logs), `cache` what can be made again.
    """

    config: Path
    data: Path
    state: Path
    cache: Path

    @classmethod
    def default(cls) -> Paths:
        """Find the folders: below `NEXUS_STUDIO_HOME` when it is set, else where the platform wants them."""
        home = os.environ.get(HOME_VARIABLE, "").strip()
        if home:
            return cls.below(Path(home).expanduser().resolve())
        dirs = platformdirs.PlatformDirs(APP_NAME, appauthor=False)
        return cls(
            config=dirs.user_config_path,
            data=dirs.user_data_path,
            state=dirs.user_state_path,
            cache=dirs.user_cache_path,
        )

    @classmethod
    def below(cls, home: Path) -> Paths:
        """Put everything into sub-folders of `home`."""
        return cls(config=home / "config", data=home / "data", state=home / "state", cache=home / "cache")

    @property
    def logs(self) -> Path:
        """The folder of log files."""
        return self.state / "logs"

    @property
    def settings_file(self) -> Path:
        """The file of `services.settings_store`."""
        return self.config / "settings.toml"
