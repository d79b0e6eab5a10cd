"""What may be asked of a field between stations."""

from typing import Annotated

from pydantic import Discriminator, Tag

from altaigis.domain.declared import Declared, Identifier, kind_by_key
from altaigis.domain.text import Text
from altaigis.processes.inputs import Inputs, ObservedValue, asked, named
from altaigis.processes.interpolation.method import Method


class StationField(Declared):
    """A numeric field of a layer of points."""

    model_config = named(
        Text(ru="Поле слоя", en="A field of a layer"),
        Text(ru="Числовое поле слоя точек.", en="A numeric field of a layer of points."),
    )

    field: Identifier = asked(
        Text(ru="Поле", en="Field"), Text(ru="Числовое поле слоя.", en="A numeric field of the layer."), role="field"
    )
    layer: Identifier = asked(
        Text(ru="Слой пунктов", en="Layer of stations"),
        Text(ru="Слой точек со значениями.", en="A layer of points with values."),
        "monitoring_points",
        role="points",
    )


#: ``{parameter: …, datetime: …}`` or ``{field: …, layer: …}``.
StationValues = Annotated[
    Annotated[ObservedValue, Tag("of observations")] | Annotated[StationField, Tag("of a layer")],
    Discriminator(
        kind_by_key({"field": "of a layer", "parameter": "of observations"}),
        custom_error_type="values",
        custom_error_message="must be one of {parameter: …, datetime: …} and {field: …, layer: …}",
    ),
]


class InterpolationInputs(Inputs):
    values: StationValues = asked(
        Text(ru="Значения", en="Values"),
        Text(
            ru="Что известно в пунктах: поле слоя точек или наблюдения за время.",
            en="What is known at the stations: a field of a layer of points, or observations of a time.",
        ),
    )
    method: Method = asked(
        Text(ru="Метод", en="Method"),
        Text(ru="Как поле проводится между пунктами.", en="How the field is drawn between the stations."),
        Method(),
    )
    within: Identifier | None = asked(
        Text(ru="Где", en="Where"),
        Text(
            ru="Слой полигонов, внутри которых поле рисуется; без него — прямоугольник вокруг пунктов.",
            en="A layer of polygons within which the field is drawn; without it, the box around the stations.",
        ),
        "krai",
        role="polygons",
    )
    cell_km: float | None = asked(
        Text(ru="Сторона ячейки, км", en="Side of a cell, km"),
        Text(
            ru="Если не указана, около 400 ячеек на длинную сторону.",
            en="If none, such that there are about 400 cells along the longer side.",
        ),
        None,
        ge=0.01,
        le=100,
    )
    beyond_hull: bool = asked(
        Text(ru="И за пределами пунктов", en="Beyond the stations, too"),
        Text(
            ru="Рисовать и вне выпуклой оболочки пунктов, где с другой стороны не измеряет никто.",
            en="Draw outside of the convex hull of the stations, too, where nobody measures on the other side.",
        ),
        False,
    )
    contour_step: float | None = asked(
        Text(ru="Шаг изолиний", en="Step of contours"),
        Text(
            ru="В единицах значений; если не указан, около десяти линий с круглыми значениями.",
            en="In units of the values; if none, about ten lines at round values.",
        ),
        None,
        gt=0,
    )
    groups: int | None = asked(
        Text(ru="Групп при проверке", en="Groups of the check"),
        Text(
            ru="На сколько групп делятся пункты, которые по очереди скрывают; если не указано, скрывают по одному (при "
            "числе пунктов больше 200 — десятью группами).",
            en="Into how many groups the stations are divided that are hidden one after the other; if none, each is "
            "hidden for itself (of more than 200 stations ten groups are).",
        ),
        None,
        ge=2,
        le=1000,
    )
