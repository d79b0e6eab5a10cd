"""Which points of a crowd are shown: the first of each place, as many as there is room for."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Crowd:
    """Points that are shown, those that come first before the others.

    Args:
        numbers: which points they are, array (n,).
        stands_for: how many points, left out already, each of them stands for, array (n,).
    """

    numbers: Numbers
    stands_for: Numbers

    def thinned(self, place: Numbers, room: Numbers, limit: int) -> "Crowd":
        """The first of each place, as long as they have room together; the very first in any case, which stands for
        those that are left out there.

        Args:
            place: where each point is, array (all points,).
            room: how much each takes, array (all points,).
            limit: how much there is in one place.
        """
        there = place[self.numbers]
        order = np.argsort(there, kind="stable")
        begins = np.flatnonzero(np.diff(there[order], prepend=-1))
        first = np.repeat(begins, np.diff(np.append(begins, len(order))))
        taken = np.cumsum(room[self.numbers[order]])
        before = (taken - room[self.numbers[order]])[first]
        shown = (taken - before <= limit) | (np.arange(len(order)) == first)
        stands_for = self.stands_for.copy()
        np.add.at(stands_for, order[first[~shown]], 1 + self.stands_for[order[~shown]])
        left = np.sort(order[shown])
        return Crowd(self.numbers[left], stands_for[left])
