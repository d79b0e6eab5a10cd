"""What a result is drawn of is there: fields of its features, or keys of a table of its summary."""

from typing import Any

import numpy as np
import pytest

from altaigis.processes.registry import PROCESSES

#: Examples on the real districts; stations have tests of their own.
EXAMPLES = {name: dict(one.example) for name, one in PROCESSES.items() if "units" in one.schema["properties"]}


@pytest.mark.parametrize("process", EXAMPLES)
def test_a_chart_names_what_the_result_has(execute, process: str) -> None:
    result = execute(process, **EXAMPLES[process])
    told = result.summary.json()
    chart = told["chart"]
    if table := chart.get("table"):
        rows: list[dict[str, Any]] = told["tables"][table]
        assert rows
        assert chart["kind"] == "profiles"
        assert all({f"value_{name}" for name in row["deviations"]} <= result.fields.keys() for row in rows)
        return
    named = [chart[key] for key in ("x", "y", "value", "low", "high") if key in chart]
    assert named
    assert set(named) <= result.columns.keys()
    assert all(np.isfinite(np.asarray(result.columns[name], float)).sum() > 60 for name in named)


def test_shares_of_classes_are_drawn_of_a_table_that_adds_up(execute) -> None:
    told = execute("zonal-statistics", raster="landcover").summary.json()
    assert told["chart"] == {"kind": "bars", "value": "share", "ascending": False, "table": "classes"}
    assert sum(row["share"] for row in told["tables"]["classes"]) == pytest.approx(100)
    assert all(row["colour"].startswith("#") and row["title"]["ru"] for row in told["tables"]["classes"])


def test_an_index_says_where_less_is_better(execute) -> None:
    index = execute("composite-index", indicators=["wage_total", "dependency_ratio"], draws=100)
    assert "(меньше — лучше). Лучшие" in index.summary.text.ru
    assert index.summary.text.en.count("(less is better)") == 1
