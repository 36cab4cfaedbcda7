"""Alembic's configuration as Alembic reads it - alembic.ini, [tool.alembic] - with the standard library alone."""

from __future__ import annotations

import configparser
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nexus_studio.core.errors import MigrationBlocked

INI = "alembic.ini"
TOML = "pyproject.toml"

_SEPARATORS = {"space": " ", "newline": "\n", "os": os.pathsep, ":": ":", ";": ";"}
_OLD_LOCATIONS = re.compile(r", *|(?: +)")  # how Alembic splits where no separator is named
_OLD_PATHS = re.compile(r", *|(?: +)|:")


@dataclass(frozen=True, slots=True)
class Configuration:
    """The options that reading needs, as they are written: paths are relative to `folder` or "package:path"."""

    folder: Path
    ini: Path | None
    toml: Path | None
    script_location: str
    version_locations: tuple[str, ...] = ()
    prepend_sys_path: tuple[str, ...] = ()
    is_recursive: bool = False
    is_sourceless: bool = False

    @property
    def file(self) -> Path:
        """The file to name when something in it is wrong."""
        return self.ini or self.toml or self.folder


def has_configuration(place: Path) -> bool:
    """Tell whether a folder (or an .ini file) is an Alembic project's. What can't be read counts as none."""
    if place.is_file():
        return True
    try:
        if (place / INI).is_file():
            return True
        return _toml_section(place / TOML) is not None
    except (OSError, MigrationBlocked):
        return False


def read_configuration(place: Path, section: str) -> Configuration:
    """Read both files, as Alembic does: the .ini's options count, then [tool.alembic].

    Raises:
        MigrationBlocked: see `project.find_project`.
    """
    folder = place.parent if place.is_file() else place
    ini = place if place.is_file() else folder / INI
    toml = folder / TOML
    options = _toml_section(toml)
    parser = _ini(ini, folder)
    if parser is None and options is None:
        raise MigrationBlocked("migration.project_missing", folder=str(folder))
    reader = _Options(parser, section, options or {}, folder, ini if parser is not None else toml)
    script_location = reader.text("script_location")
    if not script_location:
        if parser is not None and not parser.has_section(section):
            raise _broken("section", ini, section=section)
        raise _broken("script_location", reader.file)
    return Configuration(
        folder=folder,
        ini=ini if parser is not None else None,
        toml=toml if options is not None else None,
        script_location=script_location,
        version_locations=reader.listed(
            "version_locations", _OLD_LOCATIONS, "path_separator", "version_path_separator"
        ),
        prepend_sys_path=reader.listed("prepend_sys_path", _OLD_PATHS, "path_separator"),
        is_recursive=reader.flag("recursive_version_locations"),
        is_sourceless=reader.flag("sourceless"),
    )


@dataclass(frozen=True, slots=True)
class _Options:
    """Both files' options under one roof."""

    parser: configparser.ConfigParser | None
    section: str
    toml: Mapping[str, Any]
    folder: Path
    file: Path

    def _of_ini(self, name: str) -> str | None:
        if self.parser is None or not self.parser.has_option(self.section, name):
            return None
        try:
            return self.parser.get(self.section, name)
        except configparser.Error as error:
            raise _broken("value", self.file, option=name) from error

    def _of_toml(self, name: str) -> Any:
        value = self.toml.get(name)
        try:
            if isinstance(value, str):
                return value % {"here": self.folder.as_posix()}
            if isinstance(value, list):
                return [str(each) % {"here": self.folder.as_posix()} for each in value]
        except (KeyError, TypeError, ValueError) as error:
            raise _broken("value", self.file, option=name) from error
        return value

    def text(self, name: str) -> str:
        found = self._of_ini(name)
        return found if found is not None else str(self._of_toml(name) or "")

    def flag(self, name: str) -> bool:
        found = self._of_ini(name)
        return found == "true" if found is not None else self._of_toml(name) is True

    def listed(self, name: str, old: re.Pattern[str], *separators: str) -> tuple[str, ...]:
        said = self._of_ini(name)
        if not said:
            value = self._of_toml(name)
            return tuple(value) if isinstance(value, list) else ((str(value),) if value else ())
        separator = next((found for each in separators if (found := self._of_ini(each)) is not None), None)
        if separator is None:
            return tuple(each for each in old.split(said) if each)
        if separator not in _SEPARATORS:
            raise _broken("value", self.file, option=separators[0])
        return tuple(each.strip() for each in said.split(_SEPARATORS[separator]) if each.strip())


def _ini(file: Path, folder: Path) -> configparser.ConfigParser | None:
    """Return the parsed .ini file; None where there is none."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise _broken("unreadable", file) from error
    parser = configparser.ConfigParser({"here": folder.as_posix().replace("%", "%%")})
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise _broken("syntax", file, line=_line_of(error)) from error
    return parser


def _line_of(error: configparser.Error) -> int:
    """Return the first line that a parser complains of; 0 when it names none."""
    lines = [line for line, _ in getattr(error, "errors", ())]
    return lines[0] if lines else int(getattr(error, "lineno", 0) or 0)


def _toml_section(file: Path) -> Mapping[str, Any] | None:
    """Return [tool.alembic]; None where there is none."""
    try:
        text = file.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise _broken("unreadable", file) from error
    if "alembic" not in text:  # parsing is the dear part
        return None
    try:
        section = tomllib.loads(text).get("tool", {}).get("alembic")
    except tomllib.TOMLDecodeError as error:
        raise _broken("syntax", file, line=_toml_line(error)) from error
    return section if isinstance(section, dict) else None


def _toml_line(error: tomllib.TOMLDecodeError) -> int:
    found = re.search(r"line (\d+)", str(error))
    return int(found[1]) if found else 0


def _broken(reason: str, file: Path, **facts: Any) -> MigrationBlocked:
    return MigrationBlocked("migration.project_broken", reason=reason, file=str(file), **facts)
