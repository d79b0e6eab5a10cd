"""Units taken together give what the cube has for the group that they make."""

import pytest
from fastapi.testclient import TestClient
from tests.conftest import Installation

from altaigis.domain.indicator import Value
from altaigis.etl.cube.selection import take_together

#: What comes of rasters is rounded twice: in the units, and together.
MEASURED = {"elevation_mean", "forest_share", "cropland_share", "forest_area", "forest_per_head"}


def test_the_members_of_a_group_make_its_values(client: TestClient, installation: Installation) -> None:
    indicators = installation.catalog.indicators
    cube: dict[str, tuple[Value, ...]] = {}
    for code in indicators.by_code:
        rows = client.get(f"/indicators/{code}/values").json()["values"]
        cube[code] = tuple(Value(*row.values()) for row in rows)
    units = [it["id"] for it in client.get("/passports/big_belokurikha").json()["units"]]
    made = take_together(indicators, cube, units)
    assert len(made) > 25
    assert "wage_growth" not in made
    for code, rows in made.items():
        group = {row.period: row for row in cube[code] if row.territory == "big_belokurikha"}
        assert {row.period for row in rows} == group.keys()
        for row in rows:
            wanted, digits = group[row.period], indicators.by_code[code].digits
            assert (row.flag, row.parts, row.parts_there) == (wanted.flag, wanted.parts, wanted.parts_there), code
            if code == "forest_area":
                assert row.value == pytest.approx(wanted.value, abs=len(units) / 2 + 1)
            elif code in MEASURED:
                assert row.value == pytest.approx(wanted.value, abs=1.01 * 10**-digits), code
            else:
                assert row.value == wanted.value, code
