"""The only file that knows where resources/ is: beside the package in the repository, inside it in a wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[2]


def resource(*parts: str) -> Path:
    """Return the path of a file below resources/, whether it exists or not."""
    return resources_root().joinpath(*parts)


def resources_root() -> Path:
    """Return the folder resources/ itself.

    Qt wants real files, and pip always unpacks a wheel, so a path is enough and `importlib.resources` is not needed.
    """
    installed = _PACKAGE / "resources"
    return installed if installed.is_dir() else _PACKAGE.parent / "resources"
