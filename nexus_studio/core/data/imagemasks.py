"""Images of rows as a masking connection shows them: sensitive values are there, and not to be seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nexus_studio.core.data.cells import Cell, RowKey
from nexus_studio.core.data.images import RowImage
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.schema.overlay import ModelOverlay


def masked_images(
    images: Sequence[RowImage],
    relations: Mapping[RelationName, Relation],
    overlay: ModelOverlay,
    mask: str,
) -> tuple[RowImage, ...]:
    """Return images with `mask` in place of what a masking connection hides; NULL stays NULL.

    Of a relation that is gone nobody knows which columns its key had: all of it is hidden.
    """
    if not overlay.masking:
        return tuple(images)
    return tuple(_masked(image, relations.get(image.relation), overlay, mask) for image in images)


def _masked(image: RowImage, relation: Relation | None, overlay: ModelOverlay, mask: str) -> RowImage:
    known = overlay.tables.get(image.relation)
    hidden = known.sensitive if known is not None else frozenset[str]()
    if not hidden:
        return image
    names = relation.key if relation is not None else ()

    def cells(found: Mapping[str, Cell]) -> dict[str, Cell]:
        return {name: _hidden(cell, mask) if name in hidden else cell for name, cell in found.items()}

    def key(found: RowKey | None) -> RowKey | None:
        if found is None or found.by_place:
            return found
        if len(names) != len(found.cells):
            return RowKey(tuple(_hidden(cell, mask) for cell in found.cells))
        paired = zip(names, found.cells, strict=True)
        return RowKey(tuple(_hidden(cell, mask) if name in hidden else cell for name, cell in paired))

    return image._replace(
        key=key(image.key),
        key_after=key(image.key_after),
        before=cells(image.before),
        after=cells(image.after),
    )


def _hidden(cell: Cell, mask: str) -> Cell:
    return None if cell is None else mask
