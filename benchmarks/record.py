"""The table for people, and the record of it in README.md together with the machine it was taken on."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.measure import Measurement

BEGIN = "<!-- record: written by make bench ARGS=--record -->"
END = "<!-- end of record -->"


def table(found: Iterable[Measurement]) -> str:
    """Return the measurements as a table of text."""
    return _aligned([_cells(each.as_json()) for each in found], markdown=False)


def write_record(readme: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    """Replace the record in the README by these lines of latest.json."""
    text = readme.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    record = "\n\n".join((machine(), _aligned([_cells(line) for line in lines], markdown=True)))
    readme.write_text(f"{before}{BEGIN}\n\n{record}\n\n{END}{after}", encoding="utf-8")


def machine() -> str:
    """Say what the numbers were taken on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{name} {version(name)}" for name in ("PySide6-Essentials", "psycopg", "SQLAlchemy"))
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores ({_processor()}), {memory:.0f} GB, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {versions}; "
        "PostgreSQL embedded, Qt offscreen."
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "unknown"


def _cells(line: Mapping[str, Any]) -> tuple[str, ...]:
    unit = line["unit"]
    reference = "–" if line["reference"] is None else f"{line['reference']:.4g} {unit}"
    ratio = "–" if line["ratio"] is None else f"{line['ratio']:.2f}×"
    bound = f"≤ {line['bound']:g} {unit}" if line["ratio"] is None else f"≤ {line['bound']:g}×"
    return (line["name"], f"{line['value']:.4g} {unit}", reference, ratio, bound, "yes" if line["holds"] else "NO")


def _aligned(rows: list[tuple[str, ...]], *, markdown: bool) -> str:
    heads = ("measured", "value", "reference", "ratio", "bound", "holds")
    if markdown:
        lines = [heads, ("---",) * len(heads), *rows]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)
    widths = [max(len(line[index]) for line in (heads, *rows)) for index in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in (heads, *rows)
    )
