"""Run the measurements: `python -m benchmarks.run [--only SUBJECT …] [--runs N] [--record]`.

Prints a table and writes benchmarks/latest.json. Exit code 1 when a bound is broken.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from benchmarks import (
    activity,
    backups,
    catalog,
    drawing,
    editing,
    migrations,
    picker,
    recording,
    resetting,
    rows,
    saving,
    scrolling,
    seeding,
    sizes,
    sqliteimport,
    startup,
    transfer,
)
from benchmarks.cluster import running_cluster
from benchmarks.measure import Measurement
from benchmarks.record import table, write_record
from nexus_studio.services.embedded import EmbeddedServer

HERE = Path(__file__).parent
LATEST = HERE / "latest.json"

SUBJECTS: dict[str, Callable[[EmbeddedServer, int], Iterator[Measurement]]] = {
    "startup": startup.measure,
    "catalog": catalog.measure,
    "rows": rows.measure,
    "drawing": drawing.measure,
    "scrolling": scrolling.measure,
    "seeding": seeding.measure,
    "recording": recording.measure,
    "migrations": migrations.measure,
    "sqliteimport": sqliteimport.measure,
    "transfer": transfer.measure,
    "resetting": resetting.measure,
    "editors": editing.measure,
    "picker": picker.measure,
    "saving": saving.measure,
    "sizes": sizes.measure,
    "activity": activity.measure,
    "backups": backups.measure,
}


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--only", nargs="+", choices=SUBJECTS, default=list(SUBJECTS), help="measure these subjects")
    parser.add_argument("--runs", type=int, default=7, help="runs whose median counts (default: 7)")
    parser.add_argument("--record", action="store_true", help="write the table into benchmarks/README.md")
    options = parser.parse_args(arguments)
    found: list[Measurement] = []
    with running_cluster() as server:
        for name in options.only:
            begin = time.perf_counter()
            found.extend(SUBJECTS[name](server, options.runs))
            print(f"{name}: measured in {time.perf_counter() - begin:.0f} s", file=sys.stderr)
    print(table(found))
    _keep(found)
    if options.record:
        write_record(HERE / "README.md", json.loads(LATEST.read_text(encoding="utf-8")))
    return 0 if all(each.holds for each in found) else 1


def _keep(found: list[Measurement]) -> None:
    """Write latest.json; lines of subjects that were not measured this time stay."""
    lines = {line["name"]: line for line in json.loads(LATEST.read_text(encoding="utf-8"))} if LATEST.exists() else {}
    lines |= {each.name: each.as_json() for each in found}
    LATEST.write_text(json.dumps(list(lines.values()), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
