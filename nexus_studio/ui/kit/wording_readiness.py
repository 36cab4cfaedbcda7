"""English source of the words of the deployment checklist; the command line says them as they are. No Qt in here.

Context "readiness". A reason without words of its own takes those of its last word: "tls.permission" of "permission".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nexus_studio.core.admin.readiness import Subject, Verdict
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP

VERDICTS: Final[Mapping[Verdict, str]] = {
    Verdict.OK: QT_TRANSLATE_NOOP("readiness", "OK"),
    Verdict.WARNING: QT_TRANSLATE_NOOP("readiness", "Warning"),
    Verdict.FAILED: QT_TRANSLATE_NOOP("readiness", "Failed"),
    Verdict.UNKNOWN: QT_TRANSLATE_NOOP("readiness", "Unknown"),
    Verdict.NOT_APPLICABLE: QT_TRANSLATE_NOOP("readiness", "Not asked"),
}

OVERALL: Final[Mapping[Verdict, str]] = {
    Verdict.OK: QT_TRANSLATE_NOOP("readiness", "Ready"),
    Verdict.WARNING: QT_TRANSLATE_NOOP("readiness", "Ready, with warnings"),
    Verdict.FAILED: QT_TRANSLATE_NOOP("readiness", "Not ready"),
}

SUBJECTS: Final[Mapping[Subject, str]] = {
    Subject.CONNECTION: QT_TRANSLATE_NOOP("readiness", "Connection"),
    Subject.SECRETS: QT_TRANSLATE_NOOP("readiness", "Secrets and rights"),
    Subject.SCHEMA: QT_TRANSLATE_NOOP("readiness", "Schema"),
    Subject.SAFETY: QT_TRANSLATE_NOOP("readiness", "Safety of the data"),
    Subject.LOAD: QT_TRANSLATE_NOOP("readiness", "Load and monitoring"),
    Subject.SERVER: QT_TRANSLATE_NOOP("readiness", "Server"),
}

TITLES: Final[Mapping[str, str]] = {
    "url": QT_TRANSLATE_NOOP("readiness", "DATABASE_URL points to production"),
    "tls": QT_TRANSLATE_NOOP("readiness", "TLS is on and verified"),
    "exposure": QT_TRANSLATE_NOOP("readiness", "The database is not open to the internet"),
    "health": QT_TRANSLATE_NOOP("readiness", "The health endpoint answers"),
    "password": QT_TRANSLATE_NOOP("readiness", "The password is strong"),
    "role": QT_TRANSLATE_NOOP("readiness", "The role is not a superuser"),
    "env_file": QT_TRANSLATE_NOOP("readiness", ".env stays out of git"),
    "variables": QT_TRANSLATE_NOOP("readiness", "The environment variables are valid"),
    "migrations": QT_TRANSLATE_NOOP("readiness", "All migrations are applied"),
    "models": QT_TRANSLATE_NOOP("readiness", "Models and database agree"),
    "sequences": QT_TRANSLATE_NOOP("readiness", "No sequence is near its end"),
    "indexes": QT_TRANSLATE_NOOP("readiness", "No index is invalid"),
    "backup": QT_TRANSLATE_NOOP("readiness", "A recent backup is proven"),
    "wraparound": QT_TRANSLATE_NOOP("readiness", "Transaction numbers do not run out"),
    "statements": QT_TRANSLATE_NOOP("readiness", "pg_stat_statements watches"),
    "slow_log": QT_TRANSLATE_NOOP("readiness", "Slow statements are logged"),
    "connections": QT_TRANSLATE_NOOP("readiness", "There is room for connections"),
    "pool": QT_TRANSLATE_NOOP("readiness", "The pool is limited"),
    "version": QT_TRANSLATE_NOOP("readiness", "The server's version is supported"),
    "encoding": QT_TRANSLATE_NOOP("readiness", "The encoding is UTF8"),
    "time_zone": QT_TRANSLATE_NOOP("readiness", "The time zone is a named one"),
    "collation": QT_TRANSLATE_NOOP("readiness", "Texts sort as when they were indexed"),
}

# Reason -> (what was found, what to do). Facts of the evidence as {name}.
REASONS: Final[Mapping[str, tuple[str, str]]] = {
    "environment": (QT_TRANSLATE_NOOP("readiness", "Asked of staging and production only."), ""),
    "permission": (
        QT_TRANSLATE_NOOP("readiness", "This role may not look at it."),
        QT_TRANSLATE_NOOP("readiness", "Look with a role that may: pg_monitor is enough for most."),
    ),
    "error": (
        QT_TRANSLATE_NOOP("readiness", "It could not be looked at ({error})."),
        QT_TRANSLATE_NOOP("readiness", "Look again, or find out why."),
    ),
    "url.real": (QT_TRANSLATE_NOOP("readiness", "It leads to {place}."), ""),
    "url.standby": (
        QT_TRANSLATE_NOOP("readiness", "{place} is a standby: nothing can be written there."),
        QT_TRANSLATE_NOOP("readiness", "Use the address of the primary."),
    ),
    "url.elsewhere": (
        QT_TRANSLATE_NOOP("readiness", "DATABASE_URL of the environment leads to another database: {DATABASE_URL}."),
        QT_TRANSLATE_NOOP("readiness", "Set it to {place}, or look at the database that it means."),
    ),
    "url.file_elsewhere": (
        QT_TRANSLATE_NOOP("readiness", "DATABASE_URL of {from} leads to another database: {DATABASE_URL}."),
        QT_TRANSLATE_NOOP("readiness", "See that the deployed application does not read this file."),
    ),
    "url.rehearsal_name": (
        QT_TRANSLATE_NOOP("readiness", "{place} is named as a database to try things on."),
        QT_TRANSLATE_NOOP("readiness", "See that it is the one that is meant."),
    ),
    "url.local": (
        QT_TRANSLATE_NOOP("readiness", "{place} is on this machine."),
        QT_TRANSLATE_NOOP("readiness", "See that it is no tunnel, and no development database."),
    ),
    "url.looks_real": (
        QT_TRANSLATE_NOOP("readiness", "{place} looks like a production server."),
        QT_TRANSLATE_NOOP("readiness", "Say so in the connection: production has rails."),
    ),
    "tls.socket": (QT_TRANSLATE_NOOP("readiness", "A local socket: nothing leaves this machine."), ""),
    "tls.verified": (QT_TRANSLATE_NOOP("readiness", "{protocol}, and the server's name was verified."), ""),
    "tls.verified_ended_before": (
        QT_TRANSLATE_NOOP("readiness", "Encrypted and verified up to what stands before the server."),
        "",
    ),
    "tls.plain": (
        QT_TRANSLATE_NOOP("readiness", "This connection is not encrypted."),
        QT_TRANSLATE_NOOP("readiness", "Use sslmode=verify-full with the authority's certificate in sslrootcert."),
    ),
    "tls.weak": (
        QT_TRANSLATE_NOOP("readiness", "{protocol} is broken."),
        QT_TRANSLATE_NOOP("readiness", "Set ssl_min_protocol_version to TLSv1.2 on the server."),
    ),
    "tls.unverified": (
        QT_TRANSLATE_NOOP("readiness", "Encrypted, but nobody verified who answers (sslmode={sslmode})."),
        QT_TRANSLATE_NOOP("readiness", "Use sslmode=verify-full with the authority's certificate in sslrootcert."),
    ),
    "tls.host_unverified": (
        QT_TRANSLATE_NOOP("readiness", "The certificate was verified, not the name in it (sslmode={sslmode})."),
        QT_TRANSLATE_NOOP("readiness", "Use sslmode=verify-full."),
    ),
    "exposure.loopback": (QT_TRANSLATE_NOOP("readiness", "The server listens on its own machine only."), ""),
    "exposure.closed": (QT_TRANSLATE_NOOP("readiness", "pg_hba.conf admits nobody from everywhere."), ""),
    "exposure.private_address": (
        QT_TRANSLATE_NOOP("readiness", "Its address is a private one. pg_hba.conf can't be read by this role."),
        "",
    ),
    "exposure.public_address": (
        QT_TRANSLATE_NOOP("readiness", "Its address {address} is a public one."),
        QT_TRANSLATE_NOOP("readiness", "See that a firewall admits the application's machines only."),
    ),
    "exposure.trust": (
        QT_TRANSLATE_NOOP("readiness", "pg_hba.conf lets everybody in without a password."),
        QT_TRANSLATE_NOOP("readiness", "Narrow the line to the application's network, and ask for scram-sha-256."),
    ),
    "exposure.open": (
        QT_TRANSLATE_NOOP("readiness", "pg_hba.conf lets everybody on the internet try passwords."),
        QT_TRANSLATE_NOOP("readiness", "Narrow the line to the application's network."),
    ),
    "health.no_url": (
        QT_TRANSLATE_NOOP("readiness", "The connection names no health URL."),
        QT_TRANSLATE_NOOP("readiness", "Add it to the connection, such as https://…/api/health."),
    ),
    "health.bad_url": (
        QT_TRANSLATE_NOOP("readiness", "{url} can't be asked."),
        QT_TRANSLATE_NOOP("readiness", "Give an http or https URL without a password in it."),
    ),
    "health.silent": (
        QT_TRANSLATE_NOOP("readiness", "{url} does not answer: {words}."),
        QT_TRANSLATE_NOOP("readiness", "See whether the application runs."),
    ),
    "health.unwell": (
        QT_TRANSLATE_NOOP("readiness", "The application answers with status {status}."),
        QT_TRANSLATE_NOOP("readiness", "See its log."),
    ),
    "health.says_unwell": (
        QT_TRANSLATE_NOOP("readiness", "The application answers, and says that it is not well."),
        QT_TRANSLATE_NOOP("readiness", "See its answer, then its log."),
    ),
    "health.redirected": (
        QT_TRANSLATE_NOOP("readiness", "The application sends on to {location}."),
        QT_TRANSLATE_NOOP("readiness", "Give the URL that answers itself."),
    ),
    "health.slow": (
        QT_TRANSLATE_NOOP("readiness", "The application is well, and slow: {time_ms}."),
        QT_TRANSLATE_NOOP("readiness", "See what it waits for."),
    ),
    "health.well": (QT_TRANSLATE_NOOP("readiness", "The application is well ({time_ms})."), ""),
    "password.socket": (QT_TRANSLATE_NOOP("readiness", "A local socket, where the server asks for no password."), ""),
    "password.certificate": (QT_TRANSLATE_NOOP("readiness", "A client certificate serves instead."), ""),
    "password.strong": (QT_TRANSLATE_NOOP("readiness", "It is long, and no default."), ""),
    "password.short": (
        QT_TRANSLATE_NOOP("readiness", "It has {length} characters."),
        QT_TRANSLATE_NOOP("readiness", "Use 16 or more, made at random."),
    ),
    "password.weak": (
        QT_TRANSLATE_NOOP("readiness", "It is easily guessed."),
        QT_TRANSLATE_NOOP("readiness", "Use 16 characters or more, made at random."),
    ),
    "password.default": (
        QT_TRANSLATE_NOOP("readiness", "It is one that everybody tries first."),
        QT_TRANSLATE_NOOP("readiness", "Change it now: ALTER ROLE … PASSWORD."),
    ),
    "password.name": (
        QT_TRANSLATE_NOOP("readiness", "It is a name that the URL shows anyway."),
        QT_TRANSLATE_NOOP("readiness", "Change it now: ALTER ROLE … PASSWORD."),
    ),
    "password.published": (
        QT_TRANSLATE_NOOP("readiness", "It stands in .env.example, or stood there once: whoever has the code has it."),
        QT_TRANSLATE_NOOP("readiness", "Change it now: ALTER ROLE … PASSWORD."),
    ),
    "password.not_asked": (
        QT_TRANSLATE_NOOP("readiness", "The server let this connection in without a password."),
        QT_TRANSLATE_NOOP("readiness", "Have pg_hba.conf ask for scram-sha-256."),
    ),
    "role.plain": (QT_TRANSLATE_NOOP("readiness", "{role} has no rights of administrators."), ""),
    "role.superuser": (
        QT_TRANSLATE_NOOP("readiness", "{role} is a superuser: a hole in the application is one in the server."),
        QT_TRANSLATE_NOOP("readiness", "Give the application a role of its own that owns its tables."),
    ),
    "role.mighty": (
        QT_TRANSLATE_NOOP("readiness", "{role} has more rights than an application needs: {rights}."),
        QT_TRANSLATE_NOOP("readiness", "Take them away: ALTER ROLE, REVOKE."),
    ),
    "env_file.ignored": (QT_TRANSLATE_NOOP("readiness", "git ignores it, and never had it."), ""),
    "env_file.no_folder": (QT_TRANSLATE_NOOP("readiness", "No project folder is known here."), ""),
    "env_file.no_repository": (QT_TRANSLATE_NOOP("readiness", "{folder} is in no repository."), ""),
    "env_file.no_git": (QT_TRANSLATE_NOOP("readiness", "git can't be run here."), ""),
    "env_file.tracked": (
        QT_TRANSLATE_NOOP("readiness", ".env is in the repository: its secrets are everybody's."),
        QT_TRANSLATE_NOOP("readiness", "Take it out, and change every secret in it."),
    ),
    "env_file.was_committed": (
        QT_TRANSLATE_NOOP("readiness", "Some commit has .env: its secrets are in the history."),
        QT_TRANSLATE_NOOP("readiness", "Change every secret that stood in it."),
    ),
    "env_file.not_ignored": (
        QT_TRANSLATE_NOOP("readiness", "git does not ignore .env: the next “git add” may take it."),
        QT_TRANSLATE_NOOP("readiness", "Add it to .gitignore."),
    ),
    "variables.valid": (QT_TRANSLATE_NOOP("readiness", "{file} has what .env.example asks for."), ""),
    "variables.in_environment": (QT_TRANSLATE_NOOP("readiness", "The environment has what .env.example asks for."), ""),
    "variables.no_folder": (QT_TRANSLATE_NOOP("readiness", "No project folder is known here."), ""),
    "variables.no_example": (QT_TRANSLATE_NOOP("readiness", "There is neither .env nor .env.example."), ""),
    "variables.no_file": (QT_TRANSLATE_NOOP("readiness", "There is no .env, and none is needed here."), ""),
    "variables.unreadable": (
        QT_TRANSLATE_NOOP("readiness", "{file} can't be read."),
        QT_TRANSLATE_NOOP("readiness", "See who may read it."),
    ),
    "variables.missing": (
        QT_TRANSLATE_NOOP("readiness", "The environment lacks {missing}."),
        QT_TRANSLATE_NOOP("readiness", "Set them, or write an .env."),
    ),
    "variables.wrong": (
        QT_TRANSLATE_NOOP("readiness", "{file} has mistakes: {findings}."),
        QT_TRANSLATE_NOOP("readiness", "Mend it: .env.example says what each is for."),
    ),
    "variables.odd": (
        QT_TRANSLATE_NOOP("readiness", "{file} should be looked at: {findings}."),
        QT_TRANSLATE_NOOP("readiness", "Mend it, or tell .env.example."),
    ),
    "migrations.applied": (QT_TRANSLATE_NOOP("readiness", "All of {project} are applied."), ""),
    "migrations.pending": (
        QT_TRANSLATE_NOOP("readiness", "Not applied: {revisions}."),
        QT_TRANSLATE_NOOP("readiness", "Deploy them: nexus-studio migrate deploy."),
    ),
    "migrations.running": (
        QT_TRANSLATE_NOOP("readiness", "Migrations are running right now."),
        QT_TRANSLATE_NOOP("readiness", "Look again when they are through."),
    ),
    "migrations.failed": (
        QT_TRANSLATE_NOOP("readiness", "Failed or interrupted: {revisions}."),
        QT_TRANSLATE_NOOP("readiness", "Resolve it: nexus-studio migrate resolve."),
    ),
    "migrations.versions_lost": (
        QT_TRANSLATE_NOOP("readiness", "The version table is empty or gone."),
        QT_TRANSLATE_NOOP("readiness", "Write it again from the ledger."),
    ),
    "migrations.ahead": (
        QT_TRANSLATE_NOOP("readiness", "The database has revisions that the project's folder does not have."),
        QT_TRANSLATE_NOOP("readiness", "Bring the folder up to date."),
    ),
    "migrations.diverged": (
        QT_TRANSLATE_NOOP("readiness", "The history has several heads."),
        QT_TRANSLATE_NOOP("readiness", "Merge them: nexus-studio migrate merge."),
    ),
    "migrations.not_managed": (
        QT_TRANSLATE_NOOP("readiness", "The database has tables, and no version table."),
        QT_TRANSLATE_NOOP("readiness", "Stamp the revision that it corresponds to."),
    ),
    "migrations.no_project": (
        QT_TRANSLATE_NOOP("readiness", "The connection names no project, and the database has no migrations."),
        QT_TRANSLATE_NOOP("readiness", "Name the project's folder in the connection."),
    ),
    "migrations.broken_files": (
        QT_TRANSLATE_NOOP("readiness", "Files of migrations can't be read: {files}."),
        QT_TRANSLATE_NOOP("readiness", "Mend them: all are loaded or none."),
    ),
    "migrations.edited": (
        QT_TRANSLATE_NOOP("readiness", "Edited after they were applied: {revisions}."),
        QT_TRANSLATE_NOOP("readiness", "Write what changed as a new migration."),
    ),
    "migrations.unreadable": (
        QT_TRANSLATE_NOOP("readiness", "The project's migrations can't be read ({error})."),
        QT_TRANSLATE_NOOP("readiness", "See the folder that the connection names."),
    ),
    "migrations.prisma": (
        QT_TRANSLATE_NOOP("readiness", "Prisma keeps the history; none has failed. Only it knows what is pending."),
        QT_TRANSLATE_NOOP("readiness", "Ask it: npx prisma migrate status."),
    ),
    "migrations.prisma_failed": (
        QT_TRANSLATE_NOOP("readiness", "Prisma's history has migrations that did not finish: {unfinished}."),
        QT_TRANSLATE_NOOP("readiness", "Resolve them with Prisma."),
    ),
    "models.agree": (QT_TRANSLATE_NOOP("readiness", "Nothing differs."), ""),
    "models.differ": (
        QT_TRANSLATE_NOOP("readiness", "They differ: {such_as}."),
        QT_TRANSLATE_NOOP("readiness", "Write a migration that makes up the difference."),
    ),
    "models.migrations_first": (QT_TRANSLATE_NOOP("readiness", "Asked once all migrations are applied."), ""),
    "models.no_project": (QT_TRANSLATE_NOOP("readiness", "No project with models is known here."), ""),
    "models.no_metadata": (QT_TRANSLATE_NOOP("readiness", "The project has no models to compare with."), ""),
    "models.unreadable": (
        QT_TRANSLATE_NOOP("readiness", "The project's models could not be read ({error})."),
        QT_TRANSLATE_NOOP("readiness", "See the panel of migrations."),
    ),
    "sequences.far": (QT_TRANSLATE_NOOP("readiness", "The fullest has used {most_used_percent} of its numbers."), ""),
    "sequences.near": (
        QT_TRANSLATE_NOOP("readiness", "Numbers will run out: {near_end}."),
        QT_TRANSLATE_NOOP("readiness", "Make the column and its sequence bigint."),
    ),
    "sequences.ending": (
        QT_TRANSLATE_NOOP("readiness", "Numbers run out: {near_end}."),
        QT_TRANSLATE_NOOP("readiness", "Make the column and its sequence bigint before inserts fail."),
    ),
    "indexes.valid": (QT_TRANSLATE_NOOP("readiness", "All are valid."), ""),
    "indexes.invalid": (
        QT_TRANSLATE_NOOP("readiness", "Never read, but written to: {indexes}."),
        QT_TRANSLATE_NOOP("readiness", "Build them again, or drop them."),
    ),
    "indexes.invalid_unique": (
        QT_TRANSLATE_NOOP("readiness", "Uniqueness is not guarded: {indexes}."),
        QT_TRANSLATE_NOOP("readiness", "Remove the duplicates, then build them again."),
    ),
    "backup.fresh": (QT_TRANSLATE_NOOP("readiness", "The newest is {age_hours} old, and one was restored."), ""),
    "backup.none": (
        QT_TRANSLATE_NOOP("readiness", "No backup of this database is known here."),
        QT_TRANSLATE_NOOP("readiness", "Make one, and restore it into a scratch database."),
    ),
    "backup.damaged": (
        QT_TRANSLATE_NOOP("readiness", "The only backups are gone or not as they were written: {files}."),
        QT_TRANSLATE_NOOP("readiness", "Make one now, and look at the disk."),
    ),
    "backup.some_damaged": (
        QT_TRANSLATE_NOOP("readiness", "Some backups are gone or not as they were written: {files}."),
        QT_TRANSLATE_NOOP("readiness", "Look at the disk."),
    ),
    "backup.old": (
        QT_TRANSLATE_NOOP("readiness", "The newest is {age_hours} old."),
        QT_TRANSLATE_NOOP("readiness", "Make one now."),
    ),
    "backup.not_fresh": (
        QT_TRANSLATE_NOOP("readiness", "The newest is {age_hours} old."),
        QT_TRANSLATE_NOOP("readiness", "Make one before you deploy."),
    ),
    "backup.refuted": (
        QT_TRANSLATE_NOOP("readiness", "The newest could not be restored as it was: {problems}."),
        QT_TRANSLATE_NOOP("readiness", "Make another one now, prove it, and find out why."),
    ),
    "backup.runs_failed": (
        QT_TRANSLATE_NOOP("readiness", "Scheduled backups fail ({failed_with}): {runs_failed} since a good one."),
        QT_TRANSLATE_NOOP("readiness", "Run it by hand and see: nexus-studio backup run."),
    ),
    "backup.runs_missed": (
        QT_TRANSLATE_NOOP("readiness", "Scheduled backups did not begin: {runs_missed} since a good one."),
        QT_TRANSLATE_NOOP("readiness", "See whether the scheduler knows of them, and whether the machine was on."),
    ),
    "backup.unproven": (
        QT_TRANSLATE_NOOP("readiness", "The newest is {age_hours} old; none was ever restored."),
        QT_TRANSLATE_NOOP("readiness", "Restore it into a scratch database: until then it is a hope."),
    ),
    "wraparound.far": (QT_TRANSLATE_NOOP("readiness", "The oldest database has used {used_percent}."), ""),
    "wraparound.late": (
        QT_TRANSLATE_NOOP("readiness", "{database} has used {used_percent}: autovacuum does not keep up."),
        QT_TRANSLATE_NOOP("readiness", "Find what holds it back (an old transaction, a slot), then vacuum."),
    ),
    "wraparound.danger": (
        QT_TRANSLATE_NOOP("readiness", "{database} has used {used_percent}: the server will refuse to write."),
        QT_TRANSLATE_NOOP("readiness", "End what holds it back (an old transaction, a slot), and vacuum now."),
    ),
    "statements.on": (QT_TRANSLATE_NOOP("readiness", "It is loaded, and this database has the view."), ""),
    "statements.off": (
        QT_TRANSLATE_NOOP("readiness", "It is not loaded, or tracks nothing."),
        QT_TRANSLATE_NOOP("readiness", "Add it to shared_preload_libraries, and restart the server."),
    ),
    "statements.no_extension": (
        QT_TRANSLATE_NOOP("readiness", "It is loaded, but this database has no view of it."),
        QT_TRANSLATE_NOOP("readiness", "Create the extension."),
    ),
    "slow_log.on": (QT_TRANSLATE_NOOP("readiness", "They are."), ""),
    "slow_log.off": (
        QT_TRANSLATE_NOOP("readiness", "The log does not have them."),
        QT_TRANSLATE_NOOP("readiness", "Set log_min_duration_statement, to a second for example."),
    ),
    "slow_log.everything": (
        QT_TRANSLATE_NOOP("readiness", "Every statement is logged, personal data with it."),
        QT_TRANSLATE_NOOP("readiness", "Set log_min_duration_statement to a second or so."),
    ),
    "connections.room": (QT_TRANSLATE_NOOP("readiness", "{used_percent} of the limit are used."), ""),
    "connections.many": (
        QT_TRANSLATE_NOOP("readiness", "{used_percent} of the limit are used."),
        QT_TRANSLATE_NOOP("readiness", "Put a pooler before the server, or see who holds them."),
    ),
    "connections.full": (
        QT_TRANSLATE_NOOP("readiness", "{used_percent} of the limit are used: the next ones are refused."),
        QT_TRANSLATE_NOOP("readiness", "See who holds them."),
    ),
    "pool.limited": (QT_TRANSLATE_NOOP("readiness", "{pool_limit} of the {server_limit} that the server allows."), ""),
    "pool.pooler": (QT_TRANSLATE_NOOP("readiness", "A pooler stands before the server."), ""),
    "pool.unlimited": (
        QT_TRANSLATE_NOOP("readiness", "The URL sets no limit."),
        QT_TRANSLATE_NOOP("readiness", "Add connection_limit: all instances together must stay below {server_limit}."),
    ),
    "pool.beyond": (
        QT_TRANSLATE_NOOP("readiness", "{pool_limit} are more than the {server_limit} that the server allows."),
        QT_TRANSLATE_NOOP("readiness", "Lower connection_limit."),
    ),
    "version.supported": (QT_TRANSLATE_NOOP("readiness", "{version}, until {supported_until}."), ""),
    "version.new": (QT_TRANSLATE_NOOP("readiness", "{version}."), ""),
    "version.ended": (
        QT_TRANSLATE_NOOP("readiness", "{version} gets no fixes any more."),
        QT_TRANSLATE_NOOP("readiness", "Upgrade to a supported version."),
    ),
    "version.ends_soon": (
        QT_TRANSLATE_NOOP("readiness", "{version} gets fixes only until {supported_until}."),
        QT_TRANSLATE_NOOP("readiness", "Plan the upgrade."),
    ),
    "encoding.utf8": (QT_TRANSLATE_NOOP("readiness", "It is."), ""),
    "encoding.other": (
        QT_TRANSLATE_NOOP("readiness", "It is {encoding}: not every name can be stored."),
        QT_TRANSLATE_NOOP("readiness", "Move into a database made with ENCODING 'UTF8' TEMPLATE template0."),
    ),
    "time_zone.named": (QT_TRANSLATE_NOOP("readiness", "{time_zone}."), ""),
    "time_zone.odd": (
        QT_TRANSLATE_NOOP("readiness", "{time_zone} has no summer time, or means another thing elsewhere."),
        QT_TRANSLATE_NOOP("readiness", "Set timezone to UTC or an IANA name such as Africa/Tunis."),
    ),
    "collation.same": (QT_TRANSLATE_NOOP("readiness", "They do."), ""),
    "collation.moved": (
        QT_TRANSLATE_NOOP("readiness", "The system's sorting is of {actual}, the indexes are of {version}."),
        QT_TRANSLATE_NOOP("readiness", "Build the indexes on texts again, then refresh the version."),
    ),
}

# Names of evidence that are not words already.
LABELS: Final[Mapping[str, str]] = {
    "place": QT_TRANSLATE_NOOP("readiness", "database"),
    "from": QT_TRANSLATE_NOOP("readiness", "from"),
    "address": QT_TRANSLATE_NOOP("readiness", "address"),
    "protocol": QT_TRANSLATE_NOOP("readiness", "protocol"),
    "cipher": QT_TRANSLATE_NOOP("readiness", "cipher"),
    "bits": QT_TRANSLATE_NOOP("readiness", "bits"),
    "port": QT_TRANSLATE_NOOP("readiness", "port"),
    "pg_hba": "pg_hba.conf",
    "pg_hba_lines": QT_TRANSLATE_NOOP("readiness", "lines of pg_hba.conf"),
    "url": "URL",
    "status": QT_TRANSLATE_NOOP("readiness", "status"),
    "time_ms": QT_TRANSLATE_NOOP("readiness", "time"),
    "body": QT_TRANSLATE_NOOP("readiness", "answer"),
    "location": QT_TRANSLATE_NOOP("readiness", "sends on to"),
    "words": QT_TRANSLATE_NOOP("readiness", "said"),
    "length": QT_TRANSLATE_NOOP("readiness", "characters"),
    "role": QT_TRANSLATE_NOOP("readiness", "role"),
    "rights": QT_TRANSLATE_NOOP("readiness", "rights"),
    "file": QT_TRANSLATE_NOOP("readiness", "file"),
    "files": QT_TRANSLATE_NOOP("readiness", "files"),
    "folder": QT_TRANSLATE_NOOP("readiness", "folder"),
    "tracked": QT_TRANSLATE_NOOP("readiness", "tracked"),
    "ignored": QT_TRANSLATE_NOOP("readiness", "ignored"),
    "variables": QT_TRANSLATE_NOOP("readiness", "variables"),
    "findings": QT_TRANSLATE_NOOP("readiness", "found"),
    "missing": QT_TRANSLATE_NOOP("readiness", "missing"),
    "project": QT_TRANSLATE_NOOP("readiness", "project"),
    "current": QT_TRANSLATE_NOOP("readiness", "current"),
    "error": QT_TRANSLATE_NOOP("readiness", "error"),
    "reason": QT_TRANSLATE_NOOP("readiness", "reason"),
    "line": QT_TRANSLATE_NOOP("readiness", "line"),
    "revisions": QT_TRANSLATE_NOOP("readiness", "revisions"),
    "applied": QT_TRANSLATE_NOOP("readiness", "applied"),
    "unfinished": QT_TRANSLATE_NOOP("readiness", "unfinished"),
    "differences": QT_TRANSLATE_NOOP("readiness", "differences"),
    "such_as": QT_TRANSLATE_NOOP("readiness", "such as"),
    "sequences": QT_TRANSLATE_NOOP("readiness", "sequences"),
    "unreadable": QT_TRANSLATE_NOOP("readiness", "not readable"),
    "most_used_percent": QT_TRANSLATE_NOOP("readiness", "fullest"),
    "near_end": QT_TRANSLATE_NOOP("readiness", "near the end"),
    "indexes": QT_TRANSLATE_NOOP("readiness", "indexes"),
    "made_at": QT_TRANSLATE_NOOP("readiness", "made"),
    "age_hours": QT_TRANSLATE_NOOP("readiness", "age"),
    "size_bytes": QT_TRANSLATE_NOOP("readiness", "size"),
    "tool": QT_TRANSLATE_NOOP("readiness", "made by"),
    "revision": QT_TRANSLATE_NOOP("readiness", "revision"),
    "proven_at": QT_TRANSLATE_NOOP("readiness", "proven"),
    "tried_at": QT_TRANSLATE_NOOP("readiness", "tried"),
    "problems": QT_TRANSLATE_NOOP("readiness", "problems"),
    "runs_failed": QT_TRANSLATE_NOOP("readiness", "failed runs"),
    "failed_at": QT_TRANSLATE_NOOP("readiness", "failed last"),
    "failed_with": QT_TRANSLATE_NOOP("readiness", "with"),
    "runs_missed": QT_TRANSLATE_NOOP("readiness", "missed runs"),
    "missed_at": QT_TRANSLATE_NOOP("readiness", "missed last"),
    "used": QT_TRANSLATE_NOOP("readiness", "used"),
    "most": QT_TRANSLATE_NOOP("readiness", "of"),
    "database_limit": QT_TRANSLATE_NOOP("readiness", "limit of the database"),
    "role_limit": QT_TRANSLATE_NOOP("readiness", "limit of the role"),
    "used_percent": QT_TRANSLATE_NOOP("readiness", "share"),
    "pool_limit": "connection_limit",
    "server_limit": QT_TRANSLATE_NOOP("readiness", "limit of the server"),
    "version": QT_TRANSLATE_NOOP("readiness", "version"),
    "supported_until": QT_TRANSLATE_NOOP("readiness", "supported until"),
    "encoding": QT_TRANSLATE_NOOP("readiness", "encoding"),
    "time_zone": QT_TRANSLATE_NOOP("readiness", "time zone"),
    "collation": QT_TRANSLATE_NOOP("readiness", "collation"),
    "actual": QT_TRANSLATE_NOOP("readiness", "the system's"),
    "database": QT_TRANSLATE_NOOP("readiness", "database"),
    "age": QT_TRANSLATE_NOOP("readiness", "age in transactions"),
    "multixact_age": QT_TRANSLATE_NOOP("readiness", "age in multixacts"),
    "extension": QT_TRANSLATE_NOOP("readiness", "extension"),
    "track": "pg_stat_statements.track",
    "log_min_duration_ms": "log_min_duration_statement",
    "auto_explain_ms": "auto_explain.log_min_duration",
}

# What models and database disagree in, by the first word of the kind.
DIFFERENT: Final[Mapping[str, str]] = {
    "add": QT_TRANSLATE_NOOP("readiness", "{name} is missing"),
    "remove": QT_TRANSLATE_NOOP("readiness", "{name} is not in the models"),
    "change": QT_TRANSLATE_NOOP("readiness", "{name} is otherwise"),
}
SIZES: Final[Mapping[str, str]] = {
    "bytes": QT_TRANSLATE_NOOP("readiness", "{number} bytes"),
    "kB": QT_TRANSLATE_NOOP("readiness", "{number} kB"),
    "MB": QT_TRANSLATE_NOOP("readiness", "{number} MB"),
    "GB": QT_TRANSLATE_NOOP("readiness", "{number} GB"),
    "TB": QT_TRANSLATE_NOOP("readiness", "{number} TB"),
    "PB": QT_TRANSLATE_NOOP("readiness", "{number} PB"),
}  # of `human_bytes`; the command line says them too, which has no Qt
YES: Final = QT_TRANSLATE_NOOP("readiness", "yes")
NO: Final = QT_TRANSLATE_NOOP("readiness", "no")
PAPER: Final[Mapping[str, str]] = {
    "title": QT_TRANSLATE_NOOP("readiness", "Readiness of {place}"),
    "facts": QT_TRANSLATE_NOOP("readiness", "{environment}, PostgreSQL {version}, {moment}"),
    "counts": QT_TRANSLATE_NOOP(
        "readiness", "OK: {ok} · warnings: {warning} · failed: {failed} · unknown: {unknown} · not asked: {not_asked}"
    ),
    "check": QT_TRANSLATE_NOOP("readiness", "Check"),
    "verdict": QT_TRANSLATE_NOOP("readiness", "Verdict"),
    "found": QT_TRANSLATE_NOOP("readiness", "Found"),
    "made_by": QT_TRANSLATE_NOOP("readiness", "Made by {tool}"),
}


def words_of(reason: str) -> tuple[str, str]:
    """Return what to say of a reason, and what to do about it, in English."""
    return REASONS.get(reason) or REASONS[reason.rpartition(".")[2]]
