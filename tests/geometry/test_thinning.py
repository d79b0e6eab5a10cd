"""Crowds of points: the first of each place are shown, and nobody is left out uncounted."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from altaigis.geometry.thinning import Crowd


def everybody(count: int) -> Crowd:
    return Crowd(np.arange(count), np.zeros(count, dtype=np.int64))


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 9)), max_size=60), st.integers(1, 20))
def test_the_first_of_each_place_are_shown_and_the_others_counted(points: list[tuple[int, int]], limit: int) -> None:
    place, room = (np.array([point[n] for point in points], dtype=np.int64) for n in (0, 1))
    crowd = everybody(len(points)).thinned(place, room, limit)
    assert (np.diff(crowd.numbers) > 0).all()
    assert len(crowd.numbers) + crowd.stands_for.sum() == len(points)
    for here in set(place.tolist()):
        among, shown = np.flatnonzero(place == here), crowd.numbers[place[crowd.numbers] == here]
        # no gaps: those that come first
        assert shown.tolist() == among[: len(shown)].tolist()
        assert len(shown) >= 1
        assert room[shown].sum() <= limit or len(shown) == 1
        if len(shown) < len(among):
            assert room[among[: len(shown) + 1]].sum() > limit
        # the first stands for all that are left out there
        stands_for = crowd.stands_for[place[crowd.numbers] == here]
        assert stands_for[0] == stands_for.sum() == len(among) - len(shown)


def test_a_crowd_that_is_thinned_twice_counts_all() -> None:
    one = np.ones(8, dtype=np.int64)
    by_square = everybody(8).thinned(np.array([0, 0, 1, 1, 2, 2, 3, 3]), one, 1)
    assert (by_square.numbers.tolist(), by_square.stands_for.tolist()) == ([0, 2, 4, 6], [1, 1, 1, 1])
    by_tile = by_square.thinned(np.zeros(8, dtype=np.int64), one, 3)
    assert (by_tile.numbers.tolist(), by_tile.stands_for.tolist()) == ([0, 2, 4], [3, 1, 1])
