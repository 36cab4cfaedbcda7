"""PostgreSQL's encodings by Python's names for them (manual, section 23.3.1)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_LATIN: Final = {1: 1, 2: 2, 3: 3, 4: 4, 5: 9, 6: 10, 7: 13, 8: 14, 9: 15, 10: 16}
"""LATIN5 is ISO 8859-9, and so on."""

CODECS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{f"LATIN{number}": f"iso8859-{part}" for number, part in _LATIN.items()},
        **{f"ISO_8859_{part}": f"iso8859-{part}" for part in (5, 6, 7, 8)},
        **{f"WIN{number}": f"cp{number}" for number in (866, 874, *range(1250, 1259))},
        "KOI8R": "koi8-r",
        "KOI8U": "koi8-u",
        "EUC_JP": "euc_jp",
        "EUC_JIS_2004": "euc_jis_2004",
        "EUC_CN": "gb2312",
        "EUC_KR": "euc_kr",
        "SJIS": "cp932",
        "SHIFT_JIS_2004": "shift_jis_2004",
        "BIG5": "cp950",
        "GBK": "gbk",
        "GB18030": "gb18030",
        "UHC": "cp949",
        "JOHAB": "johab",
    }
)
"""All but UTF8, SQL_ASCII (which says nothing of its bytes) and those that Python does not know."""


def codec_of(encoding: str) -> str:
    """Return Python's name of an encoding, "utf-8" for one that it does not know."""
    return CODECS.get(encoding.upper(), "utf-8")
