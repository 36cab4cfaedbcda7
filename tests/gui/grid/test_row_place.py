"""What a typed row number means, in the separators of several languages."""

from __future__ import annotations

import pytest

from nexus_studio.core.data.cells import RowCount
from nexus_studio.ui.grid.row_place import PlaceRefused, Refusal, ordinal_of

EXACT = RowCount(6_000_000, "exact")
GUESS = RowCount(6_000_000, "estimate")


@pytest.mark.parametrize(
    ("typed", "ordinal"),
    [
        ("1", 0),
        (" 42 ", 41),
        ("5000123", 5_000_122),
        ("5 000 123", 5_000_122),
        ("5,000,123", 5_000_122),
        ("5.000.123", 5_000_122),
        ("5’000’123", 5_000_122),
        ("5\u202f000\u202f123", 5_000_122),
        ("5\u00a0000\u00a0123", 5_000_122),
        ("6000000", 5_999_999),
        ("-1", 5_999_999),
        ("−1", 5_999_999),
        ("- 2", 5_999_998),
        ("0 %", 0),
        ("60%", 3_599_999),
        ("62,5\u202f%", 3_749_999),
        ("62.5 %", 3_749_999),
        ("100 %", 5_999_999),
    ],
)
def test_what_is_typed_is_understood(typed: str, ordinal: int) -> None:
    assert ordinal_of(typed, EXACT) == ordinal


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        ("", Refusal.EMPTY),
        ("  ", Refusal.EMPTY),
        ("0", Refusal.TOO_SMALL),
        ("-0", Refusal.TOO_SMALL),
        ("6000001", Refusal.TOO_LARGE),
        ("-6000001", Refusal.TOO_LARGE),
        ("101 %", Refusal.NOT_A_SHARE),
        ("100.5 %", Refusal.NOT_A_SHARE),
        ("-5 %", Refusal.NOT_A_NUMBER),
        ("1.5", Refusal.NOT_A_NUMBER),
        ("5,000.123", Refusal.NOT_A_NUMBER),
        ("50,00", Refusal.NOT_A_NUMBER),
        ("twelve", Refusal.NOT_A_NUMBER),
        ("1e3", Refusal.NOT_A_NUMBER),
        ("٣", Refusal.NOT_A_NUMBER),
        ("²", Refusal.NOT_A_NUMBER),
        ("9" * 30, Refusal.NOT_A_NUMBER),
        ("%", Refusal.NOT_A_NUMBER),
    ],
)
def test_what_is_no_place_is_refused(typed: str, refusal: Refusal) -> None:
    with pytest.raises(PlaceRefused) as refused:
        ordinal_of(typed, EXACT)
    assert refused.value.refusal is refusal


def test_beyond_an_estimate_there_may_be_rows() -> None:
    assert ordinal_of("7000000", GUESS) == 6_999_999
    assert ordinal_of("-7000000", GUESS) == 0
    assert ordinal_of("50 %", None) == 0
