"""English source of the words for backups and restores: errors and progress. Contexts "errors" and "progress"."""

from __future__ import annotations

from collections.abc import Mapping

from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.wording_tables import Words

_WORDS = ("words", QT_TRANSLATE_NOOP("errors", "The reason given: “{words}”."))
_FILE = ("file", QT_TRANSLATE_NOOP("errors", "File: {file}."))
_FOLDER = ("folder", QT_TRANSLATE_NOOP("errors", "Folder: {folder}."))
_NAMES = ("names", QT_TRANSLATE_NOOP("errors", "They are: {names}."))
_ROW = ("line", QT_TRANSLATE_NOOP("errors", "It stopped at row {line} of {table}."))
_UNTOUCHED = QT_TRANSLATE_NOOP("errors", "Nothing was changed.")
_NOTHING_LEFT = QT_TRANSLATE_NOOP("errors", "No file is left of it.")
_NOT_MADE = QT_TRANSLATE_NOOP("errors", "No backup was made.")
_ANOTHER = QT_TRANSLATE_NOOP("errors", "Nothing was changed. Take another backup.")

_MAKING: Mapping[str, Words] = {
    "backup.failed": Words(
        QT_TRANSLATE_NOOP("errors", "The backup could not be made"), _NOTHING_LEFT, extras=(_FOLDER, _WORDS)
    ),
    "backup.compression": Words(
        QT_TRANSLATE_NOOP("errors", "{tool} can't compress with {name}"),
        QT_TRANSLATE_NOOP("errors", "Choose gzip, or install a pg_dump that was built with it."),
    ),
    "backup.both_chosen": Words(
        QT_TRANSLATE_NOOP("errors", "Whole schemas and single tables can't be chosen together"), _NOT_MADE
    ),
    "backup.unknown": Words(
        QT_TRANSLATE_NOOP("errors", "Some of what was chosen is not there"), _NOT_MADE, extras=(_NAMES,)
    ),
    "backup.may_not_read": Words(
        QT_TRANSLATE_NOOP("errors", "Your role may not read all of it"),
        QT_TRANSLATE_NOOP("errors", "No backup was made: it would not be whole. Choose less, or another role."),
        extras=(_NAMES,),
    ),
    "backup.row_security": Words(
        QT_TRANSLATE_NOOP("errors", "Policies hide rows from your role"),
        QT_TRANSLATE_NOOP("errors", "No backup was made: it would not be whole. Use a role that may see all rows."),
        extras=(_NAMES,),
    ),
    "backup.pooler": Words(
        QT_TRANSLATE_NOOP("errors", "That can't be done through a pooler"),
        QT_TRANSLATE_NOOP("errors", "Connect to the server itself: a pooler keeps no snapshot for pg_dump."),
    ),
    "backup.no_room": Words(
        QT_TRANSLATE_NOOP("errors", "There is no room for the backup"),
        QT_TRANSLATE_NOOP("errors", "Nothing was written. Choose another folder, or make room."),
        extras=(_FOLDER,),
    ),
    "backup.disk_full": Words(
        QT_TRANSLATE_NOOP("errors", "The disk is nearly full: the backup was stopped"), _NOTHING_LEFT, extras=(_FOLDER,)
    ),
    "backup.exists": Words(
        QT_TRANSLATE_NOOP("errors", "There is a backup of that name already"),
        QT_TRANSLATE_NOOP("errors", "It is left alone: choose another name."),
        extras=(_FILE,),
    ),
    "backup.name": Words(
        QT_TRANSLATE_NOOP("errors", "“{name}” is no name for a file"),
        QT_TRANSLATE_NOOP("errors", "Leave folders out of it."),
    ),
    "backup.unwritable": Words(
        QT_TRANSLATE_NOOP("errors", "The folder can't be written to"),
        QT_TRANSLATE_NOOP("errors", "Choose another folder."),
        extras=(_FOLDER, _WORDS),
    ),
    "backup.server_gone": Words(
        QT_TRANSLATE_NOOP("errors", "The server went away in the middle"), _NOTHING_LEFT, extras=(_WORDS,)
    ),
    "backup.killed": Words(QT_TRANSLATE_NOOP("errors", "{tool} was ended from outside ({signal})"), _NOTHING_LEFT),
}

_READING: Mapping[str, Words] = {
    "backup.damaged": Words(QT_TRANSLATE_NOOP("errors", "The backup is damaged"), _ANOTHER, extras=(_FILE, _WORDS)),
    "backup.no_dump": Words(
        QT_TRANSLATE_NOOP("errors", "This is no dump of PostgreSQL"), _UNTOUCHED, extras=(_FILE, _WORDS)
    ),
    "backup.truncated": Words(
        QT_TRANSLATE_NOOP("errors", "The backup is cut off: its end is missing"),
        QT_TRANSLATE_NOOP("errors", "Nothing was changed. Copy it again from where it is whole, or take another."),
        extras=(_FILE, _WORDS),
    ),
    "backup.altered": Words(
        QT_TRANSLATE_NOOP("errors", "This is not the file that was written"),
        QT_TRANSLATE_NOOP("errors", "Its checksum is another. Nothing was changed. Take another backup."),
        extras=(_FILE,),
    ),
    "backup.unreadable": Words(QT_TRANSLATE_NOOP("errors", "The backup can't be read"), extras=(_FILE, _WORDS)),
}

_KEEPING: Mapping[str, Words] = {
    "backup.no_folder": Words(QT_TRANSLATE_NOOP("errors", "There is no such folder"), extras=(_FOLDER,)),
    "backup.not_a_folder_of_ours": Words(
        QT_TRANSLATE_NOOP("errors", "The library does not look into this folder"), extras=(_FOLDER,)
    ),
    "backup.settings_broken": Words(
        QT_TRANSLATE_NOOP("errors", "What was set about backups can't be read"),
        QT_TRANSLATE_NOOP("errors", "Mend the file, or remove it: folders and schedules are in it."),
        extras=(_FILE,),
    ),
    "backup.settings_unwritable": Words(
        QT_TRANSLATE_NOOP("errors", "What is set about backups can't be written"), extras=(_FILE, _WORDS)
    ),
    "backup.profile_unsaved": Words(
        QT_TRANSLATE_NOOP("errors", "Only a saved connection can be scheduled"),
        QT_TRANSLATE_NOOP("errors", "The scheduler finds it by its name. Save the connection, with its password."),
        ("connection.edit",),
    ),
    "backup.scheduler_refused": Words(
        QT_TRANSLATE_NOOP("errors", "The scheduler refused"), _UNTOUCHED, extras=(_WORDS,)
    ),
    "backup.schedule_unwritable": Words(
        QT_TRANSLATE_NOOP("errors", "The schedule can't be written"), extras=(_FILE, _WORDS)
    ),
    "backup.schedule_too_long": Words(
        QT_TRANSLATE_NOOP("errors", "The line is longer than cron takes"),
        QT_TRANSLATE_NOOP("errors", "Give the connection a shorter name, or use another scheduler."),
    ),
    "backup.not_scheduled": Words(QT_TRANSLATE_NOOP("errors", "No backup is scheduled for this connection")),
    "backup.running": Words(QT_TRANSLATE_NOOP("errors", "A scheduled backup of this connection runs just now")),
    "backup.interrupted": Words(
        QT_TRANSLATE_NOOP("errors", "It ended without a word: it was killed, or the machine went down")
    ),
    "backup.not_proven": Words(
        QT_TRANSLATE_NOOP("errors", "The backup was made, and is not proven"),
        QT_TRANSLATE_NOOP("errors", "See in the panel what differs."),
    ),
    "backup.not_pruned": Words(
        QT_TRANSLATE_NOOP("errors", "The backup was made; old ones could not be deleted"), extras=(_WORDS,)
    ),
    "backup.journal_unwritable": Words(
        QT_TRANSLATE_NOOP("errors", "The run can't be noted, and so it was not begun"), extras=(_FILE, _WORDS)
    ),
    "backup.copy_secret": Words(
        QT_TRANSLATE_NOOP("errors", "There is a password in the address"),
        QT_TRANSLATE_NOOP(
            "errors", "Leave it out: it belongs into the environment, or the configuration of the store."
        ),
    ),
    "backup.copy_place": Words(
        QT_TRANSLATE_NOOP("errors", "This is no place to copy to"),
        QT_TRANSLATE_NOOP("errors", "Give a folder, or an address such as s3://bucket/folder."),
    ),
    "backup.copy_extra": Words(
        QT_TRANSLATE_NOOP("errors", "What copies there is not installed ({module})"),
        QT_TRANSLATE_NOOP("errors", "Install nexus-studio[remote], and what the store needs."),
    ),
    "backup.copy_here": Words(QT_TRANSLATE_NOOP("errors", "It is there already"), extras=(_FILE,)),
    "backup.copy_exists": Words(
        QT_TRANSLATE_NOOP("errors", "Another file of that name is there"),
        QT_TRANSLATE_NOOP("errors", "It is left alone: {where}."),
    ),
    "backup.copy_differs": Words(
        QT_TRANSLATE_NOOP("errors", "The copy is not like the backup"),
        QT_TRANSLATE_NOOP("errors", "It was taken away again: {where}."),
    ),
    "backup.copy_failed": Words(QT_TRANSLATE_NOOP("errors", "It could not be copied"), extras=(_WORDS,)),
}

_ENCRYPTING: Mapping[str, Words] = {
    "backup.no_recipients": Words(QT_TRANSLATE_NOOP("errors", "Nobody is named that it is encrypted for")),
    "backup.recipients_mixed": Words(QT_TRANSLATE_NOOP("errors", "Keys of age and of GnuPG can't be mixed"), _NOT_MADE),
    "backup.recipient": Words(
        QT_TRANSLATE_NOOP("errors", "One of the recipients makes no sense"),
        QT_TRANSLATE_NOOP(
            "errors", "Give public keys of age, or whole fingerprints of GnuPG keys; never a secret one."
        ),
    ),
    "backup.encrypt_directory": Words(
        QT_TRANSLATE_NOOP("errors", "A folder can't be encrypted"),
        QT_TRANSLATE_NOOP("errors", "Choose another format."),
    ),
    "backup.encrypt_failed": Words(
        QT_TRANSLATE_NOOP("errors", "It could not be encrypted"), _UNTOUCHED, extras=(_FILE, _WORDS)
    ),
    "backup.identity_missing": Words(
        QT_TRANSLATE_NOOP("errors", "age has to be told where your key is"),
        QT_TRANSLATE_NOOP("errors", "Have NEXUS_STUDIO_AGE_IDENTITY name the file, and start Nexus Studio again."),
    ),
    "backup.not_decrypted": Words(
        QT_TRANSLATE_NOOP("errors", "The backup could not be decrypted"),
        QT_TRANSLATE_NOOP("errors", "No key of yours fits, or the file is cut off."),
        extras=(_FILE, _WORDS),
    ),
}

_RESTORING: Mapping[str, Words] = {
    "restore.refused": Words(QT_TRANSLATE_NOOP("errors", "It was not restored"), _UNTOUCHED, extras=(_WORDS,)),
    "restore.failed": Words(
        QT_TRANSLATE_NOOP("errors", "It could not be restored"),
        QT_TRANSLATE_NOOP("errors", "What was there is as it was."),
        extras=(_WORDS, _ROW),
    ),
    "restore.encrypted": Words(
        QT_TRANSLATE_NOOP("errors", "The backup is encrypted"),
        QT_TRANSLATE_NOOP("errors", "Decrypt it first: Nexus Studio keeps no keys."),
        extras=(_FILE,),
    ),
    "restore.needs_schema": Words(
        QT_TRANSLATE_NOOP("errors", "The backup holds rows and no tables"),
        QT_TRANSLATE_NOOP("errors", "Connect to the database it is of: its tables are needed to try it."),
    ),
    "restore.commands": Words(
        QT_TRANSLATE_NOOP("errors", "The file holds commands that are never run"),
        QT_TRANSLATE_NOOP("errors", "Nothing was changed. A dump that pg_dump wrote has none of them."),
        extras=(_NAMES,),
    ),
    "restore.several_databases": Words(
        QT_TRANSLATE_NOOP("errors", "The file is of several databases"),
        QT_TRANSLATE_NOOP("errors", "Nothing was changed. Restore each of them from a dump of its own."),
    ),
    "restore.cluster": Words(
        QT_TRANSLATE_NOOP("errors", "The file is of roles and tablespaces, not of a database"), _UNTOUCHED
    ),
    "restore.extensions_missing": Words(
        QT_TRANSLATE_NOOP("errors", "Extensions that it needs can't be had on this server"),
        _UNTOUCHED,
        extras=(_NAMES,),
    ),
    "restore.roles_missing": Words(
        QT_TRANSLATE_NOOP("errors", "Roles that it needs are not on this server"),
        QT_TRANSLATE_NOOP("errors", "Nothing was changed. Make them first, or restore without owners and privileges."),
        extras=(_NAMES,),
    ),
    "restore.may_not_create": Words(
        QT_TRANSLATE_NOOP("errors", "Your role may not make such a database"),
        QT_TRANSLATE_NOOP("errors", "It must be allowed to create databases, and be a member of {owner}."),
    ),
    "restore.name": Words(QT_TRANSLATE_NOOP("errors", "A database can't be called “{database}”"), _UNTOUCHED),
    "restore.exists": Words(
        QT_TRANSLATE_NOOP("errors", "There is a database {database} already"),
        QT_TRANSLATE_NOOP("errors", "It is left alone: choose another name."),
    ),
    "restore.unknown_database": Words(QT_TRANSLATE_NOOP("errors", "There is no database {database}"), _UNTOUCHED),
    "restore.not_empty": Words(
        QT_TRANSLATE_NOOP("errors", "The database {database} is not empty"), _UNTOUCHED, extras=(_NAMES,)
    ),
    "restore.not_emptied": Words(
        QT_TRANSLATE_NOOP("errors", "It could not be restored, and something of it is left in {database}"),
        QT_TRANSLATE_NOOP(
            "errors", "Look at what is in that database before you drop or empty it. Nothing else was touched."
        ),
        extras=(_WORDS,),
    ),
    "restore.other_database": Words(QT_TRANSLATE_NOOP("errors", "Only the open database can be replaced"), _UNTOUCHED),
    "restore.plain_selection": Words(
        QT_TRANSLATE_NOOP("errors", "Of SQL text no tables can be chosen"),
        QT_TRANSLATE_NOOP("errors", "Restore all of it, or look inside and bring rows back."),
    ),
    "restore.part_swap": Words(
        QT_TRANSLATE_NOOP("errors", "A part of a database can't take the place of the whole"),
        QT_TRANSLATE_NOOP("errors", "Restore it into a new database, or look inside and bring rows back."),
    ),
    "restore.unknown_selection": Words(
        QT_TRANSLATE_NOOP("errors", "Some of what was chosen is not in the backup"), _UNTOUCHED, extras=(_NAMES,)
    ),
    "restore.unknown_kept": Words(QT_TRANSLATE_NOOP("errors", "No restore keeps a database {database}"), _UNTOUCHED),
}

_SCHEDULES: Mapping[str, Words] = {
    "schedule.by_hand": Words(
        QT_TRANSLATE_NOOP(
            "errors", "The scheduler's program is not on this machine: put the texts where they belong yourself."
        )
    ),
    "schedule.linger": Words(
        QT_TRANSLATE_NOOP("errors", "It only runs while you are logged in, until you say: loginctl enable-linger")
    ),
    "schedule.no_catching_up": Words(
        QT_TRANSLATE_NOOP("errors", "cron leaves out what was due while the machine was off.")
    ),
    "schedule.no_keyring": Words(
        QT_TRANSLATE_NOOP("errors", "cron's jobs can't ask the keyring for a password: use a password file (pgpass).")
    ),
    "schedule.home": Words(
        QT_TRANSLATE_NOOP("errors", "Windows itself must know NEXUS_STUDIO_HOME: set it for your account.")
    ),
    "schedule.changed": Words(QT_TRANSLATE_NOOP("errors", "What stands there is not what was written.")),
    "schedule.gone": Words(QT_TRANSLATE_NOOP("errors", "Nothing stands there any more: set it up anew.")),
    "schedule.still_loaded": Words(
        QT_TRANSLATE_NOOP("errors", "The scheduler could not be told; it forgets it at the next login.")
    ),
}

BACKUP_WORDS: Mapping[str, Words] = {
    **_MAKING, **_READING, **_KEEPING, **_ENCRYPTING, **_RESTORING, **_SCHEDULES
}  # fmt: skip

BACKUP_REASONS: Mapping[str, str] = {
    "restore.disk_full": QT_TRANSLATE_NOOP("errors", "The server's disk is full."),
    "restore.locks": QT_TRANSLATE_NOOP(
        "errors", "The server has too few locks for so many tables at once (max_locks_per_transaction)."
    ),
    "restore.connection": QT_TRANSLATE_NOOP("errors", "No connection could be made."),
    "restore.connection_lost": QT_TRANSLATE_NOOP("errors", "The server went away in the middle."),
    "restore.permission": QT_TRANSLATE_NOOP("errors", "Your role lacks a privilege that it needs."),
    "restore.role": QT_TRANSLATE_NOOP("errors", "A role that it names is not there."),
    "restore.extension": QT_TRANSLATE_NOOP("errors", "An extension that it needs can't be had on this server."),
    "restore.archive": QT_TRANSLATE_NOOP("errors", "The file itself is broken."),
    "restore.killed": QT_TRANSLATE_NOOP("errors", "The program was ended from outside."),
    "restore.statement": QT_TRANSLATE_NOOP("errors", "One of its statements was refused."),
}

BACKUP_PROGRESS: Mapping[str, str] = {
    "backup.globals": QT_TRANSLATE_NOOP("progress", "Writing roles"),
    "backup.dumping": QT_TRANSLATE_NOOP("progress", "Writing the backup"),
    "backup.tables": QT_TRANSLATE_NOOP("progress", "Writing the backup"),
    "backup.counting": QT_TRANSLATE_NOOP("progress", "Counting rows"),
    "backup.copying": QT_TRANSLATE_NOOP("progress", "Copying the backup"),
    "backup.copy_checking": QT_TRANSLATE_NOOP("progress", "Reading the copy again"),
    "backup.encrypting": QT_TRANSLATE_NOOP("progress", "Encrypting the backup"),
    "backup.decrypting": QT_TRANSLATE_NOOP("progress", "Decrypting the backup"),
    "backup.listing": QT_TRANSLATE_NOOP("progress", "Looking for backups"),
    "backup.pruning": QT_TRANSLATE_NOOP("progress", "Deleting old backups"),
    "restore.loading": QT_TRANSLATE_NOOP("progress", "Restoring"),
    "restore.swapping": QT_TRANSLATE_NOOP("progress", "Giving the new database its name"),
    "inside.analyzing": QT_TRANSLATE_NOOP("progress", "Learning about the tables"),
    "inside.comparing": QT_TRANSLATE_NOOP("progress", "Comparing rows"),
    "inside.bringing": QT_TRANSLATE_NOOP("progress", "Reading rows of the backup"),
}
