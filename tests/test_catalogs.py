"""The catalog of the project travels: the processes of jobs are given it."""

import pickle

from catalogs import project_catalog


def test_it_is_the_same_after_a_journey() -> None:
    known = project_catalog()
    assert known.indicators.quantities.factor("t", "kg") == 1000
    told = pickle.loads(pickle.dumps(known))
    assert list(told) == list(known)
    assert told.indicators.by_code.keys() == known.indicators.by_code.keys()
    assert told.indicators.quantities.factor("t", "kg") == 1000
