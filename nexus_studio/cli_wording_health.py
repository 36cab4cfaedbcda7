"""English sentences of the command line on maintenance, growth, advice, activity and slow queries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nexus_studio.core.admin.advice import Risk
from nexus_studio.core.admin.growth import Trend
from nexus_studio.core.admin.maintenance import HoldsUp, Job

_LOOK: Final = "See `nexus-studio activity`."

HEALTH_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "maintain": ("That can't be done now.", "Nothing was changed."),
    "maintain.standby": (
        "This is a standby: it can't be maintained.",
        "Do it on the primary; it comes here by itself.",
    ),
    "maintain.nothing": (
        "There is no table to do it on. {names} ({reason})",
        "Name tables of your own, or --all; CLUSTER wants an --index the first time.",
    ),
    "maintain.disk": (
        "The server's disk is too small: at its height it needs {needed}, and {free} are free.",
        "Nothing was begun. Make room, or begin with smaller tables.",
    ),
    "maintain.locked": ("Somebody has a lock on {relation}: {names}.", f"It was given up after a while. {_LOOK}"),
    "maintain.chosen": ("No table is named.", "Name tables, or say --all."),
    "maintain.one_table": ("An index is of one table.", "Name that table, and no other."),
    "activity": ("That session can't be ended.", _LOOK),
    "activity.gone": ("The session {pid} is not there.", _LOOK),
    "activity.changed": ("The process {pid} is another session by now, or does something else.", _LOOK),
    "activity.idle": ("The session {pid} does nothing just now.", "`nexus-studio activity terminate` ends it."),
    "activity.unidentified": (
        "You may not see since when the session {pid} is there, so it can't be told from a later one.",
        "GRANT pg_monitor shows it.",
    ),
    "activity.not_permitted": (
        "You may not end the session {pid}.",
        "That takes its role, a member of it or of pg_signal_backend; for a superuser's, a superuser.",
    ),
    "advice.unknown": ("There is no advice {advice}.", "There is: {names}."),
    "growth.needs_schedule": ("Nothing is to be scheduled.", "--show and --scheduler go with --schedule."),
    "growth.not_scheduled": ("No samples of {name} are scheduled.", "`nexus-studio growth --schedule` does that."),
    "plan": ("That can't be explained.", "Nothing was run."),
    "plan.which": ("Which statement?", "Give one, or --query with the number of a slow query."),
    "plan.none": (
        "PostgreSQL makes no plan for that.",
        "Only for SELECT, INSERT, UPDATE, DELETE, MERGE, VALUES, TABLE and WITH.",
    ),
    "plan.not_run": ("Only what asks (SELECT) is run.", "Explain it without --run."),
    "plan.values": ("It wants {wanted} values, and {given} are given.", "Give one --value for each of $1, $2 …"),
    "plan.refused": ("The server did not explain it.", "Nothing was changed."),
    "slow": ("Queries are not counted.", "See `nexus-studio slow-queries`."),
    "slow.unknown": ("No query {query} is counted here.", "See `nexus-studio slow-queries`."),
    "slow.not_explained": (
        "The query {query} can't be explained without its values.",
        "Try `nexus-studio explain --query {query}` with a --value for each.",
    ),
}

_PHASES: Final[Mapping[str, str]] = {
    "working": "At work",
    "waiting_for_lock": "Waiting for others to let go of the table",
    "initializing": "Beginning",
    "scanning_heap": "Reading the table",
    "vacuuming_indexes": "Cleaning indexes",
    "vacuuming_heap": "Cleaning the table",
    "cleaning_up_indexes": "Tidying up indexes",
    "truncating_heap": "Giving back the end of the file",
    "performing_final_cleanup": "Finishing",
    "acquiring_sample_rows": "Reading a sample of rows",
    "acquiring_inherited_sample_rows": "Reading a sample of partitions' rows",
    "computing_statistics": "Computing statistics",
    "computing_extended_statistics": "Computing extended statistics",
    "finalizing_analyze": "Storing statistics",
    "seq_scanning_heap": "Reading the table",
    "index_scanning_heap": "Reading the table in the index's order",
    "sorting_tuples": "Sorting rows",
    "writing_new_heap": "Writing the new table",
    "swapping_relation_files": "Putting the new table in place",
    "rebuilding_index": "Building indexes anew",
    "building_index": "Building the index",
    "waiting_for_writers_before_build": "Waiting for those who write",
    "waiting_for_writers_before_validation": "Waiting for those who write",
    "index_validation_scanning_index": "Checking the index",
    "index_validation_sorting_tuples": "Checking the index",
    "index_validation_scanning_table": "Checking the index against the table",
    "waiting_for_old_snapshots": "Waiting for older transactions",
    "waiting_for_readers_before_marking_dead": "Waiting for those who read",
    "waiting_for_readers_before_dropping": "Waiting for those who read",
}
STEPS: Final[Mapping[str, str]] = {f"maintain.{code}": words for code, words in _PHASES.items()}

JOBS: Final[Mapping[Job, str]] = {
    Job.VACUUM: "VACUUM",
    Job.VACUUM_ANALYZE: "VACUUM ANALYZE",
    Job.ANALYZE: "ANALYZE",
    Job.VACUUM_FULL: "VACUUM FULL",
    Job.REINDEX: "REINDEX CONCURRENTLY",
    Job.CLUSTER: "CLUSTER",
}
HOLDS_UP: Final[Mapping[HoldsUp, str]] = {
    HoldsUp.UPKEEP: "reading and writing go on; VACUUM, ANALYZE and changes of the table itself wait",
    HoldsUp.EVERYBODY: "locks the table: off-peak. Nobody can read or write it until it is done",
}
NO_DISK: Final[Mapping[str, str]] = {
    "remote": "free: unknown, the server is not on this machine",
    "hidden": "free: unknown, this role may not see where the data are",
    "unreadable": "free: unknown, the system does not say",
}
NOTES: Final[Mapping[str, str]] = {
    "waits_for_transactions": "it ends only when transactions have ended that have used the table before",
    "pooler": "behind a pooler its progress is not seen, and the server's own time limits count",
}
LEFT_OUT: Final[Mapping[str, str]] = {
    "permission": "it belongs to somebody else",
    "no_index": "no index was ever chosen for it",
    "gone": "it is not there any more",
    "unfit_index": "it has no such index, or can't be put in its order",
}
LEFT_OUT_BY_INDEX: Final = {code: LEFT_OUT[code] for code in ("no_index", "unfit_index")}
"""Reasons of the error "maintain.nothing" that have no words elsewhere."""

MAY_NOT: Final[Mapping[str, str]] = {
    "self": "it is this command's own",
    "kind": "it is the server's own process",
    "superuser": "that takes a superuser",
    "role": "that takes its role, a member of it or of pg_signal_backend",
    "unseen": "you may not see since when it is there: GRANT pg_monitor",
}
ACTIVITY_NOTES: Final[Mapping[str, str]] = {
    "standby": "This is a standby: these are its own sessions.",
    "pooler": "Behind a pooler a session may be another client's by now.",
    "hidden": "You may not see all of what others do: GRANT pg_monitor shows it.",
}
ENABLE: Final[Mapping[str, str]] = {
    "package": "install PostgreSQL's additional modules (many systems call them postgresql-contrib)",
    "preload": "have its library loaded; on a managed server that is a parameter of the instance",
    "restart": "restart the server",
    "create": "create the extension in this database",
    "grant": "let this role look at it",
}
TRENDS: Final[Mapping[Trend, str]] = {
    Trend.GROWING: "about {at}, between {earliest} and {latest} in 95 of 100 cases",
    Trend.TOO_FEW: "unknown: samples of three days are needed, there are {days}",
    Trend.FLAT: "never, as it is: it does not grow",
    Trend.SHRINKING: "never, as it is: it shrinks",
    Trend.REACHED: "it is reached",
    Trend.FAR: "not within ten years, as it is",
}
RISKS: Final[Mapping[Risk, str]] = {
    Risk.READS: "only looks",
    Risk.LOAD: "reads and writes a lot, keeps nobody waiting",
    Risk.SETTING: "changes a setting, which can be set back",
    Risk.DROPS: "drops an index: what needs it is slow until it is built again",
    Risk.LOCKS: "locks the table as long as it takes",
    Risk.ENDS: "ends somebody else's work, which is lost",
}
UNSEEN: Final[Mapping[str, str]] = {
    "sessions": "You may not see all of others' sessions: GRANT pg_monitor shows them.",
    "replication": "You may not see who replicates: GRANT pg_monitor shows it.",
    "columns": "You may not read all tables, so that the bloat of some is unknown: GRANT SELECT on them shows it.",
    "sequences": "You may not read all sequences: GRANT SELECT on them shows how far they are.",
}
ADVICE: Final[Mapping[str, str]] = {
    "held_back.transaction": "an open transaction keeps dead rows from being removed",
    "held_back.prepared": "a prepared transaction keeps dead rows from being removed",
    "held_back.slot": "a replication slot keeps dead rows from being removed",
    "held_back.standby": "a standby keeps dead rows from being removed",
    "slot.keeps_wal": "a replication slot that nobody uses fills the disk",
    "wraparound.transactions": "transaction numbers are running out",
    "wraparound.multixacts": "numbers of shared row locks are running out",
    "sequence.near_end": "a sequence is near its end",
    "autovacuum.off": "autovacuum is off",
    "autovacuum.disabled": "autovacuum is kept away from the table, and dead rows have come together",
    "autovacuum.late": "autovacuum does not come, though there are far more dead rows than call it",
    "statistics.missing": "the table was never analyzed: its plans are guesses",
    "statistics.stale": "much has changed since the last ANALYZE",
    "table.bloated": "much of the table holds nothing",
    "table.no_primary_key": "the table has no primary key",
    "constraint.not_valid": "a constraint was never checked",
    "foreign_key.no_index": "a foreign key has no index: each row deleted over there reads this table",
    "index.invalid": "an index is invalid: unused, and kept up all the same",
    "index.duplicate": "an index is there twice",
    "index.redundant": "another index does for it",
    "index.unused": "an index is never used",
    "index.bloated": "much of an index holds nothing",
}
"""What is wrong, by code of `core.admin.advice.CODES`."""
