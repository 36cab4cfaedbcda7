"""English sentences of the command line: error code -> (what happened, what to do next); progress steps.

The window has words of its own, translated, in `ui/kit/wording.py`; scripts get one language they can rely on.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Final

from nexus_studio.cli_wording_backups import BACKUP_REASONS, BACKUP_WORDS
from nexus_studio.cli_wording_backups import STEPS as BACKUP_STEPS
from nexus_studio.cli_wording_drafts import DRAFT_WORDS
from nexus_studio.cli_wording_duplicate import DUPLICATE_WORDS
from nexus_studio.cli_wording_health import HEALTH_WORDS, LEFT_OUT_BY_INDEX
from nexus_studio.cli_wording_health import STEPS as HEALTH_STEPS
from nexus_studio.cli_wording_history import HISTORY_WORDS
from nexus_studio.cli_wording_import import FILE_REASONS, IMPORT_WORDS, VALUE_REASONS
from nexus_studio.cli_wording_import import STEPS as IMPORT_STEPS
from nexus_studio.cli_wording_migrations import MIGRATION_WORDS, REASONS
from nexus_studio.cli_wording_migrations import STEPS as MIGRATION_STEPS
from nexus_studio.cli_wording_resets import RESET_WORDS
from nexus_studio.cli_wording_resets import STEPS as RESET_STEPS
from nexus_studio.cli_wording_seeds import SEED_REASONS, SEED_WORDS
from nexus_studio.cli_wording_seeds import STEPS as SEED_STEPS
from nexus_studio.cli_wording_servers import SERVER_WORDS
from nexus_studio.cli_wording_servers import STEPS as SERVER_STEPS
from nexus_studio.cli_wording_transfer import STEPS as TRANSFER_STEPS
from nexus_studio.cli_wording_transfer import TRANSFER_WORDS
from nexus_studio.core.admin.sizes import human_bytes
from nexus_studio.core.errors import StudioError

STEPS: Final[Mapping[str, str]] = {
    "demo.server": "Starting the demo's server",
    "demo.database": "Looking for the demo's database",
    "demo.migrations": "Applying migrations",
    "demo.seed": "Looking for demo data",
    "embedded.preparing": "Creating the server's data",
    "embedded.starting": "Starting PostgreSQL",
    **MIGRATION_STEPS,
    **SERVER_STEPS,
    **RESET_STEPS,
    **SEED_STEPS,
    **IMPORT_STEPS,
    **TRANSFER_STEPS,
    **BACKUP_STEPS,
    **HEALTH_STEPS,
    "readiness.checking": "Looking",
}

_LISTENS: Final = "Start the demo with `nexus-studio demo`, or your own server with `docker compose up -d`."

# A code without words takes those of its beginning: "seed.unknown" of "seed".
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "cli.no_database": (
        "No database is named.",
        "Give --url or --profile, set DATABASE_URL, or try `nexus-studio demo`.",
    ),
    "cli.condition": (
        "The condition {text} is not understood.",
        "Write COLUMN:OPERATOR:VALUE; operators for this column: {operators}.",
    ),
    "cli.filter": (
        "The filter is not understood.",
        'Write JSON such as {{"column": "role", "operator": "is", "values": ["COACH"]}}; groups are in docs/cli.md.',
    ),
    "cli.assignment": ("{text} is not an assignment.", "Write COLUMN=VALUE."),
    "cli.key": ("The key of {relation} is not given whole.", "Give --key for each of: {columns}."),
    "cli.nothing_to_set": ("Nothing is to be set.", "Give COLUMN=VALUE, --null COLUMN or --default COLUMN."),
    "cli.no_such_row": ("{relation} has no row with that key.", "Look for it with `nexus-studio rows`."),
    "cli.read_only_relation": ("{relation} can't be edited ({reason}).", "Change the tables behind it."),
    "cli.read_only_column": ("{column} can't be edited.", "Its value is computed, or the privilege is missing."),
    "profile.unknown": ("There is no saved connection named {name}.", "See `nexus-studio profiles list`."),
    "profile.exists": ("A connection named {name} is saved already.", "Remove it first, or choose another name."),
    "profile": ("The saved connection can't be used.", "See `nexus-studio profiles list` and the file it names."),
    "url": (
        "The database URL can't be understood ({reason}: {part}).",
        "It should look like postgresql://user:password@host:5432/database; encode special signs of a password.",
    ),
    "connection": ("No connection to the database.", "Check the URL and whether the server runs."),
    "connection.refused": ("Can't reach the database server at {host}:{port}: nothing listens there.", _LISTENS),
    "connection.timeout": ("The server at {host}:{port} does not answer.", "Check host, port, network and firewall."),
    "connection.host_not_found": ("The host {host} is not found.", "Check the spelling, the network and the VPN."),
    "connection.password_wrong": ("The password of {user} is wrong.", "Check the URL, or the saved connection."),
    "connection.password_missing": (
        "The server asks for a password of {user}.",
        "Put it into the URL, ~/.pgpass or the keyring, or run this in a terminal to be asked.",
    ),
    "connection.database_missing": (
        "The database {database} does not exist on this server.",
        "Create it with `createdb`, or check the name at the end of the URL.",
    ),
    "connection.role_missing": ("The role {user} does not exist on this server.", "Check the user in the URL."),
    "connection.role_not_allowed": ("The role {role} may not be taken on.", "GRANT it, or leave the role out."),
    "connection.time_zone": ("The server knows no time zone {time_zone}.", "Write an IANA name such as Europe/Paris."),
    "connection.closed": ("The connection was closed.", "Run the command again."),
    "connection.tls_refused": ("The server offers no TLS, which sslmode demands.", "Use sslmode=prefer or set TLS up."),
    "connection.tls_required": ("The server demands TLS.", "Add ?sslmode=require to the URL."),
    "connection.tls_certificate": ("The server's certificate can't be verified.", "Check sslrootcert and the host."),
    "connection.not_admitted": ("The server does not admit this user from here.", "Add a line to its pg_hba.conf."),
    "connection.server_too_old": ("PostgreSQL {version} is too old.", "Version 12 or newer is needed."),
    "connection.too_many": ("The server has no connection to spare.", "Close some, or raise max_connections."),
    "connection.starting_up": ("The server is starting up or shutting down.", "Try again in a moment."),
    "connection.not_postgresql": ("What answers there is not PostgreSQL.", "Check host and port."),
    "connection.service_missing": ("pg_service.conf has no such service.", "Check the service's name and the file."),
    "connection.lost": ("The connection was lost.", "Check the server, then run the command again."),
    "permission": ("The server does not permit this.", "Ask the owner of the table to GRANT the privilege."),
    "forbidden": ("This connection does not allow that.", "Check --environment and the saved connection."),
    "forbidden.read_only": ("This connection is read-only.", "Leave --read-only out, or use another connection."),
    "forbidden.environment": (
        "That is not allowed in a {environment} database.",
        "If it is no {environment} database, say so with --environment.",
    ),
    "forbidden.locked": (
        "This is a production database, and locked: nothing is written before it is unlocked.",
        'Add --unlock "REASON". The reason is written down.',
    ),
    "unlock.reason": ("Nobody said why production is to be unlocked.", 'Say it: --unlock "REASON".'),
    "unlock.minutes": ("Production is unlocked for {most} minutes at most.", ""),
    "growth.store": ("The samples of sizes in {file} can't be used: {words}", "See whether the file may be written."),
    "growth.newer": ("A later Nexus Studio has written {file}.", "Use the later one, or put that file elsewhere."),
    "unlock.unrecorded": ("The reason could not be written to {file}, so nothing was unlocked.", "Make room there."),
    "environment.disagrees": (
        "The database {database} says that it is for {declared}, and it was to be opened as {chosen}.",
        "Say --environment {declared}, or change what it says: `nexus-studio declare {chosen}`.",
    ),
    "declare.refused": (
        "This role may not have the database say what it is for.",
        "Its owner or a superuser can run `nexus-studio declare`.",
    ),
    "timeout": ("The server took too long.", "Try again, or narrow the question."),
    "timeout.lock": ("Somebody else holds a lock on that.", "Try again when their transaction has ended."),
    "relation": ("There is no relation {relation}.", "See `nexus-studio relations`; quote names with capitals."),
    "column": ("{relation} has no column {column}.", "Names are case-sensitive; see `nexus-studio rows --json`."),
    "filter": ("The filter can't be applied (column {column}, operator {operator}).", "Check the operator and values."),
    "filter.raw": (
        "The SQL is not one expression ({reason}, at character {position}).",
        "Write what may stand after WHERE, without a semicolon.",
    ),
    "filter.refused": ("PostgreSQL does not take this filter.", "Check the expression and the values."),
    "value": ("PostgreSQL refuses the value{of}{why}.", "Check it against the column's type."),
    "constraint.exchange": (
        "Rows can't exchange a value that the constraint {constraint} keeps unique in one save.",
        "Nothing was written. Give one of them a free value first.",
    ),
    "constraint": ("The constraint {constraint} forbids it.", "Nothing was written."),
    "rows.conflict": ("Somebody else changed that row meanwhile.", "Nothing was written: read the row again."),
    "rows.changed": ("Somebody else changed that row meanwhile.", "Nothing was done: read the row again."),
    "rows.refused": (
        "The server left the row as it was.",
        "A trigger, a rule or a row security policy of {relation} kept it from being changed. Nothing was written.",
    ),
    "rows.vanished": ("That row is no longer there.", "Nothing was written."),
    **MIGRATION_WORDS,
    **RESET_WORDS,
    **SERVER_WORDS,
    **SEED_WORDS,
    **IMPORT_WORDS,
    **TRANSFER_WORDS,
    **BACKUP_WORDS,
    **DRAFT_WORDS,
    **DUPLICATE_WORDS,
    **HEALTH_WORDS,
    **HISTORY_WORDS,
    "readiness.unknown_check": ("There is no check {check}.", "See `nexus-studio doctor --list`."),
    "embedded": ("The demo's server can't run ({reason}).", "Look into the server.log below {data_dir}."),
    "server": ("PostgreSQL refused a statement.", "Nothing was written."),
    "tool": (
        "The program {tool} is not found, or too old for this.",
        "Install it. pg_dump, pg_restore and psql are PostgreSQL's client programs.",
    ),
    "bug": ("Something unforeseen happened.", "Please report it with the lines above: they hold no data."),
}


_OPTIONAL: Final = frozenset({"words", "file", "where", "line", "names", "reason"})


_REASONS: Final = {**LEFT_OUT_BY_INDEX, **REASONS, **FILE_REASONS, **SEED_REASONS, **BACKUP_REASONS}

_CELL_REASONS: Final = {
    **VALUE_REASONS,
    "value.not_date": "this is not a date",
    "value.not_timestamp": "this is not a date with a time",
    "value.not_hex": "these are not pairs of hexadecimal digits",
    "value.not_array": "this is not an array",
    "value.not_range": "this is not a range",
    "value.not_address": "this is not a network address",
}

_SIZES: Final = frozenset({"free", "needed"})  # facts that are bytes
_MOMENTS: Final = frozenset({"since", "started"})  # facts that are times, as ISO 8601


class _Known(dict[str, object]):
    """Facts for a sentence; a missing one is left open rather than failing the answer, others' words are left out."""

    def __missing__(self, key: str) -> str:
        return "" if key in _OPTIONAL else "?"


def words_for(error: StudioError) -> tuple[str, str]:
    """Return message and next step for an error; PostgreSQL's own words and hint are added where it spoke."""
    code = error.code
    while code not in _WORDS and "." in code:
        code = code.rpartition(".")[0]
    message, following = _WORDS.get(code, (f"Failed: {error.code}.", ""))
    known = _Known({name: _fact(name, fact) for name, fact in error.facts.items()})
    if code == "value":
        reason = _CELL_REASONS.get(str(error.facts.get("reason")), "")
        known["of"] = f" of {column}" if (column := error.facts.get("column")) else ""
        known["why"] = f": {reason.format_map(known)}" if reason else ""
    message, following = (
        " ".join(message.format_map(known).split()).replace(" )", ")").replace(" ()", ""),
        following.format_map(known),
    )
    if error.facts.get("prisma"):
        message = f"{message} ({error.facts['prisma']})"
    if error.report is not None and error.report.message:
        said = error.report
        message = f"{message} PostgreSQL: {said.message}" + (f" {said.detail}" if said.detail else "")
        following = said.hint or following
    return message, following


def reason_words(code: str) -> str:
    """Say a reason, given as a code with or without what it is a reason of."""
    return REASONS.get(code.removeprefix("migration."), code.replace("_", " "))


def _fact(name: str, fact: object) -> object:
    if name == "reason" and fact in _REASONS:
        return _REASONS[str(fact)]
    if name in _MOMENTS and isinstance(fact, str):
        with suppress(ValueError):
            return datetime.fromisoformat(fact).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    if name in _SIZES and isinstance(fact, int):
        return human_bytes(fact)
    if isinstance(fact, tuple):
        return ", ".join(fact)
    return fact


def warning_words(code: str, parameter: str) -> str:
    """Return the sentence for a `UrlWarning`."""
    return {
        "url.parameter_unknown": f"the parameter {parameter} of the URL is unknown and not used",
        "url.parameter_without_meaning": f"the parameter {parameter} of the URL means nothing here and is not used",
        "url.value_invalid": f"the value of the URL's parameter {parameter} can't be used",
        "url.secret_not_saved": f"the secret {parameter} of the URL is used now but never saved",
    }.get(code, f"{code}: {parameter}")
