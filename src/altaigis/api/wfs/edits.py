"""Transaction: edits by a key, and what became of them."""

from collections.abc import Sequence

from anyio.to_thread import run_sync
from fastapi import Response

from altaigis.api.state import State
from altaigis.api.wfs.exceptions import XML
from altaigis.api.wfs.exchange import Exchange
from altaigis.api.wfs.protocol import V10, V20, Version
from altaigis.api.wfs.request import Transaction
from altaigis.api.wfs.transaction import read_deletion, read_transaction
from altaigis.api.writing import token
from altaigis.domain.key import Key
from altaigis.domain.layer import Layer
from altaigis.domain.transaction import Changed, Outcome
from altaigis.encoders.xml import element
from altaigis.errors import Forbidden, OperationNotSupported, TransactionRefused
from altaigis.filters.gml_ids import gml_id

_XSI = "http://www.w3.org/2001/XMLSchema-instance"


async def answer(exchange: Exchange, asked: Transaction) -> Response:
    """All actions of a transaction are done, or none of them.

    Raises:
        Unauthorized, Forbidden: the key is missing, or may not edit one of the layers.
        TransactionRefused: an action cannot be done; tells which.
        ParameterError: it is no transaction of its version.
    """
    services, shown = exchange.services, token(exchange.request)
    if exchange.request.method != "POST":
        raise OperationNotSupported("request", "a Transaction is sent by POST")
    # before anything else is read for somebody who may not write
    await services.editing.recognise(shown)
    if asked.body is not None:
        wanted = await run_sync(read_transaction, asked.body, asked.version.number, services.catalog)
    else:
        wanted = await run_sync(read_deletion, asked.parameters, services.catalog)
    keys = [await _admitted(services, shown, layer) for layer in wanted.layers]
    outcome = await services.editing.transact(keys[0], wanted) if keys else Outcome()
    return Response(_document(asked.version, outcome), 200, {"Cache-Control": "no-store"}, XML)


async def _admitted(services: State, shown: str | None, layer: Layer) -> Key:
    try:
        return await services.editing.admit(shown, layer)
    except Forbidden as error:
        raise TransactionRefused(error, place=layer.id) from None


def _document(version: Version, outcome: Outcome) -> bytes:
    # What a load would warn of; the protocol has no place for it
    warnings = "".join(f"<!-- {warning.replace('--', '==')} -->\n" for warning in outcome.warnings)
    body = _of_1_0(outcome) if version is V10 else _summary(version, outcome)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{warnings}{body}\n'.encode()


def _of_1_0(outcome: Outcome) -> str:
    attributes = {
        "xmlns:wfs": V10.wfs,
        "xmlns:ogc": V10.filters,
        "xmlns:xsi": _XSI,
        "xsi:schemaLocation": f"{V10.wfs} {V10.schema.replace('WFS-capabilities', 'WFS-transaction')}",
        "version": V10.number,
    }
    inserted = (
        element("wfs:InsertResult", {"handle": one.handle}, _identifier(gml_id(one.layer, one.fid), V10))
        for one in outcome.inserted
    )
    status = element("wfs:TransactionResult", {}, element("wfs:Status", {}, element("wfs:SUCCESS", {})))
    return element("wfs:WFS_TransactionResponse", attributes, *inserted, status)


def _summary(version: Version, outcome: Outcome) -> str:
    is_new = version is V20
    totals = {
        "Inserted": outcome.inserted,
        "Updated": outcome.updated,
        **({"Replaced": outcome.replaced} if is_new else {}),
        "Deleted": outcome.deleted,
    }
    summary = "".join(element(f"wfs:total{name}", {}, str(len(changed))) for name, changed in totals.items())
    results = {"Insert": outcome.inserted} | (
        {"Update": outcome.updated, "Replace": outcome.replaced} if is_new else {}
    )
    attributes = {
        "xmlns:wfs": version.wfs,
        "xmlns:fes" if is_new else "xmlns:ogc": version.filters,
        "xmlns:xsi": _XSI,
        "xsi:schemaLocation": f"{version.wfs} {version.schema}",
        "version": version.number,
    }
    told = "".join(_results(f"wfs:{name}Results", changed, version) for name, changed in results.items())
    return element("wfs:TransactionResponse", attributes, element("wfs:TransactionSummary", {}, summary), told)


def _results(name: str, changed: Sequence[Changed], version: Version) -> str:
    """The ids of the features, each with the handle of its action; nothing where there are none."""
    if not changed:
        return ""
    found = (
        element("wfs:Feature", {"handle": one.handle}, _identifier(gml_id(one.layer, one.fid), version))
        for one in changed
    )
    return element(name, {}, *found)


def _identifier(name: str, version: Version) -> str:
    return element("fes:ResourceId", {"rid": name}) if version is V20 else element("ogc:FeatureId", {"fid": name})
