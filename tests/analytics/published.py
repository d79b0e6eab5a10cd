"""Data sets with known results, out of the wheels of PySAL and out of the handbook of OECD and JRC."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from altaigis.analytics.weights import Weights, from_pairs

#: The package itself is imported where it is used, for it takes seconds, and each worker of the tests reads this file.
EXAMPLES = Path(next(iter(find_spec("libpysal").submodule_search_locations))) / "examples"


def table(name: str) -> pd.DataFrame:
    """A table of libpysal's examples, as ``stl/stl_hom.csv``."""
    if name.endswith(".csv"):
        return pd.read_csv(EXAMPLES / name)
    import libpysal

    opened = libpysal.io.open(str(EXAMPLES / name))
    found = pd.DataFrame({column: np.asarray(opened.by_col(column)) for column in opened.header})
    opened.close()
    return found


def theirs(name: str) -> Any:
    """Neighbours of a .gal file, row-standardised."""
    import libpysal

    opened = libpysal.io.open(str(EXAMPLES / name))
    w = opened.read()
    opened.close()
    w.transform = "r"
    return w


def ours(w: Any) -> Weights:
    """The same as ours."""
    place = {unit: at for at, unit in enumerate(w.id_order)}
    return from_pairs([(place[a], place[b]) for a in w.neighbors for b in w.neighbors[a]], w.n)


_COUNTRIES = "FIN USA SWE JPN KOR NLD GBR CAN AUS SGP DEU NOR IRL BEL NZL AUT FRA ISR ESP ITA CZE HUN SVN"

_ACHIEVEMENT = {
    "patents": "187 289 271 994 779 189 82 31 75 8 235 103 106 72 103 165 205 74 42 13 28 26 105",
    "royalties": "125.6 130 156.6 64.6 9.8 151.2 134 38.6 18.2 25.5 36.8 20.2 110.3 73.9 13 14.8 33.6 43.6 8.6 9.8 4.2 "
    "6.2 4",
    "internet": "200.2 179.1 125.8 49 4.8 136 57.4 108 125.9 72.3 41.2 193.6 48.6 58.9 146.7 84.2 36.4 43.2 21 30.4 "
    "25 21.6 20.3",
    "exports": "50.7 66.2 59.7 80.8 66.7 50.9 61.9 48.7 16.2 74.9 64.2 19 53.6 47.6 15.4 50.3 58.9 45 53.4 51 51.7 "
    "63.5 49.5",
    "telephones": "3.08 3.00 3.10 3.00 2.97 3.02 3.02 2.94 2.94 2.95 2.94 3.12 2.97 2.91 2.86 2.99 2.97 2.96 2.86 3.00 "
    "2.75 2.73 2.84",
    "electricity": "4.15 4.07 4.14 3.86 3.65 3.77 3.73 4.18 3.94 3.83 3.75 4.39 3.68 3.86 3.91 3.79 3.80 3.74 3.62 "
    "3.65 3.68 3.46 3.71",
    "schooling": "10 12 11.4 9.5 10.8 9.4 9.4 11.6 10.9 7.1 10.2 11.9 9.4 9.3 11.7 8.4 7.9 9.6 7.3 7.2 9.5 9.1 7.1",
    "university": "27.4 13.9 15.3 10 23.2 9.5 14.9 14.2 25.3 24.2 14.4 11.2 12.3 13.6 13.1 13.6 12.6 11 15.6 13 8.2 "
    "7.7 10.6",
}
#: Technology Achievement Index, raw data of the 23 countries of the handbook's worked example (table A.2).
ACHIEVEMENT = pd.DataFrame(
    {name: [float(value) for value in row.split()] for name, row in _ACHIEVEMENT.items()}, index=_COUNTRIES.split()
)
#: What is 0 and 1 in the index (UNDP, Human Development Report 2001, technical note 2), as logs where the data are.
GOALPOSTS = {
    "patents": (0, 994),
    "royalties": (0, 272.6),
    "internet": (0, 232.4),
    "exports": (0, 80.8),
    "telephones": (0, np.log10(901)),
    "electricity": (np.log10(22), np.log10(6969)),
    "schooling": (0.8, 12.0),
    "university": (0.1, 27.4),
}


def _series(rows: str) -> np.ndarray:
    return np.array([float(value) for value in rows.split()])


#: Sales of shampoo in the 36 months of three years (Makridakis, Wheelwright and Hyndman 1998).
SHAMPOO = _series(
    "266.0 145.9 183.1 119.3 180.3 168.5 231.8 224.5 192.8 122.9 336.5 185.9 194.3 149.5 210.1 273.3 191.4 287.0 226.0 "
    "303.6 289.9 421.6 264.5 342.3 339.7 440.4 315.9 439.3 401.3 437.4 575.5 407.6 682.0 475.3 581.3 646.9"
)
#: Thousands of passengers of airlines by month, 1949 to 1960 (Box and Jenkins 1976, series G).
PASSENGERS = _series(
    "112 118 132 129 121 135 148 148 136 119 104 118 115 126 141 135 125 149 170 170 158 133 114 140 "
    "145 150 178 163 172 178 199 199 184 162 146 166 171 180 193 181 183 218 230 242 209 191 172 194 "
    "196 196 236 235 229 243 264 272 237 211 180 201 204 188 235 227 234 264 302 293 259 229 203 229 "
    "242 233 267 269 270 315 364 347 312 274 237 278 284 277 317 313 318 374 413 405 355 306 271 306 "
    "315 301 356 348 355 422 465 467 404 347 305 336 340 318 362 348 363 435 491 505 404 359 310 337 "
    "360 342 406 396 420 472 548 559 463 407 362 405 417 391 419 461 472 535 622 606 508 461 390 432"
)
#: Discharge of the Nile at Aswan, 10⁸ m³ a year, 1871 to 1970; it fell after 1898 (Cobb 1978).
NILE = _series(
    "1120 1160 963 1210 1160 1160 813 1230 1370 1140 995 935 1110 994 1020 960 1180 799 958 1140 1100 1210 1150 1250 "
    "1260 1220 1030 1100 774 840 874 694 940 833 701 916 692 1020 1050 969 831 726 456 824 702 1120 1100 832 764 821 "
    "768 845 864 862 698 845 744 796 1040 759 781 865 845 944 984 897 822 1010 771 676 649 846 812 742 801 1040 860 "
    "874 848 890 744 749 838 1050 918 986 797 923 975 815 1020 906 901 1170 912 746 919 718 714 740"
)
