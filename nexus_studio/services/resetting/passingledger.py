"""The ledger on this machine of a database that is made anew: kept by name, and the new one has another at first."""

from __future__ import annotations

import logging
from contextlib import suppress

from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.services.migrations.localledger import local_file
from nexus_studio.services.paths import Paths

log = logging.getLogger(__name__)


def bring_ledger(paths: Paths, profile: ConnectionProfile, passing: str) -> None:
    """Let what was recorded under a passing name be the database's own. Of the one it replaces, nothing stays.

    Once more, it does nothing.
    """
    try:
        local_file(paths.data, profile.with_database(passing)).replace(local_file(paths.data, profile))
    except FileNotFoundError:
        return
    except OSError as error:  # it would be asked for anew
        log.warning("ledger of a new database not kept", extra={"words": error.strerror})


def forget_ledger(paths: Paths, profile: ConnectionProfile, passing: str) -> None:
    """Remove what was recorded of a new database that nobody has seen."""
    with suppress(OSError):
        local_file(paths.data, profile.with_database(passing)).unlink()
