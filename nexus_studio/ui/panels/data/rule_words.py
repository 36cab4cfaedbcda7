"""The rule of a constraint in words, with its expression behind."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from nexus_studio.core.data.rules import RuleTerm, rule_terms
from nexus_studio.services.constraints import ConstraintRule
from nexus_studio.ui.kit.wording import in_series

_OF_DOMAIN: Final = "VALUE"
_TERMS: Final = {
    "above": QT_TRANSLATE_NOOP("rules", "{column} must be above {value}"),
    "least": QT_TRANSLATE_NOOP("rules", "{column} must be at least {value}"),
    "below": QT_TRANSLATE_NOOP("rules", "{column} must be below {value}"),
    "most": QT_TRANSLATE_NOOP("rules", "{column} must be at most {value}"),
    "equal": QT_TRANSLATE_NOOP("rules", "{column} must be {value}"),
    "unequal": QT_TRANSLATE_NOOP("rules", "{column} must not be {value}"),
    "length_above": QT_TRANSLATE_NOOP("rules", "{column} must be longer than {value} characters"),
    "length_least": QT_TRANSLATE_NOOP("rules", "{column} must have at least {value} characters"),
    "length_below": QT_TRANSLATE_NOOP("rules", "{column} must be shorter than {value} characters"),
    "length_most": QT_TRANSLATE_NOOP("rules", "{column} must have at most {value} characters"),
    "length_equal": QT_TRANSLATE_NOOP("rules", "{column} must have exactly {value} characters"),
    "length_unequal": QT_TRANSLATE_NOOP("rules", "{column} must not have {value} characters"),
    "one_of": QT_TRANSLATE_NOOP("rules", "{column} must be one of: {value}"),
    "pattern": QT_TRANSLATE_NOOP("rules", "{column} must match the pattern {value}"),
    "not_null": QT_TRANSLATE_NOOP("rules", "{column} must have a value"),
}


def rule_words(rule: ConstraintRule, column: str = "") -> str:
    """Say what a rule asks for. `column` is the one that a domain's rule was broken in."""
    told = in_series(_term_words(term, column) for term in rule_terms(rule.definition))
    expression = rule.definition.removeprefix("CHECK ")
    words = " – ".join(part for part in (rule.comment, told) if part)
    if rule.domain:
        named = QCoreApplication.translate("rules", "Rule {name} of the type {type}: {expression}")
    else:
        named = QCoreApplication.translate("rules", "Rule {name}: {expression}")
    behind = named.format(name=rule.name, type=rule.domain, expression=expression)
    return f"{words}. {behind}" if words else behind


def _term_words(term: RuleTerm, column: str) -> str:
    subject = column if term.subject == _OF_DOMAIN and column else term.subject
    value = ", ".join(value or QCoreApplication.translate("rules", "empty") for value in term.values)
    return QCoreApplication.translate("rules", str(_TERMS[term.code])).format(column=subject, value=value)
