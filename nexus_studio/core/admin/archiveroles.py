"""Which roles a dump's statements name: owners, grantees, those whose defaults and policies they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from nexus_studio.core.admin.plainjudge import unquoted

_NAME: Final = r'(?:[A-Za-z_\x80-\uffff][\w$\x80-\uffff]*|"(?:[^"]|"")+")'
_NAMES: Final = rf"{_NAME}(?:\s*,\s*{_NAME})*"
_OWNER: Final = re.compile(rf"^ALTER\s.*\sOWNER\s+TO\s+(?P<names>{_NAME})\s*;?\s*$", re.DOTALL)
_GRANT: Final = re.compile(
    rf"^(?:GRANT|REVOKE|ALTER\s+DEFAULT\s+PRIVILEGES)\s.*?\s(?:TO|FROM)\s+(?P<names>{_NAMES})"
    r"(?:\s+WITH\s+GRANT\s+OPTION)?(?:\s+GRANTED\s+BY\s+\S+)?\s*;?\s*$",
    re.DOTALL,
)
_DEFAULTS: Final = re.compile(rf"^ALTER\s+DEFAULT\s+PRIVILEGES\s+FOR\s+ROLE\s+(?P<names>{_NAMES})\s", re.DOTALL)
_AUTHORIZATION: Final = re.compile(
    rf"^(?:SET\s+SESSION\s+AUTHORIZATION|CREATE\s+SCHEMA\s.*\sAUTHORIZATION)\s+(?P<names>{_NAME}|'[^']*')\s*;",
    re.DOTALL,
)
_POLICY: Final = re.compile(rf"^CREATE\s+POLICY\s.*?\sTO\s+(?P<names>{_NAMES})\s*(?:USING|WITH|;)", re.DOTALL)
_MAPPING: Final = re.compile(rf"^CREATE\s+USER\s+MAPPING\s+FOR\s+(?P<names>{_NAME})\s", re.DOTALL)
_EACH: Final = re.compile(_NAME)
_PUBLIC: Final = frozenset({"public", "current_user", "session_user", "current_role", "default"})

_PATTERNS: Final = {
    "A": (_OWNER, _DEFAULTS, _GRANT),
    "G": (_GRANT,),
    "R": (_GRANT,),
    "S": (_AUTHORIZATION,),
    "C": (_AUTHORIZATION, _POLICY, _MAPPING),
}


def roles_named(statements: str) -> Iterator[str]:
    """Yield the roles that statements name, some more than once; each ends with its line, as pg_dump writes them."""
    for statement in statements.split(";\n"):
        statement = statement.strip()  # noqa: PLW2901 - the same statement
        for pattern in _PATTERNS.get(statement[:1], ()):
            if found := pattern.search(statement if statement.endswith(";") else statement + ";"):
                for each in _EACH.findall(found["names"].strip("'")):
                    name = unquoted(each)
                    if each.startswith('"') or name not in _PUBLIC:
                        yield name
