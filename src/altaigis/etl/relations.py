"""Checks of a layer against other layers: foreign keys, where features lie and what they must agree with, covers."""

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from altaigis.domain.checks import Cover, Reference, Relation
from altaigis.domain.finding import Finding
from altaigis.domain.layer import Layer
from altaigis.etl.upstream import Upstream
from altaigis.geometry.geodesy import area_km2


def check_relations(layer: Layer, frame: gpd.GeoDataFrame, upstream: Upstream) -> Iterator[Finding]:
    """Findings of the rows that name, or lie in, what other layers do not have; the index is the source row."""
    for name, field in layer.fields.items():
        if field.references:
            for row, message in _unknown(name, frame[name], field.references, upstream):
                yield Finding(field.severity, "references", message, row)
    for relation in layer.relations:
        yield from _misplaced(relation, frame, upstream.features(relation.layer))


def check_covers(layer: Layer, frame: gpd.GeoDataFrame, upstream: Upstream) -> Iterator[Finding]:
    """Findings for the features of other layers that the layer as a whole must cover, and does not."""
    for rule in layer.checks.covers:
        yield from _uncovered(rule, frame, upstream.features(rule.layer))


def _unknown(name: str, values: pd.Series, to: Reference, upstream: Upstream) -> Iterator[tuple[int, str]]:
    features = upstream.features(to.layer, [to.field] if to.field else [])
    field = to.field or features.index.name
    # as objects: pandas takes seconds to look into a long column of text
    broken = values.notna() & ~values.astype(object).isin(features[field].astype(object))
    for row, value in values[broken].items():
        shown = repr(value) if isinstance(value, str) else value
        yield int(row), f"{name}: {shown} is no {field} of layer {to.layer}"


def _misplaced(relation: Relation, frame: gpd.GeoDataFrame, features: gpd.GeoDataFrame) -> Iterator[Finding]:
    geometries = frame.geometry.to_numpy()
    rows, places = _pairs(relation, geometries, features.geometry.to_numpy())
    outside = ~shapely.is_missing(geometries)
    outside[rows] = False
    where = "outside the layer" if relation.relation == "intersects" else "in no feature of layer"
    for row in frame.index[outside]:
        yield Finding(relation.severity, "within", f"lies {where} {relation.layer}", int(row))
    for own, other in relation.agree.items():
        pairs = pd.DataFrame({"row": frame.index[rows], "told": _plain(frame[own])[rows]})
        pairs["true"] = _plain(features[other])[places]
        pairs = pairs[pairs["told"].notna() & pairs["true"].notna()]
        agree = pairs.loc[pairs["told"] == pairs["true"], "row"]
        for pair in pairs[~pairs["row"].isin(agree)].drop_duplicates("row").itertuples():
            message = f"{own} is {pair.told!r}, but it lies where {other} of layer {relation.layer} is {pair.true!r}"
            yield Finding(relation.severity, "agree", message, int(pair.row))


def _plain(values: pd.Series) -> npt.NDArray[np.object_]:
    """Python's own values, None where there is none, so that those of two frames compare."""
    plain = values.astype(object)
    result: npt.NDArray[np.object_] = plain.where(plain.notna(), None).to_numpy()
    return result


def _pairs(
    relation: Relation, geometries: npt.NDArray[np.object_], features: npt.NDArray[np.object_]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Positions of the rows and of the features with which they stand in the relation."""
    rows, places = shapely.STRtree(features).query(geometries)
    # by the prepared feature, of which there are few and large ones: the tree would prepare each of the rows
    shapely.prepare(features)
    holds = shapely.covers if relation.relation == "within" else shapely.intersects
    good = holds(features[places], geometries[rows])
    return rows[good], places[good]


def _uncovered(rule: Cover, frame: gpd.GeoDataFrame, features: gpd.GeoDataFrame) -> Iterator[Finding]:
    own = frame.geometry.to_numpy()
    tree = shapely.STRtree(own)
    for name, feature in zip(features.index, features.geometry.to_numpy(), strict=True):
        if feature is None:
            continue
        left = shapely.get_parts(shapely.difference(feature, shapely.union_all(own[tree.query(feature)])))
        areas = area_km2(left)
        if areas.sum() > rule.tolerance_km2:
            point = shapely.point_on_surface(left[areas.argmax()])
            message = (
                f"{areas.sum():.3f} km² of {name} of layer {rule.layer} are not covered, "
                f"the largest part at {point.x:.4f}, {point.y:.4f}"
            )
            yield Finding(rule.severity, "covers", message, place=(point.x, point.y))
