"""What the families of a cohort subscribe to and pay."""

from __future__ import annotations

import json
from datetime import date, timedelta

from models.seeds.catalogue import ASSISTANT, OPENED
from models.seeds.dice import NOW, Dice, demo_id, local
from models.seeds.layout import Rows
from models.seeds.people import Cohort, Pupil
from models.seeds.texts import PLANS

_MONTHS = tuple(date(2025 + (8 + n) // 12, (8 + n) % 12 + 1, 3) for n in range(15))
"""The third of each month from September 2025 to November 2026: the day on which families pay."""

_QUARTERS = _MONTHS[2::3]
"""The last payment of each quarter: then the invoice for its three months is written."""

_METHODS = ("konnect", "clictopay", "virement", "especes")


def money(cohort: Cohort, rows: Rows) -> None:
    """Add subscriptions, payments, invoices and rights of a cohort."""
    dice = Dice(f"nexus demo money {cohort.number}")
    for pupil in cohort.pupils:
        plan = PLANS[dice.below(len(PLANS))]
        _subscription(cohort, pupil, plan, dice, rows)
        _payments(cohort, pupil, plan, dice, rows)
        _invoices(cohort, pupil, plan, rows)


def _subscription(cohort: Cohort, pupil: Pupil, plan: tuple[str, str, int], dice: Dice, rows: Rows) -> None:
    name, price, allowance = plan
    number = pupil.number
    subjects = ["MATHEMATIQUES", "FRANCAIS"][: dice.between(1, 2)]
    key = demo_id("subscription", cohort.number, number * 10)
    rows["subscriptions"].append(
        (key, pupil.key, name, price, allowance, "ACTIVE", date(2026, 9, 1), date(2027, 6, 30), subjects, "50.000",
         OPENED, OPENED)
    )  # fmt: skip
    key = demo_id("subscription", cohort.number, number * 10 + 1)
    rows["subscriptions"].append(
        (key, pupil.key, PLANS[0][0], PLANS[0][1], PLANS[0][2], "EXPIRED", date(2025, 9, 1), date(2026, 6, 30), [],
         "0.000", OPENED, OPENED)
    )  # fmt: skip
    since = local(date(2026, 9, 1), 9)
    source = json.dumps({"abonnement": key})
    rows["entitlements"].append(
        (demo_id("entitlement", cohort.number, number), pupil.user, f"ARIA_{subjects[-1]}", "ACTIVE", since,
         local(date(2027, 7, 1)), source, since, since)
    )  # fmt: skip
    if number % 5 == 0:
        asked = NOW - timedelta(days=dice.between(1, 40))
        status = ("PENDING", "APPROVED", "REJECTED")[number // 5 % 3]
        decided = status != "PENDING"
        at = asked + timedelta(days=1) if decided else None
        why = "Le forfait vient d'être changé." if status == "REJECTED" else None
        rows["subscription_requests"].append(
            (demo_id("request", cohort.number, number), pupil.key, "PLAN_CHANGE", PLANS[-1][0], PLANS[-1][1],
             "Préparation intensive du bac", status, pupil.parent_user, ASSISTANT if decided else None, at, why,
             asked, at or asked)
        )  # fmt: skip


def _payments(cohort: Cohort, pupil: Pupil, plan: tuple[str, str, int], dice: Dice, rows: Rows) -> None:
    for month, day in enumerate(_MONTHS):
        number = pupil.number * 100 + month
        key = demo_id("payment", cohort.number, number)
        at = local(day, 8 + pupil.number % 12, dice.below(60))
        fate = dice.below(100)
        status = "COMPLETED" if fate < 94 else "FAILED" if fate < 97 else "REFUNDED"  # noqa: PLR2004 - percent
        if day == _MONTHS[-1] and pupil.number % 8 == 3:  # noqa: PLR2004 - one family in eight is late
            status = "PENDING"
        method = _METHODS[pupil.number % 4]
        pack = number % 13 == 0
        rows["payments"].append(
            (key, pupil.parent_user, "CREDIT_PACK" if pack else "SUBSCRIPTION", "120.000" if pack else plan[1], "TND",
             "Pack de crédits" if pack else f"Forfait {plan[0]}, {day:%m/%Y}", status, method, f"{method}-{key}",
             json.dumps({"tentatives": 1 + (status == "FAILED")}), at, at)
        )  # fmt: skip


def _invoices(cohort: Cohort, pupil: Pupil, plan: tuple[str, str, int], rows: Rows) -> None:
    for quarter, day in enumerate(_QUARTERS):
        number = pupil.number * 10 + quarter
        key = demo_id("invoice", cohort.number, number)
        issued = local(day, 18)
        latest = day == _QUARTERS[-1]
        status = "DRAFT" if latest and pupil.number % 8 == 5 else "ISSUED" if latest else "PAID"  # noqa: PLR2004
        price = int(float(plan[1]))
        rows["invoices"].append(
            (key, pupil.parent_user, f"{day.year}-{cohort.number:05d}-{number:04d}", status, issued,
             day + timedelta(days=30), 3 * price, json.dumps({"langue": "fr"}), issued, issued)
        )  # fmt: skip
        item = demo_id("invoice-item", cohort.number, number)
        rows["invoice_items"].append((item, key, f"Forfait {plan[0]}, trois mois", 3, plan[1], issued, issued))
