"""Shapes that a layer has from another one: the geometry of features with the same ids, and its levels of detail."""

from dataclasses import dataclass

from sqlalchemy import (
    Connection,
    FromClause,
    Table,
    TableClause,
    and_,
    column,
    exists,
    insert,
    inspect,
    select,
    table,
    true,
)

from altaigis.domain.layer import Layer
from altaigis.domain.revision import Revision
from altaigis.errors import AnalysisError, NotLoaded
from altaigis.store.revisions import columns_of, current_revision_of
from altaigis.store.schema import LABEL, LAYER_SCHEMA, LEVEL, LEVELS, SINCE, UNTIL, column_types

#: So many ids are named in an error.
NAMED = 5


@dataclass(frozen=True)
class Shapes:
    """Where the shapes of the current revision of a layer stand: in ``key`` and ``geometry`` of its tables."""

    revision: Revision
    key: str
    geometry: str
    is_editable: bool

    def levels_for(self, layer: Layer) -> tuple[int, ...]:
        """The levels of detail that a layer has with these shapes: of points there are those that are left out on one
        level and counted on another, by a rule of their own layer."""
        return () if layer.geometry_type == "Point" else self.revision.levels

    @property
    def _features(self) -> FromClause:
        return self._shown(self._table(self.revision.relation), self.key, self.geometry)

    def _table(self, name: str) -> TableClause:
        names = (self.key, self.geometry, LEVEL, LABEL, SINCE, UNTIL)
        return table(name, *(column(name) for name in names), schema=LAYER_SCHEMA)

    def _shown(self, rows: TableClause, *names: str) -> FromClause:
        """The rows of the revision: the table of an editable layer holds those of others, too."""
        number = self.revision.number
        span = and_(rows.c[SINCE] <= number, rows.c[UNTIL] > number) if self.is_editable else true()
        return select(*(rows.c[name] for name in names)).where(span).subquery("_shapes")

    def fill(self, connection: Connection, layer: Layer, target: Table, rows: Table) -> None:
        """Write rows, which have no geometry yet, into a layer's table with that of the same ids.

        Raises:
            AnalysisError: there are no shapes of some of them.
        """
        shapes, own = self._features, rows.c[layer.id_field]
        same = shapes.c[self.key] == own
        lost = connection.execute(select(own).where(~exists().where(same)).order_by(own).limit(NAMED + 1)).scalars()
        if names := [str(name) for name in lost]:
            told = ", ".join(names[:NAMED]) + (" and others" if len(names) > NAMED else "")
            raise AnalysisError(f"layer '{self.revision.layer}' has no feature {told} to have the shape of")
        names = [name.name for name in rows.columns]
        placed = select(*rows.columns, shapes.c[self.geometry]).join_from(rows, shapes, same).order_by(own)
        connection.execute(insert(target).from_select([*names, layer.geometry_field or ""], placed))

    def fill_levels(self, connection: Connection, layer: Layer, target: Table, features: Table) -> None:
        """Write the levels of detail of a layer's features, which have these shapes, and where their names stand."""
        labels = [LABEL] if layer.is_of_polygons else []
        levels = self._shown(self._table(f"{self.revision.relation}{LEVELS}"), LEVEL, self.key, self.geometry, *labels)
        on = features.c[layer.id_field] == levels.c[self.key]
        mine = select(*levels.columns).join_from(levels, features, on).order_by(levels.c[LEVEL], levels.c[self.key])
        names = [LEVEL, layer.id_field, layer.geometry_field or "", *labels]
        connection.execute(insert(target).from_select(names, mine))


def shapes_of(connection: Connection, layer_id: str, layer: Layer) -> Shapes:
    """The shapes that a layer has from the one with this id.

    Raises:
        NotLoaded: there is nothing loaded of that one.
        AnalysisError: it has none, or of another kind; its ids are of another type.
    """
    revision = current_revision_of(connection, layer_id)
    if revision is None:
        raise NotLoaded(f"layer '{layer_id}' has no data to take shapes from")
    there, wanted = columns_of(connection, revision), column_types(layer)
    geometry = next((name for name, kind in there.items() if kind.startswith("geometry(")), None)
    if geometry is None:
        raise AnalysisError(f"layer '{layer_id}' has no geometry to take shapes from")
    key: str = inspect(connection).get_pk_constraint(revision.relation, LAYER_SCHEMA)["constrained_columns"][0]
    for own, theirs in ((layer.id_field, key), (layer.geometry_field or "", geometry)):
        if wanted[own] != there[theirs]:
            raise AnalysisError(
                f"{own} of layer '{layer.id}' is {wanted[own]}, but {theirs} of layer '{layer_id}', "
                f"which it has its shapes from, is {there[theirs]}"
            )
    return Shapes(revision, key, geometry, is_editable=SINCE in there)
