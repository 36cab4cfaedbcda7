"""What `history` does: list, show, revert, prune, share."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from nexus_studio.cli_history_output import details_data, details_text, set_data, sets_text, shortfalls_text
from nexus_studio.cli_output import Result, counted
from nexus_studio.cli_relations import MASK
from nexus_studio.cli_sure import require_rail, require_rail_of
from nexus_studio.cli_target import find_target, opened
from nexus_studio.cli_workspace import workspace
from nexus_studio.core.admin.acts import Rail, act, rail
from nexus_studio.core.admin.backupfiles import identity_of
from nexus_studio.core.admin.sizes import human_bytes
from nexus_studio.core.data.history import Mark, Retention, SetQuery, Source
from nexus_studio.core.data.imagemasks import masked_images
from nexus_studio.core.data.undoing import Inverse
from nexus_studio.core.errors import HistoryFailed
from nexus_studio.core.names import parse_relation_name
from nexus_studio.core.settings import HISTORY_DAYS, HISTORY_MEGABYTES
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.history.service import HistoryService
from nexus_studio.services.history.store import HistoryStore
from nexus_studio.services.paths import Paths
from nexus_studio.services.settings_store import SettingsStore
from nexus_studio.services.workspace import Workspace

Run = Callable[[argparse.Namespace, TaskContext], Result]


def list_sets(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """List saved change sets; those of this machine without connecting."""
    profile = find_target(arguments).profile if _names_database(arguments) else None
    relation = (
        parse_relation_name(arguments.table, profile.schema if profile is not None else "public")
        if arguments.table
        else None
    )
    query = SetQuery(
        relation,
        arguments.person,
        arguments.search,
        arguments.since,
        arguments.until,
        everywhere=profile is None,
        source=_source(arguments),
    )
    if arguments.shared:
        with opened(arguments, ctx) as session:
            history = HistoryService(session, Paths.default())
            found = history.sets(ctx, query, limit=arguments.limit, before=_shared_mark(history, arguments, ctx))
    else:
        store = HistoryStore(Paths.default().data)
        mark = None if arguments.before is None else store.find(arguments.before)
        before = None if mark is None else Mark(mark.at, mark.id)
        found = store.sets(query, identity_of(profile) if profile is not None else "", arguments.limit, before)
    return Result({"sets": [set_data(each) for each in found]}, sets_text(found, with_place=query.everywhere))


def show(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Show what a saved change set did, row by row; with --sql what would take it back."""
    with workspace(arguments, ctx) as opened:
        history, source = opened.history, _source(arguments)
        details = history.show(arguments.id, ctx, source=source)
        relations = history.relations_of(details.images, opened.catalog, ctx)
        shown = replace(details, images=masked_images(details.images, relations, opened.overlay, MASK))
        triggers = history.triggers(details.saved, relations, ctx)
        data, text = details_data(shown, relations, triggers), details_text(shown, relations, triggers)
        if arguments.sql:
            inverse = history.inverse(details.saved.id, opened.catalog, ctx, source=source)
            said = _statements(opened, inverse, ctx)
            data |= {"sql": said, "shortfalls": _shortfalls(inverse)}
            text += "\n\n" + "\n".join([*said, *shortfalls_text(inverse)])
    return Result(data, text)


def revert(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Show the SQL that takes a set back; with --yes or what its rail wants write it, in one transaction."""
    with workspace(arguments, ctx) as opened:
        found = rail(act("history.revert"), opened.session.profile.environment)
        writes = not arguments.dry_run and (arguments.yes or arguments.confirm is not None or found is not Rail.FREE)
        if writes:
            require_rail(arguments, opened.session, "history.revert", loses=False)
        inverse = opened.history.inverse(arguments.id, opened.catalog, ctx, source=_source(arguments))
        if not inverse.rows:
            raise HistoryFailed("history.nothing_left", id=arguments.id)
        said = _statements(opened, inverse, ctx)
        if writes:
            relations = opened.catalog.relations(inverse.changes, ctx)
            witness = opened.history.witness(
                arguments.reason, arguments.ticket, must_keep=not arguments.without_history
            )
            opened.history.choose(opened.history.find(arguments.id, ctx, source=_source(arguments)).id)
            opened.writer.apply(inverse.all_changes(), relations, ctx, witness=witness)
    data = {"applied": writes, "rows": inverse.rows, "sql": said, "shortfalls": _shortfalls(inverse)}
    if writes:
        return Result(data, "\n".join([f"{counted(inverse.rows, 'row')} taken back.", *shortfalls_text(inverse)]))
    return Result(data, "\n".join([*said, *shortfalls_text(inverse), "-- nothing was written: add --yes"]))


def prune(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Delete old sets from this machine's history, of all databases; with --dry-run only say how many."""
    ctx.token.raise_if_cancelled()
    paths = Paths.default()
    settings = SettingsStore(paths.settings_file).load()
    rule = Retention(
        settings.get(HISTORY_DAYS) if arguments.days is None else arguments.days,
        settings.get(HISTORY_MEGABYTES) if arguments.megabytes is None else arguments.megabytes,
    )
    store, now = HistoryStore(paths.data), datetime.now(UTC)
    plan = store.prune(rule, now, only_look=True)
    data: dict[str, Any] = {"days": rule.days, "megabytes": rule.megabytes}
    words = f"{counted(plan.sets, 'set')}, {human_bytes(plan.size)}"
    if arguments.dry_run or not plan.sets:
        return Result({**data, "would_delete": plan.sets, "bytes": plan.size}, f"{words} would be deleted.")
    if not arguments.json:
        sys.stderr.write(f"{words} will be deleted, and can't be taken back any more.\n")
    require_rail_of(arguments, "history.prune", find_target(arguments).profile.environment)
    done = store.prune(rule, now)
    return Result({**data, "deleted": done.sets, "bytes": done.size}, f"{counted(done.sets, 'set')} deleted.")


def share(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Make the table of a shared history."""
    with opened(arguments, ctx) as session:
        require_rail(arguments, session, "history.share")
        history = HistoryService(session, Paths.default())
        history.share(ctx, arguments.roles)
        relation = history.shared_state(ctx).relation
    words = f"From now on saves are kept in {relation} too, for its owner and {len(arguments.roles)} more."
    return Result({"relation": relation, "roles": arguments.roles}, words)


def _names_database(arguments: argparse.Namespace) -> bool:
    return not arguments.all


def _source(arguments: argparse.Namespace) -> Source:
    return Source.SHARED if arguments.shared else Source.LOCAL


def _shared_mark(history: HistoryService, arguments: argparse.Namespace, ctx: TaskContext) -> Mark | None:
    if arguments.before is None:
        return None
    found = history.find(arguments.before, ctx, source=Source.SHARED)
    return Mark(found.at, found.id)


def _statements(opened: Workspace, inverse: Inverse, ctx: TaskContext) -> Sequence[str]:
    """Return the SQL of an inverse; where the connection hides values, only how many statements there are."""
    relations = opened.catalog.relations(inverse.changes, ctx)
    said = opened.writer.preview(relations, inverse.all_changes(), ctx)
    hides = opened.session.profile.masking and any(opened.overlay.of(each).sensitive for each in relations.values())
    return [f"-- {counted(len(said), 'statement')}, masked"] if hides else said


def _shortfalls(inverse: Inverse) -> list[dict[str, Any]]:
    return [
        {"relation": each.relation, "gap": each.gap, "rows": each.rows, "columns": each.columns}
        for each in inverse.shortfalls
    ]


RUNS: Final[Mapping[str, Run]] = {
    "history list": list_sets,
    "history show": show,
    "history revert": revert,
    "history prune": prune,
    "history share": share,
}
"""By "command action"."""
