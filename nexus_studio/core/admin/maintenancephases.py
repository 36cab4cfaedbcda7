"""Phases of maintenance as pg_stat_progress_* tells them (manual 28.4 "Progress Reporting"), of all versions. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from nexus_studio.core.admin.maintenance import Phase

WORKING: Final = "working"
"""Nothing is known of how far it is."""

WAITING: Final = "waiting_for_lock"
"""Others have a lock on the table that has to go first."""

PHASES: Final = (
    WORKING,
    WAITING,
    "initializing",
    "scanning_heap",
    "vacuuming_indexes",
    "vacuuming_heap",
    "cleaning_up_indexes",
    "truncating_heap",
    "performing_final_cleanup",
    "acquiring_sample_rows",
    "acquiring_inherited_sample_rows",
    "computing_statistics",
    "computing_extended_statistics",
    "finalizing_analyze",
    "seq_scanning_heap",
    "index_scanning_heap",
    "sorting_tuples",
    "writing_new_heap",
    "swapping_relation_files",
    "rebuilding_index",
    "building_index",
    "waiting_for_writers_before_build",
    "waiting_for_writers_before_validation",
    "index_validation_scanning_index",
    "index_validation_sorting_tuples",
    "index_validation_scanning_table",
    "waiting_for_old_snapshots",
    "waiting_for_readers_before_marking_dead",
    "waiting_for_readers_before_dropping",
)
"""Every code, as the server words the phases, with "_" for what is no letter."""

_NO_LETTER: Final = re.compile("[^a-z]+")
_BUILDING: Final = "building_index"

# By view and phase: which columns tell what is done of how much, and in what. Blocks are told in bytes.
_Columns = tuple[str, str, str]
_FAR: Final[Mapping[tuple[str, str], _Columns]] = {
    ("vacuum", "scanning_heap"): ("heap_blks_scanned", "heap_blks_total", "blocks"),
    ("vacuum", "vacuuming_heap"): ("heap_blks_vacuumed", "heap_blks_total", "blocks"),
    ("vacuum", "vacuuming_indexes"): ("indexes_processed", "indexes_total", "steps"),  # from 17 on
    ("vacuum", "cleaning_up_indexes"): ("indexes_processed", "indexes_total", "steps"),
    ("analyze", "acquiring_sample_rows"): ("sample_blks_scanned", "sample_blks_total", "blocks"),
    ("analyze", "acquiring_inherited_sample_rows"): ("child_tables_done", "child_tables_total", "tables"),
    ("analyze", "computing_extended_statistics"): ("ext_stats_computed", "ext_stats_total", "steps"),
    ("cluster", "seq_scanning_heap"): ("heap_blks_scanned", "heap_blks_total", "blocks"),
    ("cluster", "index_scanning_heap"): ("heap_tuples_scanned", "", "rows"),
    ("cluster", "writing_new_heap"): ("heap_tuples_written", "heap_tuples_scanned", "rows"),
    ("cluster", "rebuilding_index"): ("index_rebuild_count", "", "steps"),
    ("create_index", _BUILDING): ("blocks_done", "blocks_total", "blocks"),
    ("create_index", "index_validation_scanning_index"): ("blocks_done", "blocks_total", "blocks"),
    ("create_index", "index_validation_sorting_tuples"): ("tuples_done", "tuples_total", "rows"),
    ("create_index", "index_validation_scanning_table"): ("blocks_done", "blocks_total", "blocks"),
}

VIEWS: Final = ("vacuum", "cluster", "create_index", "analyze")
"""The views, by what follows pg_stat_progress_; the last one is there from 13 on."""


def phase_of(seen: Mapping[str, Mapping[str, Any] | None], *, block_bytes: int, indexes: int = 0) -> Phase:
    """Read what the views say of a process. Columns that a version does not have are not missed.

    Args:
        seen: By view, its row as a mapping; None where it has none of the process.
        block_bytes: Bytes of a page.
        indexes: How many indexes the table has.
    """
    for view in VIEWS:
        row = seen.get(view)
        if row:
            return _phase(view, row, block_bytes, indexes)
    return Phase(WORKING)


def _phase(view: str, row: Mapping[str, Any], block_bytes: int, indexes: int) -> Phase:
    code = _NO_LETTER.sub("_", str(row.get("phase") or "")).strip("_")
    if code.startswith(_BUILDING):  # "building index: scanning table" and its like
        code = _BUILDING
    if code not in PHASES:
        return Phase(WORKING)
    if code.startswith("waiting"):
        return Phase(code, row.get("lockers_done") or 0, row.get("lockers_total") or None)
    done_in, total_in, unit = _FAR.get((view, code), ("", "", "steps"))
    done, total = row.get(done_in) or 0, row.get(total_in) or None
    if code == _BUILDING and not total:  # while sorted rows are put in, rows are counted
        done, total, unit = row.get("tuples_done") or 0, row.get("tuples_total") or None, "rows"
    if code == "rebuilding_index":
        total = indexes or None
    if unit == "blocks":
        return Phase(code, done * block_bytes, total * block_bytes if total else None, "bytes")
    return Phase(code, done, total, unit)
