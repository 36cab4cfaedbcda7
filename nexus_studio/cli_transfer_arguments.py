"""The arguments of `export` and `import`. Light: only argparse is needed."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from nexus_studio.cli_condition_arguments import add_conditions

EXPORTED: Final = ("csv", "tsv", "json", "jsonl", "sql", "xlsx", "parquet")
PACKINGS: Final = ("none", "gz", "zst")
ENCODED: Final = ("utf-8", "windows-1252", "iso-8859-1", "iso-8859-15")


def export(parser: argparse.ArgumentParser) -> None:
    """Add those of `export`."""
    parser.add_argument("relation", metavar="TABLE", help='table or view, such as users or other."Mixed Case"')
    add_conditions(parser)
    parser.add_argument(
        "--output", default="-", metavar="FILE", help="where to; - (the default) is standard output; NAME.csv.gz packs"
    )
    parser.add_argument("--format", choices=EXPORTED, help="(default: by the file's name, else csv)")
    parser.add_argument("--compress", choices=PACKINGS, help="(default: by the file's name)")
    parser.add_argument("--replace", action="store_true", help="put it in place of a file that is there")
    _style(parser)
    parser.add_argument("--encoding", choices=ENCODED, default=ENCODED[0], help=f"(default: {ENCODED[0]})")
    parser.add_argument("--bom", action="store_true", help="begin with the mark by which Excel knows UTF-8")
    parser.add_argument(
        "--guard", action="store_true", help="put an apostrophe before what a spreadsheet would compute"
    )


def _style(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--delimiter", metavar="SIGN", help="between cells; \\t is a tab")
    parser.add_argument("--quote", metavar="SIGN", help='around cells that need it (default: ")')
    parser.add_argument("--null", metavar="TEXT", help="what stands for NULL, unquoted (default: nothing at all)")
    parser.add_argument("--no-header", action="store_true", help="there is no line of names")


def path_of(text: str) -> Path | None:
    """Return the file that is named; None for standard output."""
    return None if text == "-" else Path(text).expanduser()
