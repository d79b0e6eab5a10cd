"""altaigis process: what there is, a run here, and what is refused."""

import subprocess
from collections.abc import Callable, Iterator

import pytest

from altaigis.store.derivations import read_derived
from altaigis.store.pool import engine
from commands import here
from conftest import Installation


@pytest.fixture(scope="module")
def url(
    installation: Installation, copy_of_database: Callable[[str], str], drop_database: Callable[[str], None]
) -> Iterator[str]:
    made = copy_of_database(installation.template)
    yield made
    drop_database(made)


def process(installation: Installation, url: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return here("process", *arguments, database_url=url, project=str(installation.settings.project))


def test_a_run_makes_a_layer_and_says_what_it_means(installation: Installation, url: str) -> None:
    run = ("run", "global-autocorrelation", "--input", "variable=wage_total", "-i", "permutations=99", "--seed", "7")
    done = process(installation, url, *run)
    assert done.returncode == 0, done.stderr
    name = done.stdout.partition(":")[0]
    assert "Likeness of neighbours" in done.stdout
    assert f"/#layers={name}" in done.stdout
    database = engine(url)
    made = read_derived(database)[name].derivation
    database.dispose()
    assert (made.maker, made.seed, made.parameters["permutations"]) == ("global-autocorrelation", 7, 99)
    assert process(installation, url, *run, "--lang", "ru").stdout.startswith(f"{name}: Сходство соседей")


def test_a_run_can_be_left_to_a_worker(installation: Installation, url: str) -> None:
    done = process(installation, url, "run", "zonal-statistics", "--async")
    assert (done.returncode, done.stdout[:4]) == (0, "job ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "nothing"), "there is no process 'nothing'"),
        (("run", "local-moran"), "inputs.variable"),
        (("run", "local-moran", "--input", "variable"), "is not NAME=VALUE"),
        (("run", "local-moran", "--input", "variable=nothing"), "nothing"),
        (("run", "local-moran", "--json", "/nonexistent"), "cannot be read"),
        (("list", "--lang", "de"), "'de' is not offered"),
    ],
)
def test_what_is_refused(installation: Installation, url: str, arguments: tuple[str, ...], said: str) -> None:
    refused = process(installation, url, *arguments)
    assert refused.returncode != 0
    assert refused.stderr.startswith("altaigis: ")
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr


def test_all_are_listed(installation: Installation, url: str) -> None:
    listed = process(installation, url, "list").stdout
    assert "composite-index" in listed
    assert "zonal-statistics" in listed
