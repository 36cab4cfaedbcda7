"""What in a project's `.env` is secret, and how it is shown to whoever did not ask to see it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

MASK: Final = "••••••"
DEFAULT_PASSWORDS: Final = frozenset(
    {
        "postgres", "postgresql", "password", "passw0rd", "passwd", "pass", "secret", "admin", "administrator", "root",
        "changeme", "change_me", "changeit", "example", "test", "dev", "docker", "nexus", "user", "guest", "default",
        "1234", "12345", "123456", "12345678", "123456789", "qwerty", "azerty", "motdepasse", "mysecretpassword",
    }
)  # fmt: skip
"""What everybody tries first."""

_SECRET_WORD = re.compile(
    r"(?:^|_)(?:PASSWORD|PASSWD|PASSPHRASE|PASS|PWD|SECRETS?|TOKEN|KEYS?|APIKEY|CREDENTIALS?|SALT|DSN|AUTH|COOKIE"
    r"|SIGNATURE|WEBHOOK)(?:_|$)|PASSWORD$|SECRET$|TOKEN$",
    re.IGNORECASE,
)
_NO_SECRET_WORD = re.compile(
    r"^(?:NEXT_PUBLIC|PUBLIC|VITE|REACT_APP|EXPO_PUBLIC)_|_(?:URL|PORT|HOST|USER|NAME|FILE)$", re.IGNORECASE
)
_SECRET_LOOKS = re.compile(
    r"(?:sk|pk|rk|whsec|ghp|gho|ghs|glpat|xox[abprs]|npm|pypi|shpat)[-_]\S{8}|AKIA\w{8}|eyJ\S{16}"
)
_URL_PASSWORD = re.compile(r"(?P<head>\w[\w+.-]*://[^\s/?#:@]*:)(?P<secret>\S*)(?=@)")
_QUERY_SECRET = re.compile(r"(?P<head>[?&](?:\w*(?:password|secret|token|key)\w*)=)(?P<secret>[^\s&#]+)", re.IGNORECASE)
_KEYWORD_SECRET = re.compile(r"(?P<head>(?<![?&])\bpassword\s*=\s*)(?P<secret>'(?:[^'\\]|\\.)*'|\S+)")
_REFERENCE_ONLY = re.compile(r"\$\{\w+[^}]*\}")


def is_secret(name: str, raw: str) -> bool:
    """Tell whether a value must not be shown unasked: by what the variable is called, or by what the value looks like.

    A URL is secret when a password is written in it; one that only refers to a variable is not.
    """
    if masked_url(raw) != raw:
        return True
    by_name = bool(_SECRET_WORD.search(name)) and not _NO_SECRET_WORD.search(name)
    return by_name or bool(_SECRET_LOOKS.search(raw))


def masked(name: str, raw: str) -> str:
    """Return a value as it may be shown to whoever stands behind one: of a URL all but the password."""
    shown = masked_url(raw)
    if shown != raw:
        return shown
    return MASK if raw and is_secret(name, raw) else raw


def masked_url(raw: str) -> str:
    """Return a text with the passwords of URLs and keyword strings in it replaced by dots."""
    for pattern in (_URL_PASSWORD, _QUERY_SECRET, _KEYWORD_SECRET):
        raw = pattern.sub(_masked_part, raw)
    return raw


def secrets_of(values: Mapping[str, str]) -> frozenset[str]:
    """Return every secret among filled-in values, to be kept out of what other programs say.

    Passwords that everybody tries are none: "postgres" stands in the names of services and images.
    """
    found = {value for name, value in values.items() if masked(name, value) == MASK}
    for value in values.values():
        for pattern in (_URL_PASSWORD, _QUERY_SECRET, _KEYWORD_SECRET):
            found |= {match["secret"] for match in pattern.finditer(value)}
    secret_ones = found - {secret for secret in found if secret.lower() in DEFAULT_PASSWORDS}
    return frozenset(secret for secret in secret_ones if len(secret) > 2)  # noqa: PLR2004 - shorter: parts of any word


def _masked_part(found: re.Match[str]) -> str:
    secret = found["secret"]
    is_bare = not secret or _REFERENCE_ONLY.fullmatch(secret) or secret == MASK
    return found[0] if is_bare else f"{found['head']}{MASK}"
