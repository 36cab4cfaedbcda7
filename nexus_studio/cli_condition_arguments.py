"""The arguments that say which rows are meant: conditions, search, order. Light: only argparse is needed."""

from __future__ import annotations

import argparse


def add_conditions(parser: argparse.ArgumentParser) -> None:
    """Add the options that `cli_conditions.query_of` and `columns_of` read."""
    parser.add_argument(
        "--where",
        action="append",
        default=[],
        metavar="COLUMN:OPERATOR[:VALUE]",
        help="such as role:is:COACH, createdAt:between:2026-01-01|2026-02-01, phone:is_null; all must hold",
    )
    parser.add_argument(
        "--where-sql",
        action="append",
        default=[],
        metavar="EXPRESSION",
        help="an SQL expression as after WHERE, such as 'rating > 3 AND note IS NULL'",
    )
    parser.add_argument(
        "--filter",
        action="append",
        default=[],
        metavar="JSON",
        help='a filter with groups, such as {"any": [{"column": "a", "operator": "is_null"}, {"sql": "b > 1"}]}',
    )
    parser.add_argument("--any", action="store_true", help="it is enough when one of the conditions holds")
    parser.add_argument("--search", default="", metavar="TEXT", help="text to be found in any text column")
    parser.add_argument(
        "--sort",
        action="append",
        default=[],
        metavar="COLUMN[:desc][:nulls-first]",
        help="order; may be repeated; nulls-first or nulls-last where PostgreSQL's own choice is not wanted",
    )
    parser.add_argument("--columns", metavar="A,B", help="only these columns, in this order")
