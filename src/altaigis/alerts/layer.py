"""The layer of alerts: the newest of them at their stations, in every door."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from sqlalchemy import Engine

from altaigis import __version__
from altaigis.alerts.words import words
from altaigis.domain.alert import Alert
from altaigis.domain.catalog import Catalog
from altaigis.domain.derivation import Derivation
from altaigis.domain.layer import Layer, LayerField, Tiles
from altaigis.domain.observation import STATIONS
from altaigis.domain.source import Source
from altaigis.domain.style import CategoriesStyle, Category, Symbol
from altaigis.domain.text import Text
from altaigis.errors import LayerNotFound
from altaigis.store.alerts import Wanted, read_alerts
from altaigis.store.derived import publish as publish_layer
from altaigis.store.frames import read_columns
from altaigis.store.pool import transaction
from altaigis.store.revisions import current_revisions

ALERTS = "alerts"
#: The newest so many are on the map; /alerts has all.
MOST = 5_000
#: Above the stations.
ORDER = 60

_STATES = {
    "open_exceedance": Text(ru="Превышение идёт", en="Exceedance goes on"),
    "open_silence": Text(ru="Пункт молчит", en="Station is silent"),
    "closed_exceedance": Text(ru="Превышение закончилось", en="Exceedance is over"),
    "closed_silence": Text(ru="Пункт молчал", en="Station was silent"),
}
_SYMBOLS = {
    "open_exceedance": Symbol(fill="#D55E00", stroke="#ffffff", radius=6.5, shape="triangle"),
    "open_silence": Symbol(fill="#4d4d4d", stroke="#ffffff", radius=5.5, shape="square"),
    "closed_exceedance": Symbol(fill="#E69F00", stroke="#ffffff", radius=5, shape="triangle"),
    "closed_silence": Symbol(fill="#bdbdbd", stroke="#5d584e", radius=4.5, shape="square"),
}


def _titled(kind: str, ru: str, en: str, **more: Any) -> LayerField:
    return LayerField(type=kind, title=Text(ru=ru, en=en), **more)


_FIELDS: Mapping[str, LayerField] = {
    "alert_id": _titled("integer", "Номер", "Number", role="id"),
    "name_ru": _titled("text", "Тревога", "Alert in Russian", role="title"),
    "name_en": _titled("text", "Тревога по-английски", "Alert"),
    "status": _titled("text", "Состояние", "State", values=_STATES),
    "station_id": _titled("text", "Код пункта", "Station id"),
    "rule": _titled("text", "Код правила", "Rule code"),
    "parameter": _titled("text", "Код параметра", "Parameter code"),
    "begin_time": _titled("datetime", "Начало", "Begin", role="time"),
    "end_time": _titled("datetime", "Конец", "End"),
    "peak": _titled("number", "Наибольшее отклонение", "Peak"),
    "peak_time": _titled("datetime", "Когда", "Time of the peak"),
    "multiple": _titled("number", "Сколько ПДК", "Multiples of the limit", digits=2),
    "unit": _titled("text", "Единица", "Unit"),
    "limit_id": _titled("text", "Код нормы", "Limit id"),
    "limit_value": _titled("number", "Норма", "Limit"),
    "synthetic": _titled("boolean", "Синтетический ряд", "Synthetic series"),
    "geom": LayerField(type="Point", role="geometry"),
}


def publish(database: Engine, catalog: Catalog) -> None:
    """Make the newest alerts the current revision of their layer.

    Raises:
        LayerNotFound: no layer of stations is declared.
    """
    stations = catalog.layer(STATIONS)
    revision = current_revisions(database).get(stations.id)
    if revision is None:
        raise LayerNotFound(f"layer '{stations.id}' has no stations yet")
    columns = read_columns(database, revision, ["name_ru", "name_en", stations.geometry_field or ""])
    names = list(columns.types)
    known = {row[names.index(columns.key)]: dict(zip(names, row, strict=True)) for row in columns.rows}
    with transaction(database) as connection:
        found, _ = read_alerts(connection, Wanted(), MOST)
    derivation = Derivation(
        maker=ALERTS,
        inputs={stations.id: revision.number},
        parameters={},
        seed=None,
        code=f"{__version__} {ALERTS}",
        key=None,
        created=datetime.now(UTC),
        expires=None,
        summary={},
    )
    rows = [_row(alert, known, catalog, stations.geometry_field or "") for alert in found]
    publish_layer(database, _layer(stations), _table(rows), derivation)


def _row(alert: Alert, stations: Mapping[str, Mapping[str, Any]], catalog: Catalog, geometry: str) -> dict[str, Any]:
    held, station = alert.held, stations.get(alert.held.station, {})
    name = words(alert, catalog, station, datetime.now(UTC))
    return {
        "alert_id": alert.number,
        "name_ru": name.ru,
        "name_en": name.en,
        "status": f"{alert.state}_{alert.kind}",
        "station_id": held.station,
        "rule": held.rule,
        "parameter": held.parameter,
        "begin_time": held.begin,
        "end_time": None if held.going_on else held.end,
        "peak": held.peak,
        "peak_time": held.peak_time,
        "multiple": alert.multiple,
        "unit": held.unit,
        "limit_id": held.limit,
        "limit_value": held.limit_value,
        "synthetic": held.synthetic,
        "geom": station.get(geometry),
    }


_ARROW = {
    "integer": pa.int64(), "text": pa.string(), "datetime": pa.timestamp("us", "UTC"), "number": pa.float64(),
    "boolean": pa.bool_(), "Point": pa.binary(),
}  # fmt: skip


def _table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    return pa.table(
        {name: pa.array([row[name] for row in rows], _ARROW[field.type]) for name, field in _FIELDS.items()}
    )


def _layer(stations: Layer) -> Layer:
    style = CategoriesStyle(
        kind="categories",
        title=Text(ru="Тревоги", en="Alerts"),
        field="status",
        categories=tuple(
            Category(value=value, title=title, symbol=_SYMBOLS[value]) for value, title in _STATES.items()
        ),
    )
    return Layer(
        id=ALERTS,
        theme="environment",
        title=Text(ru="Тревоги наблюдений", en="Alerts of observations"),
        description=Text(
            ru="Когда превышались нормы и какие пункты молчат. Синтетические ряды названы в каждой строке.",
            en="When limits were passed, and which stations are silent. Synthetic series are named in each row.",
        ),
        source=Source(derived=ALERTS, licence=stations.source.licence, attribution=stations.source.attribution),
        fields=dict(_FIELDS),
        order=ORDER,
        keep=1,
        tiles=Tiles(minzoom=4, maxzoom=14),
        styles={"default": style},
    )
