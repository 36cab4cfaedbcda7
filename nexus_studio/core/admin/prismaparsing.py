"""Which statements the parser can't read that Prisma asks since 7.4 (the Rust crate sqlparser 0.61). Pure.

A script with one of these is sent whole, in one query: nothing of it stays when it fails. The list was made by asking
the crate; where its binding for Python is installed, `services/prisma/scripts.py` asks the crate itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from nexus_studio.core.admin.prismascripts import Piece

_ANY_TABLE = r"CREATE (?:(?:OR REPLACE|GLOBAL|LOCAL|TEMP|TEMPORARY) )*TABLE "

# Matched against a statement's words, from its beginning: strings are S, quoted names Q, numbers N.
_UNREAD: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?:DO|REINDEX|REFRESH|CLUSTER|LOCK|ABORT|TABLE|CHECKPOINT|MOVE|REASSIGN|SECURITY|IMPORT|\\) ",
        r"PREPARE TRANSACTION ",
        r"SET CONSTRAINTS ",
        r"VACUUM (?:\(|ANALYZE \S)",
        r"COPY .* FROM STDIN ",
        r"INSERT .*? OVERRIDING ",
        # DROP
        r"DROP INDEX CONCURRENTLY ",
        r"DROP (?:AGGREGATE|RULE|PUBLICATION|SUBSCRIPTION|STATISTICS|CAST|COLLATION|SERVER|EVENT|OWNED|LANGUAGE) ",
        r"DROP (?:CONVERSION|FOREIGN|ACCESS|TABLESPACE|TEXT|TRANSFORM|GROUP|ROUTINE) ",
        r"DROP OPERATOR [^CF\s]",
        # CREATE TABLE
        r"CREATE UNLOGGED ",
        _ANY_TABLE + r".*?[(,] LIKE (?:[^,]* )?(?:INCLUDING|EXCLUDING) ",
        _ANY_TABLE + r".* EXCLUDE (?:USING |\()",
        _ANY_TABLE + r".*\) NO INHERIT ",
        _ANY_TABLE + r".*PRIMARY KEY \( [^()]*\) INCLUDE ",
        _ANY_TABLE + r"(?:IF NOT EXISTS )?(?:\S+ \. )?\S+ OF ",
        _ANY_TABLE + r".* (?:STORAGE (?:PLAIN|EXTERNAL|EXTENDED|MAIN|DEFAULT)|COMPRESSION \S+) ",
        # ALTER TABLE
        r"ALTER TABLE .* SET (?:SCHEMA|LOGGED|UNLOGGED|TABLESPACE|STATISTICS|STORAGE|COMPRESSION|WITHOUT|ACCESS) ",
        r"ALTER TABLE .* (?:ATTACH|DETACH) PARTITION ",
        r"ALTER TABLE .* ADD .*USING INDEX ",
        r"ALTER TABLE .* ADD .*EXCLUDE (?:USING |\()",
        r"ALTER TABLE .* ALTER (?:COLUMN )?\S+ (?:DROP (?:IDENTITY|EXPRESSION)|RESTART|RESET) ",
        r"ALTER TABLE .* ALTER CONSTRAINT ",
        r"ALTER TABLE (?:IF EXISTS )?(?:ONLY )?(?:\S+ \. )?\S+ (?:RESET|INHERIT|NO INHERIT|CLUSTER|OF|NOT OF) ",
        # other ALTER
        r"ALTER INDEX (?!.* RENAME TO )",
        r"ALTER (?:SEQUENCE|FUNCTION|PROCEDURE|ROUTINE|AGGREGATE|DATABASE|SYSTEM|EXTENSION|DOMAIN|COLLATION) ",
        r"ALTER (?:PUBLICATION|SUBSCRIPTION|TRIGGER|EVENT|STATISTICS|SERVER|FOREIGN|LANGUAGE|TABLESPACE|TEXT) ",
        r"ALTER (?:DEFAULT|LARGE|CONVERSION|GROUP|RULE) ",
        r"ALTER OPERATOR [^CF\s]",
        r"ALTER MATERIALIZED ",
        r"ALTER VIEW (?!.* AS )",
        r"ALTER TYPE (?:\S+ \. )?\S+ (?!ADD VALUE |RENAME )",
        # functions and procedures
        r"CREATE (?:OR REPLACE )?FUNCTION .* RETURNS SETOF ",
        r"CREATE (?:OR REPLACE )?FUNCTION .* (?:COST|ROWS) N ",
        r"CREATE (?:OR REPLACE )?FUNCTION .* (?:LEAKPROOF|SUPPORT|WINDOW|TRANSFORM) ",
        r"CREATE (?:OR REPLACE )?FUNCTION .*?[(,] VARIADIC ",
        r"CREATE (?:OR REPLACE )?FUNCTION .* BEGIN ATOMIC ",
        r"CREATE (?:OR REPLACE )?PROCEDURE ",
        # other CREATE
        r"CREATE (?:OR REPLACE )?(?:PUBLICATION|SUBSCRIPTION|RULE|STATISTICS|AGGREGATE|CAST|EVENT|COLLATION) ",
        r"CREATE (?:OR REPLACE )?(?:TEXT|CONVERSION|TRUSTED|PROCEDURAL|LANGUAGE|FOREIGN|TABLESPACE|GROUP|ACCESS) ",
        r"CREATE (?:DEFAULT CONVERSION|TRANSFORM|USER MAPPING|RECURSIVE) ",
        r"CREATE OPERATOR [^CF\s]",
        r"CREATE (?:OR REPLACE )?(?:TEMP |TEMPORARY )?VIEW [^()]* WITH \( [^=)]*\) ",
        r"CREATE MATERIALIZED VIEW .* WITH (?:NO )?DATA ",
        r"CREATE (?:UNIQUE )?INDEX (?:CONCURRENTLY )?(?:IF NOT EXISTS )?(?:\S+ )?ON ONLY ",
        r"CREATE (?:UNIQUE )?INDEX .* TABLESPACE ",
        r"CREATE (?:OR REPLACE )?(?:CONSTRAINT )?TRIGGER .* INSTEAD OF ",
        # rights
        r"GRANT (?!.* ON )",
        r"REVOKE (?!.* ON )",
        r"(?:GRANT|REVOKE) .* ON (?:TYPE|DOMAIN|LANGUAGE|LARGE|PARAMETER|TABLESPACE|FOREIGN) ",
        r"COMMENT ON (?:FUNCTION|PROCEDURE|ROUTINE|AGGREGATE|TYPE|INDEX|CONSTRAINT|SEQUENCE|VIEW|TRIGGER) ",
        r"COMMENT ON (?:POLICY|DOMAIN|OPERATOR|CAST|RULE|MATERIALIZED|FOREIGN|SERVER|PUBLICATION|STATISTICS) ",
    )
)


def is_read(piece: Piece) -> bool:
    """Tell whether the parser understands a statement, as far as its words tell."""
    text = piece.text
    return not any(pattern.match(text) for pattern in _UNREAD)


def unread(pieces: Iterable[Piece]) -> Piece | None:
    """Return the first statement that makes Prisma send the whole script; None where it sends them one by one."""
    return next((each for each in pieces if not is_read(each)), None)
