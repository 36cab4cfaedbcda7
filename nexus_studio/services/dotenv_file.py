"""DATABASE_URL where projects keep it: the environment, or the nearest `.env` at or above a folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from dotenv.parser import parse_stream

VARIABLE = "DATABASE_URL"
FILE_NAME = ".env"
ENVIRONMENT = "environment"

# Compose specification, "Interpolation"
_REFERENCE = re.compile(
    r"\$(?:(?P<dollar>\$)|(?P<plain>[A-Za-z_]\w*)|\{(?P<name>\w+)(?:(?P<mode>:?-)(?P<default>[^}]*))?\})"
)


@dataclass(frozen=True, slots=True)
class FoundUrl:
    """A URL and where it was found: "environment", or the path of the file."""

    url: str
    source: str

    def __repr__(self) -> str:
        return f"FoundUrl(source={self.source!r})"


def find_database_url(start: Path, environ: Mapping[str, str]) -> FoundUrl | None:
    """Return DATABASE_URL from `environ`, else from the nearest .env that has it, from `start` upward.

    Variables in a file (`${POSTGRES_PORT:-5434}`) are filled in as docker compose does: the environment goes before the
    file. A file that can't be read is passed over. Reads a few small files.
    """
    if url := environ.get(VARIABLE, "").strip():
        return FoundUrl(url, ENVIRONMENT)
    folder = start.expanduser().absolute()
    for place in (folder, *folder.parents):
        file = place / FILE_NAME
        url = read_env_file(file, environ).get(VARIABLE, "").strip()
        if url:
            return FoundUrl(url, str(file))
    return None


def read_env_file(file: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Read the variables of an .env file, filled in; empty when there is no such file or it can't be read."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return {}
    found: dict[str, str] = {}
    for binding in parse_stream(StringIO(text)):
        if binding.key is None or binding.error:
            continue
        value = binding.value or ""
        is_literal = binding.original.string.partition("=")[2].lstrip().startswith("'")  # as a shell has it
        found[binding.key] = value if is_literal else expand(value, {**found, **environ})
    return found


def expand(text: str, values: Mapping[str, str]) -> str:
    """Fill in `${NAME}`, `${NAME:-default}`, `${NAME-default}` and `$NAME`; `$$` is a dollar.

    An unknown `${NAME}` is empty; an unknown `$NAME` stays as it is, because it is more often a part of a password.
    """
    return _REFERENCE.sub(lambda found: _value(found, values), text)


def _value(found: re.Match[str], values: Mapping[str, str]) -> str:
    if found["dollar"]:
        return "$"
    name = found["plain"] or found["name"]
    value = values.get(name)
    if value is None and found["plain"]:
        return found[0]
    if value is None or (not value and found["mode"] == ":-"):
        return found["default"] or ""
    return value
