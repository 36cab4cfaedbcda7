"""English source of the words for maintenance: jobs, locks, phases, what stands against them. Context "health".

Errors are in context "errors", steps in "progress", as everywhere. Advice is in `wording_advice.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QCoreApplication

from nexus_studio.core.admin.maintenance import HoldsUp, Job
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.wording_tables import Words

_TITLES: Final[Mapping[Job, str]] = {
    Job.VACUUM: QT_TRANSLATE_NOOP("health", "VACUUM"),
    Job.VACUUM_ANALYZE: QT_TRANSLATE_NOOP("health", "VACUUM ANALYZE"),
    Job.ANALYZE: QT_TRANSLATE_NOOP("health", "ANALYZE"),
    Job.VACUUM_FULL: QT_TRANSLATE_NOOP("health", "VACUUM FULL"),
    Job.REINDEX: QT_TRANSLATE_NOOP("health", "REINDEX CONCURRENTLY"),
    Job.CLUSTER: QT_TRANSLATE_NOOP("health", "CLUSTER"),
}
_DOES: Final[Mapping[Job, str]] = {
    Job.VACUUM: QT_TRANSLATE_NOOP(
        "health", "Makes the room of dead rows free for new ones. The file itself hardly gets smaller."
    ),
    Job.VACUUM_ANALYZE: QT_TRANSLATE_NOOP(
        "health", "Makes the room of dead rows free for new ones, and gives the planner fresh statistics."
    ),
    Job.ANALYZE: QT_TRANSLATE_NOOP("health", "Gives the planner fresh statistics. No row is touched."),
    Job.VACUUM_FULL: QT_TRANSLATE_NOOP(
        "health", "Writes the table and its indexes anew, without what holds nothing: the disk gets the room back."
    ),
    Job.REINDEX: QT_TRANSLATE_NOOP("health", "Builds indexes anew beside the old ones, then takes their place."),
    Job.CLUSTER: QT_TRANSLATE_NOOP(
        "health", "Writes the table anew in the order of an index: what is asked for together lies together."
    ),
}
_HOLDS_UP: Final[Mapping[HoldsUp, str]] = {
    HoldsUp.UPKEEP: QT_TRANSLATE_NOOP(
        "health", "Reading and writing go on. Only VACUUM, ANALYZE and changes of the table itself wait ({lock})."
    ),
    HoldsUp.EVERYBODY: QT_TRANSLATE_NOOP(
        "health", "It locks the table: off-peak. Nobody can read or write it until it is done ({lock})."
    ),
}
_LEFT_OUT: Final[Mapping[str, str]] = {
    "permission": QT_TRANSLATE_NOOP("health", "it belongs to somebody else"),
    "no_index": QT_TRANSLATE_NOOP("health", "no index was ever chosen to order it by"),
    "unfit_index": QT_TRANSLATE_NOOP("health", "that index does not fit"),
    "gone": QT_TRANSLATE_NOOP("health", "it is not there any more"),
    "distributed": QT_TRANSLATE_NOOP("health", "Citus looks after it by itself"),
}
_NO_DISK: Final[Mapping[str, str]] = {
    "remote": QT_TRANSLATE_NOOP("health", "what is free can't be seen from here: the server is on another machine"),
    "hidden": QT_TRANSLATE_NOOP("health", "what is free is not known: your role may not see where the data lie"),
    "unreadable": QT_TRANSLATE_NOOP("health", "what is free is not known: the system does not say"),
}
_NOTES: Final[Mapping[str, str]] = {
    "off_peak": QT_TRANSLATE_NOOP("health", "Do it when few are at work."),
    "waits_for_transactions": QT_TRANSLATE_NOOP(
        "health", "It ends only when the transactions have ended that have used the table before."
    ),
    "pooler": QT_TRANSLATE_NOOP("health", "Behind a pooler its progress can't be seen."),
}
_PHASES: Final[Mapping[str, str]] = {
    "working": QT_TRANSLATE_NOOP("progress", "At work"),
    "waiting_for_lock": QT_TRANSLATE_NOOP("progress", "Waiting for others to let go of the table"),
    "initializing": QT_TRANSLATE_NOOP("progress", "Beginning"),
    "scanning_heap": QT_TRANSLATE_NOOP("progress", "Reading the table"),
    "vacuuming_indexes": QT_TRANSLATE_NOOP("progress", "Cleaning indexes"),
    "vacuuming_heap": QT_TRANSLATE_NOOP("progress", "Cleaning the table"),
    "cleaning_up_indexes": QT_TRANSLATE_NOOP("progress", "Tidying up indexes"),
    "truncating_heap": QT_TRANSLATE_NOOP("progress", "Giving back the end of the file"),
    "performing_final_cleanup": QT_TRANSLATE_NOOP("progress", "Finishing"),
    "acquiring_sample_rows": QT_TRANSLATE_NOOP("progress", "Reading a sample of rows"),
    "acquiring_inherited_sample_rows": QT_TRANSLATE_NOOP("progress", "Reading a sample of partitions' rows"),
    "computing_statistics": QT_TRANSLATE_NOOP("progress", "Computing statistics"),
    "computing_extended_statistics": QT_TRANSLATE_NOOP("progress", "Computing extended statistics"),
    "finalizing_analyze": QT_TRANSLATE_NOOP("progress", "Storing statistics"),
    "seq_scanning_heap": QT_TRANSLATE_NOOP("progress", "Reading the table"),
    "index_scanning_heap": QT_TRANSLATE_NOOP("progress", "Reading the table in the index's order"),
    "sorting_tuples": QT_TRANSLATE_NOOP("progress", "Sorting rows"),
    "writing_new_heap": QT_TRANSLATE_NOOP("progress", "Writing the new table"),
    "swapping_relation_files": QT_TRANSLATE_NOOP("progress", "Putting the new table in place"),
    "rebuilding_index": QT_TRANSLATE_NOOP("progress", "Building indexes anew"),
    "building_index": QT_TRANSLATE_NOOP("progress", "Building the index"),
    "waiting_for_writers_before_build": QT_TRANSLATE_NOOP("progress", "Waiting for those who write"),
    "waiting_for_writers_before_validation": QT_TRANSLATE_NOOP("progress", "Waiting for those who write"),
    "index_validation_scanning_index": QT_TRANSLATE_NOOP("progress", "Checking the index"),
    "index_validation_sorting_tuples": QT_TRANSLATE_NOOP("progress", "Checking the index"),
    "index_validation_scanning_table": QT_TRANSLATE_NOOP("progress", "Checking the index against the table"),
    "waiting_for_old_snapshots": QT_TRANSLATE_NOOP("progress", "Waiting for older transactions"),
    "waiting_for_readers_before_marking_dead": QT_TRANSLATE_NOOP("progress", "Waiting for those who read"),
    "waiting_for_readers_before_dropping": QT_TRANSLATE_NOOP("progress", "Waiting for those who read"),
}
_UNSEEN: Final[Mapping[str, str]] = {
    "sessions": QT_TRANSLATE_NOOP("health", "whose sessions there are and since when"),
    "replication": QT_TRANSLATE_NOOP("health", "replication"),
    "columns": QT_TRANSLATE_NOOP("health", "statistics of some columns"),
    "sequences": QT_TRANSLATE_NOOP("health", "some sequences"),
}


def health_words(text: str) -> str:
    """Say a text about health in the current language."""
    return QCoreApplication.translate("health", text)


def job_title(job: Job) -> str:
    """Name a job, as PostgreSQL calls it."""
    return health_words(_TITLES[job])


def job_does(job: Job) -> str:
    """Say what a job does."""
    return health_words(_DOES[job])


def holds_up_words(job: Job) -> str:
    """Say who waits while a job is at work, and by which lock."""
    return health_words(_HOLDS_UP[job.holds_up]).format(lock=job.lock)


def left_out_word(reason: str) -> str:
    """Say why a job is not done on a table."""
    return _said(_LEFT_OUT, reason)


def no_disk_words(reason: str) -> str:
    """Say why it is not known how much disk is free."""
    return _said(_NO_DISK, reason)


def note_words(code: str) -> str:
    """Say what else is to be known before a job is begun."""
    return _said(_NOTES, code)


def phase_word(code: str) -> str:
    """Say what a job is at, by code of `maintenancephases.PHASES`."""
    return QCoreApplication.translate("progress", _PHASES[code]) if code in _PHASES else code


def unseen_word(code: str) -> str:
    """Say what the role may not look at."""
    return _said(_UNSEEN, code)


def _said(table: Mapping[str, str], code: str) -> str:
    return health_words(table[code]) if code in table else code


HEALTH_WORDS: Mapping[str, Words] = {
    "maintain.refused": Words(QT_TRANSLATE_NOOP("errors", "This can't be done now")),
    "maintain.locked": Words(
        QT_TRANSLATE_NOOP("errors", "Somebody has a lock on {relation}"),
        QT_TRANSLATE_NOOP("errors", "It waited a while and gave up: {names}. Nothing is left half done."),
    ),
    "slow.not_ready": Words(
        QT_TRANSLATE_NOOP("errors", "Queries are not counted any more"),
        QT_TRANSLATE_NOOP("errors", "Look again: it says what is to be done."),
    ),
    "slow.unknown": Words(
        QT_TRANSLATE_NOOP("errors", "This query is not counted any more"),
        QT_TRANSLATE_NOOP("errors", "Or your role may not see it. Look again."),
    ),
    "slow.not_explained": Words(
        QT_TRANSLATE_NOOP("errors", "PostgreSQL makes no plan for it"),
        QT_TRANSLATE_NOOP("errors", "Its text is not whole without the values, or names what is not found here."),
    ),
    "plan.none": Words(
        QT_TRANSLATE_NOOP("errors", "PostgreSQL makes no plan for that"),
        QT_TRANSLATE_NOOP("errors", "Only for SELECT, INSERT, UPDATE, DELETE, MERGE, VALUES, TABLE and WITH."),
    ),
    "plan.not_run": Words(
        QT_TRANSLATE_NOOP("errors", "Only what asks (SELECT) is run"),
        QT_TRANSLATE_NOOP("errors", "Explain it without running it."),
    ),
    "plan.values": Words(
        QT_TRANSLATE_NOOP("errors", "It wants {wanted} values, and {given} are given"),
        QT_TRANSLATE_NOOP("errors", "Give one for each of $1, $2 …, or none."),
    ),
    "plan.refused": Words(
        QT_TRANSLATE_NOOP("errors", "The server did not explain it"),
        QT_TRANSLATE_NOOP("errors", "Nothing was changed."),
    ),
    "activity.gone": Words(
        QT_TRANSLATE_NOOP("errors", "The session {pid} is gone already"),
        QT_TRANSLATE_NOOP("errors", "Nobody was stopped."),
    ),
    "activity.changed": Words(
        QT_TRANSLATE_NOOP("errors", "The process {pid} is another session by now"),
        QT_TRANSLATE_NOOP("errors", "Nobody was stopped: look again."),
    ),
    "activity.idle": Words(
        QT_TRANSLATE_NOOP("errors", "The session {pid} runs nothing that could be cancelled"),
        QT_TRANSLATE_NOOP("errors", "Nobody was stopped. Ending the whole session would still be possible."),
    ),
    "activity.unidentified": Words(
        QT_TRANSLATE_NOOP("errors", "Your role may not see since when the session {pid} is there"),
        QT_TRANSLATE_NOOP("errors", "So nobody can tell that it is the one you saw, and it was not stopped."),
    ),
    "activity.not_permitted": Words(
        QT_TRANSLATE_NOOP("errors", "Your role may not stop the session {pid}"),
        QT_TRANSLATE_NOOP("errors", "It must be the role of that session, a member of it, or of pg_signal_backend."),
    ),
    "maintain.standby": Words(
        QT_TRANSLATE_NOOP("errors", "This is a standby: it can't be maintained"),
        QT_TRANSLATE_NOOP("errors", "Do it on the primary; it comes here by itself."),
    ),
    "maintain.disk": Words(
        QT_TRANSLATE_NOOP("errors", "The server's disk is too small for it"),
        QT_TRANSLATE_NOOP("errors", "At its height it needs {needed}, and {free} are free. Nothing was begun."),
    ),
    "maintain.nothing": Words(
        QT_TRANSLATE_NOOP("errors", "There is no table to do it on"),
        extras=(("names", QT_TRANSLATE_NOOP("errors", "Left out: {names}.")),),
    ),
}

HEALTH_PROGRESS: Mapping[str, str] = {f"maintain.{code}": words for code, words in _PHASES.items()}
