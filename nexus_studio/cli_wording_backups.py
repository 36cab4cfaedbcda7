"""English sentences of the command line on backups: errors by code, warnings, standings, progress steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nexus_studio.core.admin.backups import Difference

_UNTOUCHED: Final = "Nothing was changed."
_NOTHING_LEFT: Final = "No file is left of it."
_ANOTHER: Final = "Take another backup: `nexus-studio backup list`."
_SHOW: Final = "See what it holds: `nexus-studio backup show FILE --items`."

_MAKING: Final[Mapping[str, tuple[str, str]]] = {
    "backup": ("That can't be done with backups now. {words}", _UNTOUCHED),
    "backup.failed": ("The backup could not be made. {words}", _NOTHING_LEFT),
    "backup.compression": (
        "{tool} can't compress with {name}.",
        "Use --compress gzip, or install a pg_dump that was built with it.",
    ),
    "backup.both_chosen": ("Schemas and tables can't be chosen at once.", "Use --schema or --table."),
    "backup.unknown": ("There is no {names}.", "See `nexus-studio relations`; quote names with capitals."),
    "backup.may_not_read": (
        "This role may not read {names}: the backup would not be whole.",
        "Have SELECT granted, use another role, or choose with --schema or --table.",
    ),
    "backup.row_security": (
        "Policies would hide rows of {names} from this role: the backup would not be whole.",
        "Use the owner of the tables or a role with BYPASSRLS.",
    ),
    "backup.pooler": (
        "A snapshot can't be shared through a pooler.",
        "Connect to the server itself, or add --no-counts.",
    ),
    "backup.no_room": (
        "There is no room in {folder}: {free} are free, {needed} are needed.",
        "Make room, or choose another --folder.",
    ),
    "backup.disk_full": ("The disk is full: {folder}.", f"{_NOTHING_LEFT} Make room, or choose another --folder."),
    "backup.exists": ("There is a file {file} already.", "Choose another --name."),
    "backup.name": ("A backup can't be called {name}.", "Use the name of a file, without a folder."),
    "backup.unwritable": ("Nothing can be written in {folder}. {words}", "Choose another --folder."),
    "backup.no_folder": ("There is no folder {folder}.", "Make it first, or check the path."),
    "backup.server_gone": ("The server went away in the middle. {words}", f"{_NOTHING_LEFT} Run the command again."),
    "backup.killed": ("{tool} was ended from outside ({signal}).", f"{_NOTHING_LEFT} Run the command again."),
    "backup.no_recipients": ("Nobody is named for whom it is to be encrypted.", "Name somebody: --encrypt-for."),
    "backup.recipient": (
        "One of those for whom it is to be encrypted makes no sense.",
        "Name an age recipient (age1…, ssh-ed25519 …) or the fingerprint of a GnuPG key; never a secret key.",
    ),
    "backup.recipients_mixed": ("age and GnuPG can't be mixed.", "Name recipients of one of them."),
    "backup.encrypt_directory": ("A folder can't be encrypted.", "Use --format custom or plain."),
    "backup.encrypt_failed": ("{file} could not be encrypted. {words}", "Look at the recipients."),
}

_READING: Final[Mapping[str, tuple[str, str]]] = {
    "backup.damaged": ("{file} is damaged. {words}", _ANOTHER),
    "backup.no_dump": ("{file} is no dump of PostgreSQL. {words}", "See `nexus-studio backup list`."),
    "backup.truncated": (
        "{file} is cut off: its end is missing. {words}",
        f"Copy it again from its source. {_ANOTHER}",
    ),
    "backup.altered": ("{file} is not what was written: it was altered or is damaged. {words}", _ANOTHER),
    "backup.unreadable": ("{file} can't be read. {words}", "Check the path and its permissions."),
    "backup.identity_missing": (
        "age must be told which identity opens it.",
        "Name the file with the identity in {variable}.",
    ),
    "backup.not_decrypted": ("{file} could not be decrypted. {words}", "Check the key, and that the file is whole."),
}

_KEEPING: Final[Mapping[str, tuple[str, str]]] = {
    "backup.not_a_folder_of_ours": (
        "{folder} is none of the folders that were added.",
        "See `nexus-studio backup folders`.",
    ),
    "backup.settings_broken": ("What is set about backups can't be read: {file}.", "Correct that file, or remove it."),
    "backup.settings_unwritable": ("{file} can't be written. {words}", _UNTOUCHED),
    "backup.journal_unwritable": ("Runs can't be noted in {file}. {words}", "Make room there, or make it writable."),
    "backup.not_scheduled": (
        "No backup of {profile} is scheduled.",
        "Schedule one: `nexus-studio backup schedule --profile NAME`.",
    ),
    "backup.not_pruned": (
        "The backup was made; old ones could not be deleted: {files}. {words}",
        "Look at that folder.",
    ),
    "backup.running": ("A backup of {profile} runs just now.", "Wait until it has ended."),
    "backup.interrupted": ("The run was ended in the middle.", "Run the command again."),
    "backup.not_proven": ("{file} is not proven.", "See `nexus-studio backup verify FILE`."),
    "backup.profile_unsaved": (
        "There is no saved connection named {profile}.",
        "Save it: `nexus-studio profiles add NAME URL`.",
    ),
    "backup.schedule_too_long": (
        "The line for cron would be too long.",
        "Use another --scheduler, or shorter paths.",
    ),
    "backup.schedule_unwritable": ("{file} can't be written. {words}", _UNTOUCHED),
    "backup.scheduler_refused": ("{scheduler} refused the schedule. {words}", f"{_UNTOUCHED} See it with --show."),
    "backup.copy_here": ("{file} lies there already.", "Name another folder."),
    "backup.copy_exists": ("Another file has that name there: {where}.", "Nothing was written over. Remove it first."),
    "backup.copy_differs": (
        "What was read again at {where} is not what was written.",
        "The copy was removed. Try again.",
    ),
    "backup.copy_failed": (
        "It could not be copied. {words}",
        "Nothing half is left there, as far as it can be reached.",
    ),
    "backup.copy_place": ("That place is not understood.", "Name a folder, or a URL such as s3://bucket/folder."),
    "backup.copy_secret": (
        "A place must not hold a password or a key.",
        "Put them where that store looks for them: its own file, or the environment.",
    ),
    "backup.copy_extra": (
        "{module} is not installed, which that place needs.",
        "Install it: `pip install 'nexus-studio[remote]'`.",
    ),
}

_RESTORING: Final[Mapping[str, tuple[str, str]]] = {
    "restore": ("It was not restored. {words}", _UNTOUCHED),
    "restore.failed": ("It could not be restored ({table}). {words}", "The database is as it was."),
    "restore.encrypted": ("{file} is encrypted.", "Decrypt it first, with age or gpg."),
    "restore.needs_schema": (
        "{file} holds rows and no tables.",
        "Name the database it is of (`--url`): its tables are needed to try it.",
    ),
    "restore.commands": (
        "{file} holds commands of psql or programs to run ({names}), and is not restored.",
        "Take another backup, or have pg_dump make it.",
    ),
    "restore.several_databases": ("{file} is of several databases.", "Restore it with psql, or dump one database."),
    "restore.cluster": ("{file} is of roles and tablespaces.", "Restore it with psql, as a superuser."),
    "restore.extensions_missing": (
        "The server does not have the extensions {names}.",
        "Install them on the server.",
    ),
    "restore.roles_missing": (
        "The server does not have the roles {names}.",
        "Create them, or add --no-owner --no-privileges.",
    ),
    "restore.name": ("A database can't be called {database}.", "One line of up to 63 bytes makes a name."),
    "restore.exists": ("There is a database {database} already.", "Choose another name."),
    "restore.unknown_database": ("There is no database {database}.", "Create it, or use --as NAME."),
    "restore.not_empty": (
        "{database} is not empty: {names}.",
        "Without --empty it is restored into a new database, which takes its place.",
    ),
    "restore.plain_selection": (
        "Of a plain dump nothing can be chosen: it is restored whole.",
        "Leave --schema and --table out; `nexus-studio backup bring-back` brings single rows.",
    ),
    "restore.part_swap": (
        "A part of a database can't take the place of the whole: what it does not hold would be gone.",
        "Restore it under a name of its own with --as NAME, or into an empty database with --empty.",
    ),
    "restore.unknown_selection": ("The backup has no {names}.", _SHOW),
    "restore.other_database": (
        "Only the connection's own database can be replaced.",
        "Name it with --url or --profile.",
    ),
    "restore.may_not_create": (
        "This role may not make a database like that.",
        "It must be allowed to create databases, and be a member of {owner}.",
    ),
    "restore.not_emptied": (
        "It was not restored, and what it has left in {database} could not be removed. {words}",
        "Look at what is in {database} before you drop it and make it again.",
    ),
    "restore.unknown_kept": ("{database} is no database that a restore has kept.", "See `nexus-studio backup kept`."),
}

_COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "cli.trust": (
        "Nexus Studio has not made {file}, and what is in it would run on a scratch server of this machine.",
        "Add --trust if you know where it is from.",
    ),
    "cli.backup_options": ("That does not go together: {reason}.", "See `nexus-studio backup create --help`."),
    "cli.nothing_to_bring_back": (
        "Nothing of {relation} is to be brought back: the backup has no such row, or it is the same.",
        "See `nexus-studio backup compare FILE TABLE`.",
    ),
    "cli.not_scheduled": ("No backup of {name} is scheduled.", "See `nexus-studio backup runs`."),
    "cli.needs_profile": (
        "A schedule needs a saved connection.",
        "Save one with `nexus-studio profiles add NAME URL`, and name it with --profile.",
    ),
}

BACKUP_WORDS: Final[Mapping[str, tuple[str, str]]] = {**_MAKING, **_READING, **_KEEPING, **_RESTORING, **_COMMANDS}
"""By code, as in `cli_wording`."""

BACKUP_REASONS: Final[Mapping[str, str]] = {
    "jobs": "only --format directory takes --jobs",
    "passwords": "--passwords says what --globals holds",
}

STEPS: Final[Mapping[str, str]] = {
    "backup.globals": "Writing roles",
    "backup.dumping": "Writing the backup",
    "backup.tables": "Writing the backup",
    "backup.counting": "Counting rows",
    "backup.listing": "Looking for backups",
    "backup.pruning": "Deleting old backups",
    "backup.copying": "Copying",
    "backup.copy_checking": "Reading the copy again",
    "backup.encrypting": "Encrypting",
    "backup.decrypting": "Decrypting",
    "restore.loading": "Restoring",
    "restore.swapping": "Giving the new database its name",
    "restore.emptying": "Taking out what was restored",
    "inside.analyzing": "Looking at the backup's tables",
    "inside.comparing": "Comparing",
    "inside.bringing": "Reading rows of the backup",
}
"""Of progress."""

TOOL_REASONS: Final[Mapping[str, str]] = {
    "same": "of the server's own version",
    "newer": "the next newer one there is",
    "only": "the only one there is",
}

_BACKUP_WARNINGS: Final[Mapping[str, str]] = {
    "backup.pooler": "behind a pooler nothing can be counted: it can be restored, not compared",
    "backup.room": "there is hardly room for it",
    "tool.newer_than_target": "this program is newer than the server it is for, which may not understand all of it",
}

_SCHEDULE_NOTES: Final[Mapping[str, str]] = {
    "schedule.by_hand": "the scheduler's program is not here: put this where it belongs yourself",
    "schedule.linger": "it runs only while you are logged in, until `loginctl enable-linger`",
    "schedule.no_catching_up": "cron leaves out what was due while the machine was off",
    "schedule.no_keyring": "cron's jobs can't ask the keyring: put the password into ~/.pgpass",
    "schedule.home": "Windows must know NEXUS_STUDIO_HOME itself",
    "schedule.changed": "what stands there is not what was written",
    "schedule.gone": "nothing stands there any more: schedule it again",
    "schedule.still_loaded": "the scheduler could not be told: it forgets at the next login",
}

_ARCHIVE_WARNINGS: Final[Mapping[str, str]] = {
    "archive.unverified": "nothing is noted beside it: whether it was altered can't be told",
    "archive.newer_server": "it is of a newer server than this one, which may not understand all of it",
    "archive.newer_tool": "a newer pg_dump than this server's wrote it: it is restored as SQL text",
    "archive.newer_format": "no program here knows its format: what it holds can't be listed",
    "archive.drops_database": "it would drop, make or change a database: it is run without that",
    "archive.connects": "it would go to another database: it is run without that",
    "archive.transactions": "it begins and ends transactions of its own: it is run without that",
    "archive.commands": "it holds commands of psql or programs to run: it is not restored",
    "archive.several_databases": "it is of several databases: it is not restored",
    "archive.cluster": "it is of roles and tablespaces: it is not restored",
    "archive.revision_differs": "its migrations are others than the database has now",
    "restore.left_out": "foreign keys to tables that were not chosen are left out",
    "restore.needed": "more than was chosen was restored, because that needs it",
    "restore.not_analyzed": "the planner knows nothing of the tables yet: run ANALYZE",
}

DIFFERENCES: Final[Mapping[Difference, str]] = {
    Difference.MISSING: "missing, {expected} rows",
    Difference.EXTRA: "not noted when it was made, {found} rows",
    Difference.ROWS: "{found} rows instead of {expected}",
    Difference.CHECKSUM: "{found} rows, but not the same ones",
}

STANDINGS: Final[Mapping[str, str]] = {
    "proven": "proven",
    "unproven": "not proven yet",
    "not_proven": "NOT PROVEN",
    "altered": "ALTERED",
    "gone": "GONE",
    "foreign": "foreign",
}

WHY_KEPT: Final[Mapping[str, str]] = {
    "daily": "daily",
    "weekly": "weekly",
    "monthly": "monthly",
    "at_least": "one of the last",
    "newest": "the newest",
    "last_proven": "the last proven one",
    "safety": "from before rows were lost",
    "partial": "chosen tables, made by hand",
    "altered": "altered",
    "future": "dated in the future",
    "foreign": "not Studio's",
    "other_database": "of another database",
}


def backup_warning(code: str) -> str:
    """Say what to beware of in a backup that was made."""
    return _BACKUP_WARNINGS.get(code, code)


def archive_warning(code: str) -> str:
    """Say what to beware of in a file, or in what a restore has done."""
    return _ARCHIVE_WARNINGS.get(code, code)


def schedule_note(code: str) -> str:
    """Say what to know of a schedule."""
    return _SCHEDULE_NOTES.get(code, code)
