"""A saved set in this machine's history that nobody has saved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from nexus_studio.core.admin.backupfiles import identity_of
from nexus_studio.core.data.cells import RowKey
from nexus_studio.core.data.changes import ChangeKind
from nexus_studio.core.data.history import Origin, SavedSet
from nexus_studio.core.data.images import Cause, RowImage
from nexus_studio.core.errors import HistoryFailed
from nexus_studio.core.names import RelationName
from nexus_studio.services.history.store import HistoryStore
from nexus_studio.services.paths import Paths
from tests.support.fix_cluster import profile_of


def plant_set(url: str, name: str = "aa", *, before: str = "older", after: str = "old", days: int = 0) -> None:
    """Keep a change of column a of the row 1 of the table t, once; `days` ago."""
    key, relation = RowKey(("1",)), RelationName("public", "t")
    image = RowImage(relation, ChangeKind.UPDATE, Cause.OWN, key, key, {"a": before}, {"a": after})
    store = HistoryStore(Paths.default().data)
    origin = Origin(identity_of(profile_of(url)), "here", "db", role="postgres", account="al", machine="desk")
    try:
        store.find(name)
    except HistoryFailed:
        store.add(SavedSet(name, datetime.now(UTC) - timedelta(days=days), origin), (image,), None)
