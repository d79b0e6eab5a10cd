"""A crowd of synthetic settlements: as many as a whole country has, within the krai."""

from pathlib import Path

import numpy as np

COUNT = 230_000
SEED = 20_211_001
#: Degrees: where they lie, and how far around the centres of their clusters.
WEST, SOUTH, EAST, NORTH = 78.0, 50.7, 87.0, 54.4
CLUSTERS, SPREAD = 900, 0.12
FILE = "crowd.csv"
LAYER = """\
id: crowd
theme: territory
title: {ru: Населённые пункты (синтетические), en: Settlements (synthetic)}
source:
  file: crowd.csv
  crs: EPSG:4326
  geometry: {x: lon, y: lat}
  licence: CC0-1.0
  attribution: {ru: Синтетические данные, en: Synthetic data}
fields:
  place_id: {role: id, type: text}
  name_ru: {role: title, type: text, required: true, title: {ru: Название, en: Name in Russian}}
  name_en: {type: text, required: true, title: {ru: Название по-английски, en: Name}}
  population: {type: integer, unit: persons, title: {ru: Население, en: Population}}
  geom: {role: geometry, type: Point, required: true}
order: 66
tiles: {minzoom: 4, maxzoom: 14, thin: {by: population, pixels: 8}}
styles:
  default:
    kind: classes
    title: {ru: Население, en: Population}
    field: population
    method: {ru: заданные границы, en: given breaks}
    breaks: [1000, 10000, 50000]
    colours: ['#8c8c8c', '#5a5a5a', '#383838', '#1c1c1c']
    symbol: {stroke: '#ffffff', width: 0.8, radius: 3.5}
"""


def write(target: Path, count: int = COUNT) -> None:
    """Clustered, and few of them large, as settlements are."""
    rng = np.random.default_rng(SEED)
    centres = rng.uniform((WEST, SOUTH), (EAST, NORTH), (CLUSTERS, 2))
    places = centres[rng.integers(0, CLUSTERS, count)] + rng.normal(0, SPREAD, (count, 2))
    people = (200 * rng.pareto(1.1, count) + 1).clip(max=900_000).astype(int)
    rows = (f"{i},Посёлок {i},Place {i},{people[i]},{lon:.5f},{lat:.5f}\n" for i, (lon, lat) in enumerate(places))
    target.write_text("place_id,name_ru,name_en,population,lon,lat\n" + "".join(rows), encoding="utf-8")
