"""What PostgreSQL calls the kinds of its objects (pg_identify_object), in words of the current language."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication, QObject

from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP

_NAMES: Mapping[str, str] = {
    "aggregate": QT_TRANSLATE_NOOP("kinds", "aggregate"),
    "cast": QT_TRANSLATE_NOOP("kinds", "cast"),
    "collation": QT_TRANSLATE_NOOP("kinds", "collation"),
    "composite type": QT_TRANSLATE_NOOP("kinds", "composite type"),
    "conversion": QT_TRANSLATE_NOOP("kinds", "conversion"),
    "default value": QT_TRANSLATE_NOOP("kinds", "default value"),
    "domain constraint": QT_TRANSLATE_NOOP("kinds", "domain constraint"),
    "event trigger": QT_TRANSLATE_NOOP("kinds", "event trigger"),
    "extension": QT_TRANSLATE_NOOP("kinds", "extension"),
    "foreign server": QT_TRANSLATE_NOOP("kinds", "foreign server"),
    "foreign table": QT_TRANSLATE_NOOP("kinds", "foreign table"),
    "foreign table column": QT_TRANSLATE_NOOP("kinds", "column of a foreign table"),
    "function": QT_TRANSLATE_NOOP("kinds", "function"),
    "index": QT_TRANSLATE_NOOP("kinds", "index"),
    "large object": QT_TRANSLATE_NOOP("kinds", "large object"),
    "materialized view": QT_TRANSLATE_NOOP("kinds", "materialized view"),
    "operator": QT_TRANSLATE_NOOP("kinds", "operator"),
    "operator class": QT_TRANSLATE_NOOP("kinds", "operator class"),
    "operator family": QT_TRANSLATE_NOOP("kinds", "operator family"),
    "policy": QT_TRANSLATE_NOOP("kinds", "policy"),
    "procedure": QT_TRANSLATE_NOOP("kinds", "procedure"),
    "publication": QT_TRANSLATE_NOOP("kinds", "publication"),
    "publication relation": QT_TRANSLATE_NOOP("kinds", "table of a publication"),
    "rule": QT_TRANSLATE_NOOP("kinds", "rule"),
    "sequence": QT_TRANSLATE_NOOP("kinds", "sequence"),
    "statistics object": QT_TRANSLATE_NOOP("kinds", "statistics object"),
    "subscription": QT_TRANSLATE_NOOP("kinds", "subscription"),
    "table": QT_TRANSLATE_NOOP("kinds", "table"),
    "table column": QT_TRANSLATE_NOOP("kinds", "column"),
    "table constraint": QT_TRANSLATE_NOOP("kinds", "constraint"),
    "text search configuration": QT_TRANSLATE_NOOP("kinds", "text search configuration"),
    "text search dictionary": QT_TRANSLATE_NOOP("kinds", "text search dictionary"),
    "text search parser": QT_TRANSLATE_NOOP("kinds", "text search parser"),
    "text search template": QT_TRANSLATE_NOOP("kinds", "text search template"),
    "trigger": QT_TRANSLATE_NOOP("kinds", "trigger"),
    "type": QT_TRANSLATE_NOOP("kinds", "type"),
    "view": QT_TRANSLATE_NOOP("kinds", "view"),
}
_LONGEST_FIRST = sorted(_NAMES, key=len, reverse=True)


def kind_name(kind: str) -> str:
    """Name a kind; one that is not known as the server does."""
    return QCoreApplication.translate("kinds", _NAMES[kind]) if kind in _NAMES else kind


def named_object(words: str) -> str:
    """Say "view public.v" in the current language; words that begin with no kind stay."""
    for kind in _LONGEST_FIRST:
        if words.startswith(f"{kind} "):
            return f"{kind_name(kind)}{words.removeprefix(kind)}"
    return words


class KindCounts(QObject):
    """Counts objects of a kind: lupdate finds plural forms in the `tr` of a class, and in no `translate`."""

    def counted(self, kind: str, number: int) -> str:
        """Say how many there are."""
        words = {
            "aggregate": self.tr("%Ln aggregate(s)", "", number),
            "collation": self.tr("%Ln collation(s)", "", number),
            "composite type": self.tr("%Ln composite type(s)", "", number),
            "conversion": self.tr("%Ln conversion(s)", "", number),
            "event trigger": self.tr("%Ln event trigger(s)", "", number),
            "extension": self.tr("%Ln extension(s)", "", number),
            "foreign server": self.tr("%Ln foreign server(s)", "", number),
            "foreign table": self.tr("%Ln foreign table(s)", "", number),
            "function": self.tr("%Ln function(s)", "", number),
            "large object": self.tr("%Ln large object(s)", "", number),
            "materialized view": self.tr("%Ln materialized view(s)", "", number),
            "operator": self.tr("%Ln operator(s)", "", number),
            "operator class": self.tr("%Ln operator class(es)", "", number),
            "operator family": self.tr("%Ln operator families", "", number),
            "procedure": self.tr("%Ln procedure(s)", "", number),
            "publication": self.tr("%Ln publication(s)", "", number),
            "sequence": self.tr("%Ln sequence(s)", "", number),
            "statistics object": self.tr("%Ln statistics object(s)", "", number),
            "subscription": self.tr("%Ln subscription(s)", "", number),
            "text search configuration": self.tr("%Ln text search configuration(s)", "", number),
            "text search dictionary": self.tr("%Ln text search dictionaries", "", number),
            "text search parser": self.tr("%Ln text search parser(s)", "", number),
            "text search template": self.tr("%Ln text search template(s)", "", number),
            "type": self.tr("%Ln type(s)", "", number),
            "view": self.tr("%Ln view(s)", "", number),
        }
        return words.get(kind) or f"{number} {kind_name(kind)}"
