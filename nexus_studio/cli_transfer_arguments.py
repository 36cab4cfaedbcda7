"""The arguments of `export` and `import`. Light: only argparse is needed."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from nexus_studio.cli_condition_arguments import add_conditions
from nexus_studio.cli_history_arguments import add_reason
from nexus_studio.cli_sure import add_sure

EXPORTED: Final = ("csv", "tsv", "json", "jsonl", "sql", "xlsx", "parquet")
PACKINGS: Final = ("none", "gz", "zst")
READ: Final = ("csv", "tsv", "json", "jsonl", "xlsx")
MODES: Final = ("insert", "upsert", "update")
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


def import_file(parser: argparse.ArgumentParser) -> None:
    """Add those of `import`."""
    parser.add_argument("file", type=Path, metavar="FILE", help="CSV, TSV, JSON Lines or Excel; .gz and .zst too")
    parser.add_argument("--into", required=True, metavar="TABLE", help="the table that the rows go to")
    parser.add_argument("--mode", choices=MODES, default=MODES[0], help="what a line is: a new row, or a change of one")
    parser.add_argument("--key", metavar="A,B", help="columns a row is found by (default: the primary key)")
    parser.add_argument("--skip-missing", action="store_true", help="of an update: pass over lines that have no row")
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="A=B",
        help="where a column of the file goes that is called otherwise; A= leaves it out; may be repeated",
    )
    parser.add_argument("--dry-run", action="store_true", help="try it, list every line that is refused, write nothing")
    parser.add_argument("--preview", action="store_true", help="only show how the file is read, and its first rows")
    parser.add_argument("--bad-lines", type=Path, metavar="FILE", help="write the refused lines there, as CSV")
    parser.add_argument("--format", choices=READ, help="(default: by the file's name)")
    _style(parser)
    parser.add_argument("--header", action="store_true", help="the first line has the names (default: by its looks)")
    words = "utf-8, utf-16, windows-1252 … (default: by its looks)"
    parser.add_argument("--encoding", choices=(*ENCODED, "utf-16"), metavar="NAME", help=words)
    parser.add_argument("--dates", choices=("YMD", "DMY", "MDY"), default="YMD", help="how 03/04/2024 is read")
    parser.add_argument("--sheet", default="", metavar="NAME", help="of a workbook (default: the first)")
    add_reason(parser)
    add_sure(parser)


def _style(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--delimiter", metavar="SIGN", help="between cells; \\t is a tab")
    parser.add_argument("--quote", metavar="SIGN", help='around cells that need it (default: ")')
    parser.add_argument("--null", metavar="TEXT", help="what stands for NULL, unquoted (default: nothing at all)")
    parser.add_argument("--no-header", action="store_true", help="there is no line of names")


def path_of(text: str) -> Path | None:
    """Return the file that is named; None for standard output."""
    return None if text == "-" else Path(text).expanduser()
