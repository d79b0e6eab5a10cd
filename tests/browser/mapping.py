"""Where things are on the map that a page shows, and what its address says of it."""

import math
import re
from typing import Any

import numpy as np
from playwright.sync_api import Page, expect
from shapely import Point
from shapely.geometry import shape

TILE = 256
UNDER_POINTER = "([x, y]) => document.elementFromPoint(x, y)?.getAttribute('data-fid') ?? null"


def expect_in_link(page: Page, part: str) -> None:
    """The address follows the picture: it has the part now or soon."""
    expect(page).to_have_url(re.compile(re.escape(part)))


def expect_not_in_link(page: Page, part: str) -> None:
    expect(page).not_to_have_url(re.compile(re.escape(part)))


def _mercator(lon: float, lat: float, zoom: float) -> tuple[float, float]:
    size = TILE * 2**zoom
    sine = math.sin(math.radians(lat))
    return size * (lon / 360 + 0.5), size * (0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi))


def view(page: Page) -> tuple[float, float, float]:
    """Zoom, latitude and longitude of the centre, as the address states them."""
    found = re.search(r"map=([\d.]+)/(-?[\d.]+)/(-?[\d.]+)", page.url)
    assert found, f"no view in {page.url}"
    zoom, lat, lon = map(float, found.groups())
    return zoom, lat, lon


def pixel(page: Page, lon: float, lat: float) -> tuple[float, float]:
    """The place in the window, CSS pixels, where a point of the earth is drawn."""
    zoom, centre_lat, centre_lon = view(page)
    box = page.get_by_test_id("map").bounding_box()
    assert box
    x, y = _mercator(lon, lat, zoom)
    x0, y0 = _mercator(centre_lon, centre_lat, zoom)
    return box["x"] + box["width"] / 2 + x - x0, box["y"] + box["height"] / 2 + y - y0


def pixel_of(page: Page, feature: dict[str, Any]) -> tuple[float, float]:
    """A pixel within a polygon where nothing else lies over it."""
    polygon = shape(feature["geometry"])
    west, south, east, north = polygon.bounds
    for lat in np.linspace(south, north, 20):
        for lon in np.linspace(west, east, 20):
            if polygon.buffer(-0.02).contains(Point(lon, lat)):
                place = pixel(page, float(lon), float(lat))
                if page.evaluate(UNDER_POINTER, place) == feature["id"]:
                    return place
    raise AssertionError(f"{feature['id']} is nowhere on top")
