"""Chance that repeats: the noise of a year is a function of the seed, its name and the year, and joins that of the
year before."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

HOUR = np.timedelta64(1, "h")
DAY = np.timedelta64(24, "h")
#: Innovations of the former year that a process is begun with: by then it has forgotten how it began.
_WARM_UP_MEMORIES = 12


@dataclass(frozen=True)
class Chance:
    """Random numbers by name."""

    seed: int

    def rng(self, *name: object) -> np.random.Generator:
        """Numbers that depend on the seed and the name alone."""
        digest = hashlib.sha256("|".join(map(str, (self.seed, *name))).encode()).digest()
        return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))

    def red(self, name: str, year: int, step: np.timedelta64, memory: np.timedelta64) -> np.ndarray:
        """Noise of mean 0 and variance 1 at the steps of a year of UTC that decorrelates to 1/e within ``memory``:
        the autoregressive process of first order, which runs on over the turn of the year."""
        return _red(self, name, year, int(step / np.timedelta64(1, "m")), int(memory / np.timedelta64(1, "m")))


@lru_cache(maxsize=512)
def _red(chance: Chance, name: str, year: int, step: int, memory: int) -> np.ndarray:
    from scipy.signal import lfilter

    keep = np.exp(-step / memory)
    before, now = (
        chance.rng(name, each).standard_normal(len(steps(each, np.timedelta64(step, "m")))) for each in (year - 1, year)
    )
    warm = min(len(before), _WARM_UP_MEMORIES * memory // step + 1)
    made: np.ndarray = lfilter([np.sqrt(1 - keep**2)], [1, -keep], np.concatenate([before[-warm:], now]))[warm:]
    made.flags.writeable = False
    return made


def steps(year: int, step: np.timedelta64) -> np.ndarray:
    """The moments of a year of UTC, from its beginning on; datetime64[us]."""
    begin, end = (np.datetime64(f"{each}-01-01", "us") for each in (year, year + 1))
    return np.arange(begin, end, step.astype("timedelta64[us]"))


@dataclass(frozen=True)
class Field:
    """Noise that neighbouring places share: a few waves over the region, each with a course of its own."""

    chance: Chance
    name: str

    #: Length of the waves in kilometres: one that all places have alike, and others that turn within the region.
    LENGTHS = (5000.0, 900.0, 700.0, 500.0, 350.0)
    #: What the waves weigh; their squares sum to one.
    WEIGHTS = (0.80, 0.36, 0.32, 0.28, 0.22)

    def at(self, lon: float, lat: float, year: int, step: np.timedelta64, memory: np.timedelta64) -> np.ndarray:
        """At a place: mean 0, variance about 1."""
        x, y = (lon - 83.0) * 67.0, (lat - 52.5) * 111.0
        total, squares = np.zeros(len(steps(year, step))), 0.0
        for number, (length, weight) in enumerate(zip(self.LENGTHS, self.WEIGHTS, strict=True)):
            angle, phase = self.chance.rng(self.name, "wave", number).uniform(0, 2 * np.pi, 2)
            along = 2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / length
            # a cosine and a sine with courses of their own: the field has the same variance everywhere
            for part, factor in enumerate((np.cos(along + phase), np.sin(along + phase))):
                total += weight * factor * self.chance.red(f"{self.name}|{number}|{part}", year, step, memory)
            squares += weight**2
        shared: np.ndarray = total / np.sqrt(squares)
        return shared


def annual(monthly: Sequence[float], times: np.ndarray) -> np.ndarray:
    """A smooth course of the year whose means over the months are the given ones, as far as three harmonics go.

    Args:
        monthly: 12 means.
    """
    part = np.fft.rfft(np.asarray(monthly)) / 12
    angle = 2 * np.pi * year_share(times)
    made = np.full(len(times), part[0].real)
    for k in (1, 2, 3):
        # a mean over a month dampens a wave; the months' middles lie half a month behind the year's beginning
        wave = part[k] / np.sinc(k / 12) * np.exp(-1j * np.pi * k / 12)
        made += 2 * (wave.real * np.cos(k * angle) - wave.imag * np.sin(k * angle))
    return made


def year_share(times: np.ndarray) -> np.ndarray:
    """How much of its year has passed at each time, 0 to 1."""
    begins = times.astype("datetime64[Y]")
    lengths = (begins + 1).astype("datetime64[us]") - begins.astype("datetime64[us]")
    share: np.ndarray = (times - begins.astype("datetime64[us]")) / lengths
    return share


def clock(times: np.ndarray) -> np.ndarray:
    """Hours of the region's clock, 0 to 24. Its offset was 6 hours, and is 7 since 27 March 2016."""
    shifted = times + np.where(times >= np.datetime64("2016-03-26T20:00"), 7, 6) * HOUR
    hours: np.ndarray = (shifted - shifted.astype("datetime64[D]")) / HOUR
    return hours


def sun(times: np.ndarray, lon: float) -> np.ndarray:
    """Hours of the mean sun's time at a longitude, 0 to 24."""
    hours: np.ndarray = ((times - times.astype("datetime64[D]")) / HOUR + lon / 15) % 24
    return hours


def is_weekend(times: np.ndarray) -> np.ndarray:
    """Whether it is Saturday or Sunday by the region's clock."""
    # 1970-01-01 was a Thursday
    weekend: np.ndarray = ((times + 7 * HOUR).astype("datetime64[D]").astype(int) + 3) % 7 >= 5
    return weekend
