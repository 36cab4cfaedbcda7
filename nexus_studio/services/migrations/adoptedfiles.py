"""Files that are all written into a folder or none of them, and none over one that is there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from errno import ENOTDIR
from pathlib import Path

from nexus_studio.core.admin import adoption
from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.services.migrations.configuration import TOML, has_configuration

_TOPS = (adoption.INI, adoption.SCRIPTS, adoption.MODELS)


def taken(folder: Path) -> tuple[str, ...]:
    """Return what is in a folder already where the project's files would be; also another Alembic configuration."""
    if folder.exists() and not folder.is_dir():
        return (folder.name,)
    found = [name for name in _TOPS if os.path.lexists(folder / name)]
    if not found and has_configuration(folder):
        found = [f"{TOML} [tool.alembic]"]
    return tuple(found)


@contextmanager
def placed(draft: Path, folder: Path, files: Sequence[str]) -> Iterator[None]:
    """Copy files of a draft into a folder; where the block raises, they are taken away again.

    Raises:
        MigrationBlocked: "migration.adopt_unwritable" (facts folder, words), "migration.adopt_files".
    """
    made: list[Path] = []
    try:
        try:
            _copy(draft, folder, files, made)
        except FileExistsError as error:
            raise MigrationBlocked("migration.adopt_files", folder=str(folder), files=(str(error.filename),)) from error
        except OSError as error:
            raise MigrationBlocked(
                "migration.adopt_unwritable", folder=str(folder), words=error.strerror or ""
            ) from error
        yield
    except BaseException:
        _take_away(made)
        raise


def _copy(draft: Path, folder: Path, files: Sequence[str], made: list[Path]) -> None:
    for name in files:
        target = folder / name
        for each in reversed(target.parents):
            if not each.is_dir():
                if os.path.lexists(each):
                    raise NotADirectoryError(ENOTDIR, os.strerror(ENOTDIR), str(each))
                each.mkdir()
                made.append(each)
        with (draft / name).open("rb") as source, target.open("xb") as copy:  # never over one that is there
            made.append(target)
            shutil.copyfileobj(source, copy)
            copy.flush()
            os.fsync(copy.fileno())


def _take_away(made: list[Path]) -> None:
    for each in reversed(made):
        with suppress(OSError):
            if each.is_dir():
                shutil.rmtree(each / "__pycache__", ignore_errors=True)
                each.rmdir()
            else:
                each.unlink()
