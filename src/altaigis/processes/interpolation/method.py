"""How a field is drawn between stations, as people ask for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from pydantic import model_validator

from altaigis.analytics.interpolation.distance import InverseDistance
from altaigis.analytics.interpolation.kriging import Kriging
from altaigis.analytics.interpolation.spline import ThinPlateSpline
from altaigis.analytics.interpolation.stations import Stations
from altaigis.analytics.interpolation.surface import Estimator
from altaigis.analytics.interpolation.validation import Tried, Validation, cross_validated, krige_with
from altaigis.analytics.interpolation.variogram import Model, Variogram
from altaigis.domain.declared import Declared, Identifier
from altaigis.domain.text import Text
from altaigis.processes.inputs import asked

Kind = Literal["ordinary-kriging", "universal-kriging", "thin-plate-spline", "inverse-distance"]
TITLES: Mapping[Kind, Text] = {
    "ordinary-kriging": Text(ru="обычный кригинг", en="ordinary kriging"),
    "universal-kriging": Text(ru="универсальный кригинг", en="universal kriging"),
    "thin-plate-spline": Text(ru="сплайн тонкой пластины", en="thin-plate spline"),
    "inverse-distance": Text(ru="обратные расстояния", en="inverse distance weighting"),
}
MODELS: Mapping[Model, Text] = {
    "spherical": Text(ru="сферическая", en="spherical"),
    "exponential": Text(ru="экспоненциальная", en="exponential"),
    "gaussian": Text(ru="гауссова", en="gaussian"),
    "linear": Text(ru="линейная", en="linear"),
}


class GivenVariogram(Declared):
    """Parameters of a variogram in the place of fitted ones."""

    sill: float = asked(
        Text(ru="Порог без наггета", en="Sill without the nugget"),
        Text(
            ru="В квадратах единицы значений; у линейной модели — прирост на каждый километр.",
            en="In squared units of the values; of the linear model what is added by each kilometre.",
        ),
        ge=0,
    )
    range_km: float = asked(
        Text(ru="Радиус, км", en="Range, km"),
        Text(ru="Расстояние, дальше которого сходства нет.", en="The distance beyond which nothing is alike."),
        100,
        gt=0,
        le=20_000,
    )
    nugget: float = asked(
        Text(ru="Наггет", en="Nugget"),
        Text(
            ru="Разброс рядом с пунктом: ошибки измерений и то, что меняется на коротких расстояниях.",
            en="The spread right beside a station: errors of measurement, and what changes over short distances.",
        ),
        0,
        ge=0,
    )

    @model_validator(mode="after")
    def _something(self) -> "GivenVariogram":
        if not self.sill + self.nugget > 0:
            raise ValueError("needs a sill or a nugget above 0")
        return self


class Method(Declared):
    kind: Kind = asked(
        Text(ru="Метод", en="Method"),
        Text(
            ru="Кригинг говорит и о своей ошибке; универсальный следует растру (высоте). Сплайн гладок, обратные "
            "расстояния не выходят за пределы измеренного.",
            en="Kriging tells its error, too; the universal one follows a raster (elevation). A spline is smooth, "
            "inverse distances never leave the range of what was measured.",
        ),
        "ordinary-kriging",
        choices=dict(TITLES),
    )
    model: Model = asked(
        Text(ru="Модель вариограммы", en="Model of the variogram"),
        Text(ru="Для кригинга.", en="For kriging."),
        "spherical",
        choices=dict(MODELS),
    )
    variogram: GivenVariogram | None = asked(
        Text(ru="Вариограмма", en="Variogram"),
        Text(
            ru="Для кригинга; если не дана, подбирается по пунктам.",
            en="For kriging; if none is given, it is fitted to the stations.",
        ),
        None,
    )
    drift: Identifier = asked(
        Text(ru="Чему следует поле", en="What the field follows"),
        Text(
            ru="Растр значений, для универсального кригинга: между серединами клеток берётся среднее по близости. "
            "Пункты, чей слой говорит то же сам (elevation_m), входят со своим.",
            en="A raster of values, for universal kriging, interpolated between the middles of its cells. "
            "Stations whose layer tells the same itself (elevation_m) have their own.",
        ),
        "elevation",
        role="raster",
    )
    power: float = asked(
        Text(ru="Степень расстояния", en="Power of the distance"),
        Text(ru="Для обратных расстояний.", en="For inverse distances."),
        2,
        gt=0,
        le=10,
    )
    smoothing: float = asked(
        Text(ru="Сглаживание", en="Smoothing"),
        Text(ru="Для сплайна: 0 — точно через пункты.", en="For the spline: 0 goes through the stations exactly."),
        0,
        ge=0,
        le=1e6,
    )

    @property
    def krieges(self) -> bool:
        return self.kind in ("ordinary-kriging", "universal-kriging")

    @property
    def follows(self) -> str | None:
        """Id of the raster that it follows."""
        return self.drift if self.kind == "universal-kriging" else None


@dataclass(frozen=True, eq=False)
class Applied:
    """A method on stations: what it says of any place, and how it did where stations were hidden from it."""

    estimator: Estimator
    validation: Validation
    variogram: Variogram | None = None


def apply(method: Method, stations: Stations, rng: np.random.Generator, groups: int | None) -> Applied:
    """
    Raises:
        AnalysisError: the stations give no sound result by this method.
    """
    if method.krieges:
        return _kriged(method, stations, rng, groups)
    make: Callable[[Stations], InverseDistance | ThinPlateSpline] = (
        partial(InverseDistance, power=method.power)
        if method.kind == "inverse-distance"
        else partial(ThinPlateSpline, smoothing=method.smoothing)
    )
    found = cross_validated(make, stations, rng, groups)
    return Applied(Tried(make(stations), stations, found.residuals), found)


def _kriged(method: Method, stations: Stations, rng: np.random.Generator, groups: int | None) -> Applied:
    given = method.variogram
    if given:
        sill = given.sill / 1000 if method.model == "linear" else given.sill
        kriging = Kriging(stations, Variogram(method.model, sill, 1000 * given.range_km, given.nugget))
    else:
        kriging = Kriging.fitted(stations, method.model)
    found = cross_validated(krige_with(kriging), stations, rng, groups)
    return Applied(kriging, found, kriging.variogram)
