"""Keeps staged edits as a seed: a script in the folder of seeds."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from nexus_studio.core.admin.seeds import SeedKind, SeedSpec, is_seed_name, slug, sql_header_of
from nexus_studio.core.data.changes import RowChange
from nexus_studio.core.errors import SeedRefused
from nexus_studio.core.schema.catalog import Editing, Relation
from nexus_studio.core.sql.seedscript import repeatable
from nexus_studio.services.seeding.listing import list_seeds
from nexus_studio.services.seeding.places import SeedPlace


def keep_changes(
    place: SeedPlace, name: str, description: str, relation: Relation, changes: Sequence[RowChange]
) -> Path:
    """Write the script, whole or not at all, and return its path. An existing file is never touched.

    Raises:
        SeedRefused: "seed.name", "seed.exists" (fact file), "seed.keyless" (relation: its rows can't be named
            elsewhere), "seed.unwritable" (file, words).
    """
    name = slug(name)
    if not is_seed_name(name):
        raise SeedRefused("seed.name", seed=name)
    if relation.editing is not Editing.BY_KEY or not relation.key:
        raise SeedRefused("seed.keyless", seed=name, relation=str(relation.name))
    file = place.folder / f"{name}.sql"
    if list_seeds(place).named(name) is not None:
        raise SeedRefused("seed.exists", seed=name, file=str(file))
    spec = SeedSpec(name, description, idempotent=True, kind=SeedKind.SQL, path=file)
    text = sql_header_of(spec) + "\n" + "\n".join(repeatable(relation, changes)) + "\n"
    try:
        place.folder.mkdir(parents=True, exist_ok=True)
        is_new = _write(file, text)
    except OSError as error:
        raise SeedRefused("seed.unwritable", seed=name, file=str(file), words=error.strerror or "") from error
    if not is_new:
        raise SeedRefused("seed.exists", seed=name, file=str(file))
    return file


def _write(file: Path, text: str) -> bool:
    """Write a new file under a name that is not listed, and give it its own when it is whole; False: that is taken.

    Raises:
        OSError: it could not be written; nothing of it is left.
    """
    part = file.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with part.open("x", encoding="utf-8", newline="\n") as script:
            script.write(text)
            script.flush()
            os.fsync(script.fileno())
        try:
            os.link(part, file)
        except OSError:  # the name is taken, or the disk knows no links
            if os.path.lexists(file):
                return False
            part.rename(file)
    finally:
        part.unlink(missing_ok=True)
    return True
