"""From stations to a surface, its standard error and its contours: three layers of one run."""

from altaigis.domain.text import Text
from altaigis.processes.data import Data
from altaigis.processes.interpolation.field import contour_layer, error_layer, field_of, surface_layer
from altaigis.processes.interpolation.inputs import InterpolationInputs
from altaigis.processes.interpolation.words import nature_of_error, summary
from altaigis.processes.process import Context, Drawing, Method, Process


def run(inputs: InterpolationInputs, data: Data, context: Context) -> Drawing:
    field = field_of(inputs, data, context)
    told = summary(field)
    return Drawing(
        layers={
            "surface": surface_layer(field, told.text),
            "error": error_layer(field, nature_of_error(field)),
            "contours": contour_layer(field, told.text),
        },
        summary=told,
    )


PROCESS = Process(
    id="interpolation",
    title=Text(ru="Поле между пунктами", en="The field between stations"),
    description=Text(
        ru="Поверхность по значениям в пунктах: кригинг (обычный или с высотой), сплайн или обратные расстояния; рядом "
        "стандартная ошибка и изолинии. Проверено на скрытых пунктах, за крайними пунктами пусто.",
        en="A surface from values at stations: kriging (ordinary, or with elevation), a spline or inverse distances; "
        "beside it the standard error and contours. Tried on hidden stations, empty beyond the outermost ones.",
    ),
    method=Method(
        formula=(
            "ẑ(s) = Σ λ_i z(s_i), Σ λ_i = 1; λ from the variogram γ(h) (kriging, with a drift Σ β_k f_k), from 1 "
            "/ d^p, or from thin plates; error² = Σ λ_i γ(s − s_i) + μ"
        ),
        citations=(
            "Cressie 1993, Statistics for Spatial Data",
            "Shepard 1968, Proc. 23rd ACM Nat. Conf.: 517–524",
            "Duchon 1977, Lecture Notes in Math. 571: 85–100",
        ),
    ),
    version="3",
    inputs=InterpolationInputs,
    run=run,
    example={"values": {"field": "elevation_m", "layer": "monitoring_points"}},
    heavy=True,
    outputs={
        "error": (
            Text(ru="Слой стандартной ошибки", en="Layer of the standard error"),
            Text(
                ru="Растр: насколько оценка может отличаться от истинного значения.",
                en="A raster: by how much the estimate may differ from the true value.",
            ),
        ),
        "contours": (
            Text(ru="Слой изолиний", en="Layer of contours"),
            Text(ru="Линии равных значений.", en="Lines of equal value."),
        ),
    },
)
