"""Relations of OpenStreetMap, as an Overpass server sends them."""

from typing import Any

import orjson

from altaigis.domain.remote import OverpassAnswer
from altaigis.errors import RemoteUnavailable
from altaigis.etl.sources.remote.fetch import Fetcher
from altaigis.etl.sources.remote.ows import short
from altaigis.etl.sources.remote.part import Part


async def fetch_overpass(remote: OverpassAnswer, fetcher: Fetcher, part: Part) -> None:
    """Bring what the relations or the query give into the part, without the server's notes on the moment.

    Raises:
        RemoteUnavailable: the server sends something else, stopped on the way, or knows a relation no more.
    """
    body = await fetcher.ask(fetcher.request("POST", remote.overpass, data={"data": _query(remote)}))
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RemoteUnavailable(f"{remote.address} sent what is no JSON (does the query say [out:json]?)") from error
    if not isinstance(answer, dict) or not isinstance(answer.get("elements"), list):
        raise RemoteUnavailable(f"{remote.address} sent JSON without elements")
    if answer.get("remark"):
        raise RemoteUnavailable(f"{remote.address} stopped on the way: {short(str(answer['remark']))}")
    elements = answer["elements"]
    if not elements:
        raise RemoteUnavailable(f"{remote.address} found nothing")
    came = {element.get("id") for element in elements if _is_relation(element)}
    if missing := [str(number) for number in remote.relations if number not in came]:
        raise RemoteUnavailable(f"{remote.address} knows no relation {', '.join(missing[:20])}")
    part.begin("")
    part.path.write_bytes(orjson.dumps({"elements": elements}))
    fetcher.tell(len(elements), len(elements))


def _is_relation(element: Any) -> bool:
    return isinstance(element, dict) and element.get("type") == "relation"


def _query(remote: OverpassAnswer) -> str:
    if remote.query:
        return remote.query
    ids = ",".join(map(str, remote.relations))
    return f"[out:json][timeout:{max(1, int(remote.timeout))}];relation(id:{ids});out geom;"
