"""From inputs to a layer: its rows, its definition, and how it came to be."""

from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import text

from altaigis.errors import Cancelled, ParameterError
from altaigis.processes.data import Data
from altaigis.processes.process import Context
from altaigis.processes.registry import PROCESSES
from altaigis.processes.run import execute
from altaigis.store.derivations import read_derived
from altaigis.store.pool import engine, transaction

PROCESS = PROCESSES["local-moran"]
INPUTS = {"variable": {"field": "density"}, "permutations": 199}


@pytest.fixture
def database(installation, copy_of_database):
    """A copy of the real layers that can be written to."""
    own = engine(copy_of_database(installation.template))
    yield own
    own.dispose()


@pytest.fixture
def publish(installation, database):
    def run(inputs=INPUTS, seed=1, keep=timedelta(days=90)):
        data = Data(database, installation.settings.processed_dir, installation.catalog, keep)
        return execute(PROCESS, PROCESS.parsed(inputs), data, Context(seed=seed), "анна")

    return run


def rows(database, layer):
    with transaction(database) as connection:
        name = connection.execute(
            text("SELECT relation FROM altaigis.revisions WHERE layer = :layer ORDER BY number DESC LIMIT 1"),
            {"layer": layer.id},
        ).scalar_one()
        columns = ", ".join(f'"{field}"' for field in layer.fields)
        return connection.execute(text(f"SELECT {columns} FROM layers.{name} ORDER BY 1")).all()


def test_the_same_run_again_gives_the_same_layer_and_another_seed_another(publish, database) -> None:
    first = publish()
    before = rows(database, first)
    again, other = publish(), publish(seed=2)
    assert again == first
    assert rows(database, again) == before
    assert len(before) == 69
    assert other.id != first.id

    derivation = read_derived(database)[first.id].derivation
    assert (derivation.maker, derivation.seed, derivation.key) == ("local-moran", 1, "анна")
    assert derivation.inputs == {"districts": 1}
    assert derivation.parameters["neighbours"]["kind"] == "queen"
    assert derivation.expires - derivation.created == timedelta(days=90)
    assert "ODbL" in first.source.licence

    # a result is a layer that other analyses can be made of
    index = PROCESSES["composite-index"]
    fields = [{"field": "statistic", "layer": first.id}, {"field": "density"}]
    parsed = index.parsed({"indicators": fields, "draws": 100})
    assert parsed.indicators[0].variable.layer == first.id


def test_results_whose_time_is_over_go(publish, database) -> None:
    old = publish(seed=3, keep=timedelta(microseconds=1))
    assert old.id in read_derived(database)
    kept = publish(keep=None)
    assert {name: one.derivation.expires for name, one in read_derived(database).items()} == {kept.id: None}


def test_a_run_that_is_called_off_publishes_nothing(installation, database) -> None:
    data = Data(database, installation.settings.processed_dir, installation.catalog)
    told = []
    context = Context(1, lambda stage, *_: told.append(stage), lambda: "permuting" in told)
    with pytest.raises(Cancelled):
        execute(PROCESS, PROCESS.parsed(INPUTS), data, context)
    assert told == ["reading", "permuting"]
    assert not read_derived(database)


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({}, "inputs.variable: must be one of|inputs.variable: Field required"),
        ({"variable": {"indicator": "nothing"}}, r"inputs\.variable\.indicator: .* 'nothing'"),
        ({"variable": {"indicator": "wage_total", "period": 1900}}, r"inputs\.variable\.period: .* 1900; there are"),
        ({"variable": {"field": "name_ru"}}, r"inputs\.variable\.field: .* there are: population"),
        ({"variable": {"field": "density", "colour": 1}}, r"inputs\.variable\.colour: Extra inputs"),
        ({"variable": 5}, r"inputs\.variable: must be one of"),
        ({"variable": "wage_total", "units": "nowhere"}, r"inputs\.units: there is no layer 'nowhere'"),
        ({"variable": "wage_total", "units": "landcover"}, r"inputs\.units: layer 'landcover' is a raster"),
        ({"variable": {"field": "pop"}, "units": "krai"}, r"inputs\.variable\.field"),
        ({"variable": "wage_total", "neighbours": {"kind": "within", "kilometres": 1}}, r"inputs\.neighbours: no unit"),
        ({"variable": "wage_total", "neighbours": {"kind": "nearest", "count": 70}}, r"inputs\.neighbours: 70 nearest"),
        ({"variable": "wage_total", "permutations": 5}, r"inputs\.permutations: .* greater than or equal to 99"),
        ({"permutations": 5, "colour": 1}, r"inputs\.variable: .*; inputs\.permutations: .* 99; inputs\.colour: Extra"),
        ({**dict.fromkeys("abcdefghijkl", 1), "variable": "wage_total"}, r"Extra .*; and 2 more mistakes$"),
        ({"variable": {"indicator": "town_pop_jan1"}}, r"inputs\.variable: only \d units have both a value"),
        ({"variable": "wage_total", "population": {"field": "area_km2"}}, r"inputs\.population: events"),
    ],
)
def test_refusals_name_the_input(execute, inputs, said) -> None:
    with pytest.raises(ParameterError, match=said):
        execute("local-moran", **inputs)


@pytest.mark.parametrize("process", PROCESSES.values(), ids=list(PROCESSES))
def test_every_input_has_its_words_in_both_languages(process) -> None:
    def described(schema):
        for name, field in schema.get("properties", {}).items():
            assert {"ru", "en"} == set(field["x-titles"]) == set(field["x-descriptions"]), name
            assert field.get("title", field["x-titles"]["en"]) == field["x-titles"]["en"]

    described(process.schema)
    for part in process.schema.get("$defs", {}).values():
        described(part)
    assert len(process.schema.get("required", [])) <= 2
    assert np.all([process.title.ru, process.description.ru])
