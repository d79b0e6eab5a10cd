"""Zonal statistics as a process: of the real rasters and the districts."""

import numpy as np
import pytest

from altaigis.errors import ParameterError


def test_elevation_of_districts(execute) -> None:
    result = execute("zonal-statistics")
    assert len(result.units) == 69
    highest = result.units.ids[int(np.argmax(result.columns["mean"]))]
    assert highest == "charyshsky"
    assert result.columns["q50"] == pytest.approx(result.columns["mean"], rel=0.5)
    assert result.styles["default"].field == "mean"
    assert "Чарышский" in result.summary.text.ru


def test_a_raster_of_classes_gives_shares_with_the_titles_of_its_legend(execute) -> None:
    result = execute("zonal-statistics", raster="landcover")
    shares = np.stack([column for name, column in result.columns.items() if name.startswith("share_")])
    np.testing.assert_allclose(shares.sum(axis=0), 100)
    assert result.fields["share_12"].title.ru == "Доля: Пашня"
    assert set(result.columns["leading"]) <= set(result.fields["leading"].values)
    few = next(flag for flag in result.summary.flags if flag.code == "few_cells")
    assert "belokurikha" in few.units


def test_breaks_make_classes_of_a_raster_of_heights(execute) -> None:
    result = execute("zonal-statistics", breaks=[200, 500])
    assert [field.title.en for name, field in result.fields.items() if name.startswith("share_")] == [
        "Share: below 200", "Share: 200 to 500", "Share: 500 and more",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"raster": "districts"}, r"inputs\.raster: layer 'districts' is a vector"),
        ({"units": "rivers"}, r"inputs\.units: layer .rivers. has .*; choose one of polygons"),
        ({"breaks": [5, 2]}, r"inputs\.breaks: ascend"),
        ({"raster": "landcover", "breaks": [500, 1000]}, r"inputs\.breaks: .* 'landcover' has classes"),
        ({"quantiles": [2]}, r"inputs\.quantiles\.0: Input should be less than or equal to 1"),
    ],
)
def test_refusals_name_the_input(execute, inputs, said) -> None:
    with pytest.raises(ParameterError, match=said):
        execute("zonal-statistics", **inputs)
