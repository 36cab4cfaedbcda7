"""What SQLAlchemy models know beyond the catalog, as plain values laid over it where table and column match."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.schema.types import TypeKind

Cell = str | None

_GUESSES = ("name", "title", "label", "email", "fullName", "full_name", "displayName", "username", "slug", "code")


@dataclass(frozen=True, slots=True)
class ModelTable:
    """What a model says of one table, keyed by column name as in the database.

    `label` names the columns whose texts, joined by a space, tell a person which row it is. `defaults` make a new
    row's value (as PostgreSQL text) where the default lives in Python; `sensitive` columns are masked where the
    connection asks for it.
    """

    label: tuple[str, ...] = ()
    description: str = ""
    sensitive: frozenset[str] = frozenset()
    descriptions: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, Callable[[], Cell]] = field(default_factory=dict)
    on_update: Mapping[str, Callable[[], Cell]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModelOverlay:
    """All tables the models know; empty for a database that has nothing to do with our models.

    `masking` says that the connection hides sensitive columns: they serve as no labels then.
    """

    tables: Mapping[RelationName, ModelTable] = field(default_factory=dict)
    masking: bool = False

    def of(self, relation: Relation) -> ModelTable:
        """Return the model's knowledge of a relation, limited to columns that really exist in it."""
        known = self.tables.get(relation.name)
        if known is None:
            return ModelTable()
        real = {column.name for column in relation.columns}
        return ModelTable(
            label=known.label if set(known.label) <= real else (),
            description=known.description,
            sensitive=known.sensitive & real,
            descriptions={name: text for name, text in known.descriptions.items() if name in real},
            defaults={name: make for name, make in known.defaults.items() if name in real},
            on_update={name: make for name, make in known.on_update.items() if name in real},
        )

    def label_columns(self, relation: Relation) -> tuple[str, ...]:
        """Name the columns that label a row for people: the model's, else a good guess, else none."""
        model = self.of(relation)
        if self.masking:
            return () if not model.label or model.sensitive & set(model.label) else model.label
        if model.label:
            return model.label
        texts = {c.name.lower(): c.name for c in relation.columns if c.type.kind is TypeKind.TEXT and c.may_select}
        for pair in (("firstname", "lastname"), ("first_name", "last_name")):
            if all(part in texts for part in pair):
                return tuple(texts[part] for part in pair)
        for guess in _GUESSES:
            if guess.lower() in texts:
                return (texts[guess.lower()],)
        for index in relation.indexes:
            if index.unique and not index.primary and len(index.columns) == 1 and index.columns[0].lower() in texts:
                return index.columns
        return ()
