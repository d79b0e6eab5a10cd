"""Shapes that a layer has from another one: the geometry of features with the same ids, and its levels of detail."""

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, Table, exists, insert, select

from altaigis.domain.layer import Layer
from altaigis.domain.revision import Revision
from altaigis.errors import AnalysisError, NotLoaded
from altaigis.store.pool import transaction
from altaigis.store.revisions import current_revision, has_form
from altaigis.store.schema import LABEL, LEVEL, column_types
from altaigis.store.versions import levels_of, state

#: So many ids are named in an error.
NAMED = 5


@dataclass(frozen=True)
class Shapes:
    """Those of a layer, as they are in one of its revisions. They stay where they are: nothing of them is read."""

    layer: Layer
    revision: Revision

    def levels_for(self, layer: Layer) -> tuple[int, ...]:
        """The levels of detail that a layer has with these shapes: none of points, for some are left out there by a
        rule of their own layer."""
        return () if layer.geometry_type == "Point" else self.revision.levels

    def require_fit(self, layer: Layer) -> None:
        """Raises AnalysisError: a layer cannot have these shapes, for it is of others, or its ids are."""
        wanted, there = column_types(layer), column_types(self.layer)
        for own, theirs in zip(_keys(layer), _keys(self.layer), strict=True):
            if wanted.get(own) != there.get(theirs):
                raise AnalysisError(
                    f"{own or 'the geometry'} of layer '{layer.id}' is {wanted.get(own)}, but {theirs or 'that'} of "
                    f"layer '{self.layer.id}', which it is to have its shapes from, is {there.get(theirs)}"
                )

    def fill(self, connection: Connection, layer: Layer, target: Table, rows: Table) -> None:
        """Write rows, which have no geometry yet, into a layer's table with that of the same ids.

        Raises:
            AnalysisError: there are no shapes of some of them.
        """
        features = state(self.layer, self.revision)
        key, geometry = (features.c[name] for name in _keys(self.layer))
        own = rows.c[layer.id_field]
        lost = select(own).where(~exists().where(key == own)).order_by(own).limit(NAMED + 1)
        if names := [str(name) for name in connection.execute(lost).scalars()]:
            told = ", ".join(names[:NAMED]) + (" and others" if len(names) > NAMED else "")
            raise AnalysisError(f"layer '{self.layer.id}' has no feature {told} to have the shape of")
        names = [*(column.name for column in rows.columns), layer.geometry_field or ""]
        placed = select(*rows.columns, geometry).join_from(rows, features, key == own).order_by(own)
        connection.execute(insert(target).from_select(names, placed))

    def fill_levels(self, connection: Connection, layer: Layer, target: Table, features: Table) -> None:
        """Write the levels of detail of a layer's features, which have these shapes, and where their names stand."""
        levels = levels_of(self.layer, self.revision)
        key, geometry = (levels.c[name] for name in _keys(self.layer))
        labels = [levels.c[LABEL]] if layer.is_of_polygons else []
        mine = (
            select(levels.c[LEVEL], key, geometry, *labels)
            .join_from(levels, features, key == features.c[layer.id_field])
            .order_by(levels.c[LEVEL], key)
        )
        names = [LEVEL, *_keys(layer), *(label.name for label in labels)]
        connection.execute(insert(target).from_select(names, mine))


def read_shapes(database: Engine, layer: Layer) -> Shapes:
    """The shapes of a layer as they are now, for derived layers of the same features.

    Raises:
        NotLoaded: there is nothing loaded of it, or not as its file declares it now.
    """
    with transaction(database) as connection:
        revision = current_revision(connection, layer)
        if revision is None or not has_form(connection, layer, revision):
            raise NotLoaded(f"layer '{layer.id}' has no data in its present form; run: altaigis etl run {layer.id}")
    return Shapes(layer, revision)


def _keys(layer: Layer) -> tuple[str, str]:
    return layer.id_field, layer.geometry_field or ""
