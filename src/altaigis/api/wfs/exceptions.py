"""Refusals in the words of WFS: the report of the version that was asked, one table for the codes."""

from collections.abc import Mapping
from typing import NamedTuple

from altaigis import errors
from altaigis.api import errors as http
from altaigis.api.wfs.protocol import V10, V11, V20, Version
from altaigis.encoders.xml import element, escape

XML = "text/xml; charset=utf-8"
#: The codes that 1.1.0 has; its reports call all others by the last.
_OLD_CODES = frozenset(
    {
        "OperationNotSupported", "MissingParameterValue", "InvalidParameterValue", "VersionNegotiationFailed",
        "InvalidUpdateSequence", "NoApplicableCode",
    }
)  # fmt: skip
NO_CODE = "NoApplicableCode"
#: Parameters that the older versions have other names for.
_OLD_NAMES = {"typeNames": "typeName", "count": "maxFeatures", "resourceId": "featureID"}

#: Code of each failure, and its status where that is another than elsewhere (OGC 09-025r2, table D.2); a class that is
#: not listed takes those of its nearest ancestor.
TABLE: Mapping[type[errors.AltaiError], tuple[str, int | None]] = {
    errors.AltaiError: (NO_CODE, None),
    errors.ParameterError: ("InvalidParameterValue", None),
    errors.MissingParameter: ("MissingParameterValue", None),
    errors.OperationNotSupported: ("OperationNotSupported", None),
    errors.OptionNotSupported: ("OptionNotSupported", None),
    errors.VersionNotSupported: ("VersionNegotiationFailed", None),
    errors.SequenceUnknown: ("InvalidUpdateSequence", None),
    errors.Unreadable: ("OperationParsingFailed", None),
    errors.UnsupportedMediaType: ("OperationParsingFailed", None),
    errors.NotFound: ("NotFound", None),
    errors.LayerNotFound: ("InvalidParameterValue", 400),
    errors.EditRefused: ("InvalidValue", None),
    errors.TooManyChanges: ("OperationProcessingFailed", 403),
    errors.EditConflict: ("OperationProcessingFailed", 403),
    errors.FeatureExists: ("OperationProcessingFailed", 403),
}
#: What the server or a key is in the way of has its status in every version, for programs in between and logins heed
#: it; the older versions know no other than 200, and some of their clients show a report with none else.
_ALWAYS_TOLD = frozenset({401, 413, 414, 415, 500, 503})


class Refusal(NamedTuple):
    """Status and body of a refusal."""

    status: int
    body: bytes


def refusal(error: errors.AltaiError, version: Version) -> Refusal:
    """The report of a failure that is foreseen."""
    cause, locator, text = error, getattr(error, "parameter", None), str(error)
    if version is not V20 and locator in _OLD_NAMES:
        text = f"{_OLD_NAMES[locator]}{text.removeprefix(locator)}"
        locator = _OLD_NAMES[locator]
    if isinstance(error, errors.TransactionRefused):
        # The handle is the client's own name for what is wrong; the text tells of the feature
        cause = error.cause
        locator = error.handle or error.fid or error.place or getattr(cause, "parameter", None)
    kinds = type(cause).__mro__
    code, status = next(TABLE[kind] for kind in kinds if kind in TABLE)
    usual = next(http.TABLE[kind][0] for kind in kinds if kind in http.TABLE)
    return _report(version, status or usual, code, text, locator)


def of_method(method: str, allowed: str) -> Refusal:
    """The report of a method of HTTP that the address does not have; nothing tells a version then."""
    text = f"{method[:20]} is not for this address: {allowed}"
    return _report(V20, 405, "OperationNotSupported", text, "request")


def too_long(text: str, version: Version) -> Refusal:
    """The report of an address that is longer than is read."""
    return _report(version, 414, "OperationParsingFailed", text, "request")


def unforeseen(version: Version) -> Refusal:
    """The report of a failure that nobody has foreseen."""
    return _report(version, 500, NO_CODE, "the server met an error of its own; it is in the server's log", None)


def _report(version: Version, status: int, code: str, text: str, locator: str | None) -> Refusal:
    known = code if version is V20 or code in _OLD_CODES else NO_CODE
    if version is not V20 and status not in _ALWAYS_TOLD:
        status = 200
    where = f"{version.ows} {version.exception_schema}"
    begun = {
        "xmlns" if version is V10 else "xmlns:ows": version.ows,
        "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
        "xsi:schemaLocation": where,
        "version": {V20: "2.0.0", V11: "1.0.0", V10: "1.2.0"}[version],
    }
    if version is V10:
        told = element("ServiceException", {"code": known, "locator": locator}, escape(text))
        body = element("ServiceExceptionReport", begun, told)
    else:
        told = element("ows:ExceptionText", {}, escape(text))
        exception = element("ows:Exception", {"exceptionCode": known, "locator": locator}, told)
        body = element("ows:ExceptionReport", begun | ({"xml:lang": "en"} if version is V20 else {}), exception)
    return Refusal(status, f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'.encode())
