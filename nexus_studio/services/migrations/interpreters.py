"""A project's own interpreter, and where its packages lie on disk: found by looking at folders, never by running."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

_ENVIRONMENTS = (".venv", "venv", "env", ".env", "virtualenv")
_PLACES = ("bin/python", "bin/python3", "Scripts/python.exe")


def find_python(folder: Path, environ: Mapping[str, str] = os.environ) -> tuple[Path | None, str]:
    """Find a project's interpreter, with where it comes from; (None, "") where there is none.

    "found": in an environment beside the project (`.venv` as venv, uv, PDM and Poetry make them, or another usual name)
    or above it, up to the top of the repository. "active": in the environment this program was called in.
    """
    for place in _upward(folder):
        for name in (environ.get("UV_PROJECT_ENVIRONMENT", ""), *_ENVIRONMENTS):
            if name and (found := python_of(place / name)) is not None:
                return found, "found"
    active = environ.get("VIRTUAL_ENV") or environ.get("CONDA_PREFIX")
    if active and (found := python_of(Path(active))) is not None:
        return found, "active"
    return None, ""


def python_of(environment: Path) -> Path | None:
    """Return the interpreter of a virtual environment, on POSIX or on Windows; None when it is none."""
    for place in _PLACES:
        try:
            if (environment / place).is_file():
                return environment / place  # not resolved: the link's place is what makes it the environment's
        except OSError:
            continue
    return None


def package_folder(package: str, roots: Sequence[Path], python: Path) -> Path | None:
    """Find the folder of a package (dotted) where Python would, without importing it: paths, then site-packages."""
    parts = package.split(".")
    for root in (*roots, *(root / "src" for root in roots), *_site_packages(python)):
        folder = root.joinpath(*parts)
        if folder.is_dir():
            return folder
    return None


def _upward(folder: Path) -> Iterator[Path]:
    for place in (folder, *folder.parents):
        yield place
        if (place / ".git").exists() or place == Path.home():
            return


def _site_packages(python: Path) -> Iterator[Path]:
    """Yield an environment's site-packages, and what its .pth files add (editable installations)."""
    top = python.parent.parent
    for site in (*sorted(top.glob("lib/python3*/site-packages")), top / "Lib" / "site-packages"):
        if not site.is_dir():
            continue
        yield site
        for file in sorted(site.glob("*.pth")):
            try:
                lines = file.read_text(encoding="utf-8").splitlines()
            except (OSError, UnicodeDecodeError):
                continue
            yield from (site / line.strip() for line in lines if line.strip() and not line.startswith(("import", "#")))
