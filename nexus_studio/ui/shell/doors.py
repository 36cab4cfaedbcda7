"""What the shell asks of the services, as functions handed in by `composition`.

The window is painted before SQLAlchemy and psycopg are imported, so the shell can't import the services itself: each
of these functions imports what it needs on its first call, and is called in a worker thread only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.tasks import TaskContext

if TYPE_CHECKING:  # for the type checker only: at run time this would import the services before the first paint
    from nexus_studio.services.servers import ServerHelpers
    from nexus_studio.services.workspace import Workspace
    from nexus_studio.ui.kit.panels import PanelSpec


@dataclass(frozen=True, slots=True)
class Start:
    """What the command line asks the window to open. Nothing at all: DATABASE_URL, else the welcome page.

    `environment` and `read_only` hold for whatever is opened at the start, wherever it was found.
    """

    url: str | None = None
    profile: str | None = None
    is_demo: bool = False
    demo_data_dir: Path | None = None
    exit_after_paint: bool = False
    """Leave at once after the first paint, for measuring."""
    read_only: bool = False
    environment: Environment | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """What to connect to. `secret` is the password, None when none is known; `warnings` are codes with a parameter.

    `source` says where it came from ("url", "profile", "environment", the path of a .env file, "demo"); a dialog leaves
    it empty. `is_assumed`: nobody said what the database is for, so that what it says itself counts.
    """

    profile: ConnectionProfile
    secret: str | None = field(default=None, repr=False)
    warnings: tuple[tuple[str, str], ...] = ()
    source: str = ""
    is_assumed: bool = False


@dataclass(frozen=True, slots=True)
class Doors:
    """The doors of the house below, each a function for a worker thread."""

    find_target: Callable[[TaskContext], Target | None]  # what the command line and the environment ask for
    target_of_profile: Callable[[ConnectionProfile, TaskContext], Target]  # adds the remembered secret
    target_of_folder: Callable[[Path, TaskContext], Target | None]  # a project folder with a .env
    start_demo: Callable[[TaskContext], Target]
    stop_demo: Callable[[TaskContext], None]
    open_workspace: Callable[[Target, TaskContext], Workspace]
    declare: Callable[[Workspace, Environment | None, TaskContext], str]  # what the database says it is for
    create_database: Callable[[Target, TaskContext], None]
    profiles: Callable[[TaskContext], tuple[ConnectionProfile, ...]]
    save_profile: Callable[[Target, bool, TaskContext], bool]  # bool: remember the secret; answers whether it could
    remove_profile: Callable[[str, TaskContext], None]
    panels: Callable[[TaskContext], tuple[PanelSpec, ...]]
    servers: Callable[[Path | None, TaskContext], ServerHelpers]  # of a folder, else of the one this was started in
