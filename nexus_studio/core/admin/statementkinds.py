"""What a statement's text alone says of it: whether it can change anything that lasts. Pure; unsure means "it may"."""

from __future__ import annotations

import re

# Comments, strings and dollar-quoted strings: what stands in them is no call.
_QUOTED = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$", re.DOTALL)
_FIRST_WORD = re.compile(r"[\s(]*(\w+)")
_CALL = re.compile(r"(?:\b(\w+|\"[^\"]+\")\s*\.\s*)?(\b\w+|\"[^\"]+\")\s*\(")
_WRITING_WORD = re.compile(r"\b(?:insert|update|delete|merge|into)\b", re.IGNORECASE)

_ASKING = frozenset({"select", "with", "table", "values", "show", "explain"})
_WORD = re.compile(r"\w+")
_PASSING = frozenset(
    _WORD.findall(
        "set reset show lock analyze vacuum checkpoint notify listen unlisten discard begin start commit end rollback "
        "abort savepoint release prepare deallocate declare fetch move close"
    )
)
# What sets up the session for what follows. Time-outs and locks are not missed by statements that run alone.
_OF_SESSION = frozenset(["set", "reset", "discard", "prepare", "declare"])
_SETS = re.compile(r"\bset_config\s*\(", re.IGNORECASE)
_RETURNING = re.compile(r"\breturning\b", re.IGNORECASE)
_TIMEOUT = re.compile(r"\s*(?:re)?set\s+(?:local\s+|session\s+)?\w*_timeout\b", re.IGNORECASE)
_TEMPORARY = re.compile(r"\s*create\s+(?:local\s+|global\s+)?temp(?:orary)?\b", re.IGNORECASE)
_IF_NEEDED = re.compile(r"\s*(?:create|drop|alter)\b.*?\bif\s+(?:not\s+)?exists\b", re.IGNORECASE | re.DOTALL)

# Volatile, and yet nothing of theirs lasts.
_HARMLESS = frozenset(
    _WORD.findall(
        "set_config pg_sleep random clock_timestamp timeofday gen_random_uuid pg_advisory_lock pg_advisory_xact_lock "
        "pg_try_advisory_lock pg_try_advisory_xact_lock pg_advisory_unlock"
    )
)


def bare(statement: str) -> str:
    """Return a statement without comments, and with its strings emptied."""
    return _QUOTED.sub(lambda match: "''" if match.group().startswith(("'", "$")) else " ", statement)


def first_word(statement: str) -> str:
    """Return the statement's first word in lower case."""
    found = _FIRST_WORD.match(bare(statement))
    return found.group(1).lower() if found else ""


def changes_nothing(statement: str, stable: frozenset[str]) -> bool:
    """Tell whether a statement surely leaves nothing behind: it reads, or concerns its own session alone.

    Args:
        statement: Its text; several statements in one are looked at each.
        stable: Names of PostgreSQL's own functions that are not volatile, and its keywords.
    """
    return all(_changes_nothing(each, stable | _HARMLESS) for each in _split(statement))


def is_repeatable(statement: str) -> bool:
    """Tell whether a statement that changed nothing does so each time: IF EXISTS, IF NOT EXISTS."""
    return all(_IF_NEEDED.match(each) for each in _split(statement))


def is_of_session(statement: str) -> bool:
    """Tell whether what follows may rely on what a statement leaves in the session."""
    for each in _split(statement):
        sets = first_word(each) in _OF_SESSION and not _TIMEOUT.match(each)
        if sets or _TEMPORARY.match(each) or _SETS.search(each):
            return True
    return False


def returns_rows(statement: str) -> bool:
    """Tell whether the code that sent a statement may go by its rows. Questions to the catalog are always run."""
    text = bare(statement)
    if first_word(text) == "select" and "pg_catalog." in text:
        return False
    return first_word(text) in _ASKING or _RETURNING.search(text) is not None


def _split(statement: str) -> list[str]:
    return [each for each in bare(statement).split(";") if each.strip()]


def _changes_nothing(text: str, known: frozenset[str]) -> bool:
    word = first_word(text)
    if word in _PASSING or _TEMPORARY.match(text):
        return True
    if word not in _ASKING or _WRITING_WORD.search(text):
        return False
    return all(
        schema.strip('"').lower() in {"", "pg_catalog"} and name.strip('"').lower() in known
        for schema, name in _CALL.findall(text)
    )
