"""Two states of layers side by side: features matched by their ids, or by the area that they share."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from geoalchemy2 import Geography
from sqlalchemy import Connection, Engine, FromClause, Text, cast, column, func, select, values

from altaigis.domain.difference import Change, Difference
from altaigis.domain.layer import Layer
from altaigis.domain.revision import Revision
from altaigis.errors import ParameterError
from altaigis.store.pool import transaction
from altaigis.store.revisions import past_revision
from altaigis.store.versions import state

By = Literal["key", "overlap"]
POLYGONS = ("Polygon", "MultiPolygon")
#: Two polygons are one unit when they share at least this part of their united area.
LEAST_SHARE = 0.5
#: Of borders that are nearer to each other than this many square kilometres (a square metre) none has moved.
UNMOVED_KM2 = 1e-6
_BATCH = 1000

Pair = tuple[str, str, float | None]
#: Properties and a digest of the geometry, by id.
State = Mapping[str, tuple[dict[str, Any], str | None]]


def compare(
    database: Engine,
    former: tuple[Layer, int | datetime | None],
    latter: tuple[Layer, int | datetime | None],
    by: By = "key",
) -> Difference:
    """What is different from one layer at one revision to another, the current ones where none is named.

    Fields are compared that both have; features are matched one to one.

    Raises:
        RevisionNotFound: there is no such revision, or its data are no longer kept.
        ParameterError: a layer has no features, or by overlap: no polygons.
    """
    for layer, _ in (former, latter):
        if layer.kind == "raster" or (by == "overlap" and layer.geometry_type not in POLYGONS):
            raise ParameterError("diff", f"layer {layer.id} has no {'polygons' if by == 'overlap' else 'features'}")
    with transaction(database) as connection:
        one, two = (past_revision(connection, layer, which) for layer, which in (former, latter))
        tables = state(former[0], one), state(latter[0], two)
        return _compare(connection, (former[0], latter[0]), (one, two), tables, by)


def _compare(
    connection: Connection,
    layers: tuple[Layer, Layer],
    revisions: tuple[Revision, Revision],
    tables: tuple[FromClause, FromClause],
    by: By,
) -> Difference:
    common = [name for name in layers[0].properties if name in layers[1].properties]
    before, after = (_state(connection, layer, table, common) for layer, table in zip(layers, tables, strict=True))
    pairs: list[Pair]
    if by == "overlap":
        pairs = _by_overlap(connection, layers, tables)
    else:
        pairs = [(fid, fid, None) for fid in before if fid in after]
    geometric = all(layer.geometry_field for layer in layers)
    differing = [(a, b) for a, b, _ in pairs if geometric and before[a][1] != after[b][1]]
    moved = dict(_moved(connection, layers, tables, differing))
    changed = []
    for a, b, share in pairs:
        fields = {n: (before[a][0][n], after[b][0][n]) for n in common if before[a][0][n] != after[b][0][n]}
        area = moved.get((a, b))
        shifted = (a, b) in moved and (area is None or area > UNMOVED_KM2)
        if fields or shifted:
            changed.append(Change(a, b, fields, shifted, area if shifted else None, share))
    names = [f"{revision.layer}@{revision.number}" for revision in revisions]
    matched_before, matched_after = {a for a, _, _ in pairs}, {b for _, b, _ in pairs}
    return Difference(
        names[0],
        names[1],
        added=tuple(fid for fid in after if fid not in matched_after),
        removed=tuple(fid for fid in before if fid not in matched_before),
        changed=tuple(changed),
        same=len(pairs) - len(changed),
    )


def _state(connection: Connection, layer: Layer, table: FromClause, names: list[str]) -> State:
    # dates and times are compared and told as JSON has them
    told = func.jsonb_build_object(*(part for name in names for part in (name, table.c[name])))
    geometry = table.c[layer.geometry_field] if layer.geometry_field else None
    digest = func.md5(func.ST_AsBinary(geometry)) if geometry is not None else cast(None, Text)
    key = table.c[layer.id_field]
    rows = connection.execute(select(cast(key, Text), told, digest).order_by(key))
    return {fid: (properties, mark) for fid, properties, mark in rows}


def _by_overlap(
    connection: Connection, layers: tuple[Layer, Layer], tables: tuple[FromClause, FromClause]
) -> list[Pair]:
    """Pairs by falling share of their common area, each feature in one of them."""
    one, two = tables[0].alias("one"), tables[1].alias("two")
    a, b = one.c[layers[0].geometry_field or ""], two.c[layers[1].geometry_field or ""]
    keys = cast(one.c[layers[0].id_field], Text), cast(two.c[layers[1].id_field], Text)
    areas = func.ST_Area(a), func.ST_Area(b), func.ST_Area(func.ST_Intersection(a, b))
    found = connection.execute(select(*keys, *areas).join_from(one, two, func.ST_Intersects(a, b)))
    shares = [(_share(*row[2:]), row[0], row[1]) for row in found]
    pairs: list[Pair] = []
    taken: tuple[set[str], set[str]] = set(), set()
    for share, left, right in sorted(shares, key=lambda found: (-found[0], *found[1:])):
        if share >= LEAST_SHARE and left not in taken[0] and right not in taken[1]:
            pairs.append((left, right, share))
            taken[0].add(left)
            taken[1].add(right)
    return sorted(pairs)


def _share(one: float, two: float, common: float) -> float:
    united = one + two - common
    return common / united if united else 0.0


def _moved(
    connection: Connection,
    layers: tuple[Layer, Layer],
    tables: tuple[FromClause, FromClause],
    pairs: list[tuple[str, str]],
) -> Iterator[tuple[tuple[str, str], float | None]]:
    """The area in km² that belongs to one of a pair alone; None where they are no polygons or one is missing."""
    polygons = all(layer.geometry_type in POLYGONS for layer in layers)
    if not polygons:
        yield from ((pair, None) for pair in pairs)
        return
    one, two = tables[0].alias("one"), tables[1].alias("two")
    a, b = one.c[layers[0].geometry_field or ""], two.c[layers[1].geometry_field or ""]
    # cleaned borders touch themselves at the last digit now and then
    apart = func.ST_SymDifference(a, b, 1e-9)
    area = func.ST_Area(cast(apart, Geography(srid=4326))) / 1e6
    for start in range(0, len(pairs), _BATCH):
        wanted = values(column("a", Text), column("b", Text), name="wanted").data(pairs[start : start + _BATCH])
        statement = (
            select(wanted.c.a, wanted.c.b, area)
            .join_from(wanted, one, cast(one.c[layers[0].id_field], Text) == wanted.c.a)
            .join(two, cast(two.c[layers[1].id_field], Text) == wanted.c.b)
        )
        for left, right, km2 in connection.execute(statement):
            yield (left, right), None if km2 is None else round(float(km2), 6)
