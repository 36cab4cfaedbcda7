"""English source of the words for reason codes. Translated in context "errors"."""

from __future__ import annotations

from collections.abc import Mapping

from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.wording_backups import BACKUP_REASONS
from nexus_studio.ui.kit.wording_import import IMPORT_REASONS
from nexus_studio.ui.kit.wording_migrations import MIGRATION_REASONS
from nexus_studio.ui.kit.wording_seeds import SEED_REASONS
from nexus_studio.ui.kit.wording_transfer import TRANSFER_REASONS

# Sentences of the fact `reason`: the family of the error's code, a dot, the reason.
REASONS: Mapping[str, str] = {
    "url.empty": QT_TRANSLATE_NOOP("errors", "It is empty."),
    "url.scheme": QT_TRANSLATE_NOOP("errors", "It does not begin with postgresql:// or postgres://."),
    "url.placeholder": QT_TRANSLATE_NOOP("errors", "It still holds a placeholder that nobody filled in."),
    "url.port": QT_TRANSLATE_NOOP("errors", "The port is not a number between 1 and 65535."),
    "url.encoding": QT_TRANSLATE_NOOP("errors", "The part “{part}” holds characters that are wrongly percent-encoded."),
    "url.unencoded": QT_TRANSLATE_NOOP("errors", "The password holds / ? # or @, which must be percent-encoded."),
    "url.syntax": QT_TRANSLATE_NOOP("errors", "The part “{part}” is malformed."),
    "url.value": QT_TRANSLATE_NOOP("errors", "The value of “{part}” is not one that PostgreSQL knows."),
    "connection.hba": QT_TRANSLATE_NOOP("errors", "It has no pg_hba.conf entry for them."),
    "connection.login": QT_TRANSLATE_NOOP("errors", "The role exists but has no right to log in."),
    "connection.privilege": QT_TRANSLATE_NOOP("errors", "The role lacks the privilege CONNECT on the database."),
    "connection.method": QT_TRANSLATE_NOOP("errors", "The server asks for another way of proving who you are."),
    "connection.connect": QT_TRANSLATE_NOOP("errors", "Not even the connection itself came about."),
    "connection.answer": QT_TRANSLATE_NOOP("errors", "The connection came about, but the server said nothing."),
    "connection.closed": QT_TRANSLATE_NOOP("errors", "The line was closed at once."),
    "connection.unreachable": QT_TRANSLATE_NOOP("errors", "There is no way through the network to it."),
    "embedded.timeout": QT_TRANSLATE_NOOP("errors", "It was not ready in time."),
    "embedded.permission": QT_TRANSLATE_NOOP("errors", "The folder can't be written to."),
    "embedded.version": QT_TRANSLATE_NOOP(
        "errors", "The data was made by PostgreSQL {version}; this installation brings {bundled}."
    ),
    "embedded.foreign": QT_TRANSLATE_NOOP("errors", "The folder holds other files."),
    "embedded.disk": QT_TRANSLATE_NOOP("errors", "The disk is full."),
    "embedded.locked": QT_TRANSLATE_NOOP("errors", "Another program is just starting or stopping it."),
    "embedded.initdb": QT_TRANSLATE_NOOP("errors", "Its data could not be prepared."),
    "embedded.start": QT_TRANSLATE_NOOP("errors", "Its own words are below."),
    "embedded.stop": QT_TRANSLATE_NOOP("errors", "It could not be stopped."),
    "filter.empty": QT_TRANSLATE_NOOP("errors", "It is empty."),
    "filter.characters": QT_TRANSLATE_NOOP("errors", "PostgreSQL's text can't hold this character."),
    "filter.semicolon": QT_TRANSLATE_NOOP("errors", "A semicolon ends a statement; here one expression is wanted."),
    "filter.unopened": QT_TRANSLATE_NOOP("errors", "This parenthesis closes what was not opened."),
    "filter.unclosed": QT_TRANSLATE_NOOP("errors", "This parenthesis is never closed."),
    "filter.quote": QT_TRANSLATE_NOOP("errors", "This quotation never ends."),
    "filter.comment": QT_TRANSLATE_NOOP("errors", "This comment never ends."),
    "filter.parameter": QT_TRANSLATE_NOOP("errors", "There are no parameters here: write the value itself."),
    "filter.number": QT_TRANSLATE_NOOP("errors", "Put a space between the number and what follows it."),
    "filter.placeholder": QT_TRANSLATE_NOOP("errors", "This word has a meaning of its own in Nexus Studio's queries."),
    "value.nul": QT_TRANSLATE_NOOP("errors", "Text can't hold the character NUL."),
    "value.not_text": QT_TRANSLATE_NOOP("errors", "It holds half a character."),
    "value.too_long": QT_TRANSLATE_NOOP("errors", "It may have at most {length} characters."),
    "value.not_integer": QT_TRANSLATE_NOOP("errors", "This is not a whole number."),
    "value.out_of_range": QT_TRANSLATE_NOOP("errors", "It must lie between {low} and {high}."),
    "value.not_number": QT_TRANSLATE_NOOP("errors", "This is not a number."),
    "value.too_precise": QT_TRANSLATE_NOOP("errors", "Only {precision} digits fit, {scale} of them after the point."),
    "value.too_fine": QT_TRANSLATE_NOOP("errors", "Only {digits} digits of a second are kept."),
    "value.time_lost": QT_TRANSLATE_NOOP("errors", "A date has no time of day."),
    "value.not_boolean": QT_TRANSLATE_NOOP("errors", "This is neither true nor false."),
    "value.not_uuid": QT_TRANSLATE_NOOP("errors", "This is not a UUID."),
    "value.not_in_list": QT_TRANSLATE_NOOP("errors", "The type has no such value."),
    "value.not_json": QT_TRANSLATE_NOOP("errors", "This is not valid JSON."),
    "value.not_date": QT_TRANSLATE_NOOP("errors", "This is not a date."),
    "value.not_time": QT_TRANSLATE_NOOP("errors", "This is not a time of day."),
    "value.not_timestamp": QT_TRANSLATE_NOOP("errors", "This is not a date with a time."),
    "value.not_hex": QT_TRANSLATE_NOOP("errors", "These are not pairs of hexadecimal digits."),
    "value.not_array": QT_TRANSLATE_NOOP("errors", "This is not an array."),
    "value.not_range": QT_TRANSLATE_NOOP("errors", "This is not a range."),
    "value.not_address": QT_TRANSLATE_NOOP("errors", "This is not a network address."),
    **MIGRATION_REASONS,
    **SEED_REASONS,
    **IMPORT_REASONS,
    **TRANSFER_REASONS,
    **BACKUP_REASONS,
}
