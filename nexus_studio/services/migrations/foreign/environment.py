"""A project as its own Alembic sees it: configuration, scripts, and the URL that leads to the database asked for."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.engine.url import URL

from .urls import DRIVERS, NoDriver, url_of, usable_drivers

__all__ = ["NoDriver", "configuration", "offer_database", "scripts_of"]

_ASYNC_DRIVERS = ("asyncpg", "psycopg")


def configuration(request: dict[str, Any]) -> Config:
    """Make Alembic's configuration of the project that a request names, and offer it the database in all usual places.

    Those are `sqlalchemy.url`, the attribute "url" and, in a child process, the environment variable DATABASE_URL.
    """
    project = request["project"]
    more = {"toml_file": project["toml_file"]} if project.get("toml_file") else {}
    config = Config(project.get("config_file"), ini_section=project.get("section") or "alembic", **more)
    if project.get("script_location"):
        # The option goes through configparser, to which "%" means interpolation.
        config.set_main_option("script_location", project["script_location"].replace("%", "%%"))
    return config


def scripts_of(config: Config) -> ScriptDirectory:
    """Read the revisions; Alembic imports each of them for that."""
    scripts = ScriptDirectory.from_config(config)
    scripts.get_heads()  # loads the files now, so that what is wrong with them is told apart
    return scripts


def offer_database(config: Config, scripts: ScriptDirectory, parameters: dict[str, str], *, own_process: bool) -> None:
    """Tell the project which database is meant, by all ways that projects ask.

    Args:
        config: Alembic's.
        scripts: Where env.py stands.
        parameters: As libpq names them.
        own_process: Whether the environment of the process may be changed.
    """
    named = config.get_main_option("sqlalchemy.url") or ""
    inherited = os.environ.get("DATABASE_URL", "")
    driver = _driver((named, inherited), Path(scripts.dir, "env.py"))
    url = url_of(parameters, driver)
    config.attributes["url"] = _text(url)
    config.set_main_option("sqlalchemy.url", _text(url).replace("%", "%%"))
    if own_process:
        os.environ["DATABASE_URL"] = _text(url.set(drivername=_scheme(inherited) or url.drivername))


_MAKES_ASYNC = re.compile(r"async_engine\w*\(")


def _driver(urls: tuple[str, ...], env_file: Path) -> str:
    """Choose a driver that is installed: the one the project names, else one that fits its env.py."""
    usable = usable_drivers(DRIVERS)
    if not usable:
        raise NoDriver
    for text in urls:
        named = _scheme(text).partition("+")[2]
        if named in usable:
            return named
    order: list[str] = [name for name in _ASYNC_DRIVERS if _is_async(env_file)] + usable
    return next(name for name in order if name in usable)


def _is_async(env_file: Path) -> bool:
    """Tell whether env.py makes an async engine; importing what would make one (for both ways) is not enough."""
    try:
        return _MAKES_ASYNC.search(env_file.read_text(encoding="utf-8", errors="replace")) is not None
    except OSError:
        return False


def _scheme(text: str) -> str:
    """Return the dialect and driver that a URL names, "" where it is none."""
    scheme, colon, _rest = text.partition("://")
    return scheme if colon else ""


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)
