"""What is on offer: the models' own seeds and those of a folder, found by reading alone."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from models.seeds import SEEDS
from nexus_studio.core.admin.seeds import (
    OWN,
    SeedFault,
    SeedKind,
    SeedListing,
    SeedProblem,
    SeedSpec,
    is_seed_name,
    read_environments,
    read_flag,
    sql_header,
)
from nexus_studio.core.profiles import Environment
from nexus_studio.services.seeding.places import SeedPlace
from nexus_studio.services.seeding.pythonfiles import seeds_of_python

ABOUT: Final = "seed.toml"
"""What a folder of .csv files says of itself."""

_HEADER_BYTES: Final = 8192
_DEPTH: Final = 4  # folders below the one of seeds


def list_seeds(place: SeedPlace) -> SeedListing:
    """List the seeds of a place: the models' first, then by file name. Reads each file's beginning, .py files whole."""
    seeds: list[SeedSpec] = list(_registered()) if place.has_models else []
    problems: list[SeedProblem] = []
    taken = {seed.name for seed in seeds}
    for found in _found(place.folder, 0):
        if isinstance(found, SeedProblem):
            problems.append(found)
        elif found.name in taken:
            problems.append(SeedProblem(SeedFault.TAKEN, found.path or place.folder, found.line, found.name))
        else:
            taken.add(found.name)
            seeds.append(found)
    return SeedListing(tuple(seeds), tuple(problems), place.folder)


def _registered() -> Iterator[SeedSpec]:
    for seed in SEEDS.values():
        yield SeedSpec(
            seed.name,
            seed.description,
            frozenset(Environment(name) for name in seed.environments),
            seed.idempotent,
            takes_scale=True,
        )


def _found(folder: Path, depth: int) -> Iterator[SeedSpec | SeedProblem]:
    """Walk a folder by name; hidden files and those that begin with an underscore are not looked at."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError:
        yield SeedProblem(SeedFault.UNREADABLE, folder)
        return
    names = {entry.name for entry in entries}
    if depth and (ABOUT in names or any(_is_csv(name) for name in names)):
        yield _seed_of_folder(folder, has_rows=any(_is_csv(name) for name in names))
    for entry in entries:
        if entry.name.startswith((".", "_")):
            continue
        path = Path(entry.path)
        if entry.is_dir():
            if depth < _DEPTH:
                yield from _found(path, depth + 1)
        elif path.suffix == ".py":
            yield from seeds_of_python(path)
        elif path.suffix.lower() == ".sql":
            yield _seed_of_script(path)


def _is_csv(name: str) -> bool:
    return name.lower().endswith(".csv") and not name.startswith((".", "_"))


def _seed_of_script(path: Path) -> SeedSpec | SeedProblem:
    try:
        with path.open(encoding="utf-8-sig", errors="strict", newline=None) as file:
            header = sql_header(file.read(_HEADER_BYTES))
    except (OSError, UnicodeDecodeError):
        return SeedProblem(SeedFault.UNREADABLE, path)
    name, line = header.get("name", (path.stem, 0))
    if not is_seed_name(name):
        return SeedProblem(SeedFault.NAME, path, line, name)
    places, line = header.get("environments", ("", 0))
    try:
        environments = read_environments(places.split(",")) if line else OWN
    except ValueError as error:
        return SeedProblem(SeedFault.ENVIRONMENT, path, line, str(error))
    flag, line = header.get("idempotent", ("no", 0))
    try:
        idempotent = read_flag(flag)
    except ValueError as error:
        return SeedProblem(SeedFault.IDEMPOTENT, path, line, str(error))
    description = header.get("description", ("", 0))[0]
    return SeedSpec(name, description, environments, idempotent, SeedKind.SQL, path)


def _seed_of_folder(folder: Path, *, has_rows: bool) -> SeedSpec | SeedProblem:
    about = folder / ABOUT
    if not has_rows:
        return SeedProblem(SeedFault.EMPTY, about)
    try:
        said: dict[str, Any] = tomllib.loads(about.read_text(encoding="utf-8")) if about.exists() else {}
    except tomllib.TOMLDecodeError:
        return SeedProblem(SeedFault.SYNTAX, about)
    except (OSError, UnicodeDecodeError):
        return SeedProblem(SeedFault.UNREADABLE, about)
    name = str(said.get("name", folder.name))
    if not is_seed_name(name):
        return SeedProblem(SeedFault.NAME, about, 0, name)
    places = said.get("environments", OWN)
    try:
        environments = OWN if places is OWN else read_environments(_words(places))
    except ValueError as error:
        return SeedProblem(SeedFault.ENVIRONMENT, about, 0, str(error))
    idempotent = said.get("idempotent", True)
    if not isinstance(idempotent, bool):
        return SeedProblem(SeedFault.IDEMPOTENT, about, 0, str(idempotent))
    description = " ".join(str(said.get("description", "")).split())
    return SeedSpec(name, description, environments, idempotent, SeedKind.CSV, folder)


def _words(places: object) -> list[str]:
    if isinstance(places, str):
        return places.split(",")
    return [str(each) for each in places] if isinstance(places, list) else [str(places)]
