"""Which format and language a client wants, and which parameters it may send."""

from collections.abc import Mapping

from fastapi import Request

from altaigis.domain.text import LANGUAGES, Language
from altaigis.encoders.formats import FORMATS
from altaigis.encoders.styles.formats import FORMATS as STYLE_FORMATS
from altaigis.errors import NotAcceptable, NotFound, ParameterError

#: Media types by their short name in ``f=``.
JSON, HTML, GEOJSON = "application/json", "text/html", "application/geo+json"
PROBLEM, OPENAPI = "application/problem+json", "application/vnd.oai.openapi+json;version=3.0"
SCHEMA, MVT = "application/schema+json", "application/vnd.mapbox-vector-tile"
PNG, WEBP = "image/png", "image/webp"
COG = "image/tiff; application=geotiff; profile=cloud-optimized"
XML, SVG, CSV = "application/xml", "image/svg+xml", "text/csv"

#: Parameters that every resource takes.
COMMON = frozenset({"f", "lang"})

#: What stands for bytes that are no UTF-8, and how it is written by who means it.
_UNREADABLE, _WRITTEN_UNREADABLE = "\ufffd", "%EF%BF%BD"

RESOURCE = {"json": JSON, "html": HTML}
FEATURE = {"json": GEOJSON, "geojson": GEOJSON, "html": HTML}
#: Pages to read and to walk, then the formats of whole files.
FEATURES = {"json": GEOJSON, "html": HTML} | {name: form.media_type for name, form in FORMATS.items()}

STYLE = {name: form.media_type for name, form in STYLE_FORMATS.items()}
LEGEND = {"svg": SVG, "png": PNG}


def parameters(request: Request, *allowed: str) -> Mapping[str, str]:
    """The query parameters.

    Raises:
        ParameterError: one is not known to this resource, stands there twice (OGC 17-069r4, 7.15), holds a NUL, or is
            an unknown language.
        NotFound: the path holds a NUL.
    """
    # PostgreSQL knows no text with a NUL character in it, so nothing can have such a name
    if "\x00" in request.scope["path"]:
        raise NotFound("there is nothing at an address with a NUL character")
    known = COMMON.union(allowed)
    asked = request.query_params.multi_items()
    for name, value in asked:
        if name not in known:
            raise ParameterError(name[:60], f"is not a parameter of this resource; it takes {', '.join(sorted(known))}")
        if len(asked) > len(request.query_params) and len(request.query_params.getlist(name)) > 1:
            raise ParameterError(name, "stands there more than once")
        if "\x00" in value:
            raise ParameterError(name, "holds a NUL character")
        if _UNREADABLE in name + value and _WRITTEN_UNREADABLE not in request.url.query.upper():
            raise ParameterError(name[:60], "is not in UTF-8")
    if "lang" in request.query_params:
        # told where nothing of the answer is in a language, too
        wanted_language(request)
    return request.query_params


def wanted_format(request: Request, offered: Mapping[str, str]) -> str:
    """The short name of the format to answer in: ``f`` beats ``Accept``; the first offer serves those who accept all.

    Raises:
        ParameterError: ``f`` names a format that is not offered.
        NotAcceptable: ``Accept`` names only others.
    """
    asked = request.query_params.get("f")
    if asked is not None:
        if asked not in offered:
            raise ParameterError("f", f"'{asked[:40]}' is not offered here; there are {', '.join(offered)}")
        return asked
    accept = request.headers.get("accept", "").strip() or "*/*"
    for media_range in _ranges(accept):
        for name, media_type in offered.items():
            if _covers(media_range, media_type):
                return name
    raise NotAcceptable(f"none of '{accept[:200]}' can be produced here; there are {', '.join(offered.values())}")


def wanted_language(request: Request) -> Language:
    """Russian or English: ``lang`` beats ``Accept-Language``; Russian for all others.

    Raises:
        ParameterError: ``lang`` names another language.
    """
    asked = request.query_params.get("lang")
    if asked is not None:
        for language in LANGUAGES:
            if asked.lower() == language:
                return language
        raise ParameterError("lang", f"'{asked[:20]}' is not offered; there are {', '.join(LANGUAGES)}")
    return _accepted_language(request)


def spoken_language(request: Request) -> Language:
    """The same where another language must not be one mistake more: on the page that tells of mistakes."""
    try:
        return wanted_language(request)
    except ParameterError:
        return _accepted_language(request)


def is_reader(request: Request) -> bool:
    """Whether somebody reads the answer to this request as a page, so that an error should be one: ``f`` says so, or
    ``Accept`` puts HTML before JSON, as browsers do."""
    asked = request.query_params.getlist("f")
    if asked in (["html"], ["json"]):
        return asked == ["html"]
    for media_range in _ranges(request.headers.get("accept", "")):
        if media_range.endswith("json") or _covers(media_range, JSON):
            return False
        if _covers(media_range, HTML):
            return True
    return False


def _accepted_language(request: Request) -> Language:
    for tag in _ranges(request.headers.get("accept-language", "")):
        for language in LANGUAGES:
            if tag.split("-")[0].lower() == language:
                return language
    return "ru"


def _ranges(header: str) -> list[str]:
    """The members of an Accept header by falling quality, those of quality 0 left out."""
    weighted = []
    for member in header.split(",")[:50]:
        name, *options = (part.strip() for part in member.split(";"))
        quality = next((_quality(o[2:]) for o in options if o.lower().startswith("q=")), 1.0)
        # What is no weight belongs to the media type, as in …;version=3.0
        kept = ";".join([name, *(o for o in options if not o.lower().startswith("q="))])
        if name and quality > 0:
            weighted.append((quality, kept))
    return [name for _, name in sorted(weighted, key=lambda pair: -pair[0])]


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _covers(media_range: str, media_type: str) -> bool:
    wanted, offered = media_range.lower().split(";")[0], media_type.lower().split(";")[0]
    if wanted in ("*/*", "*", offered):
        return True
    if wanted.endswith("/*"):
        return offered.startswith(wanted[:-1])
    # Whoever can read JSON can read the kinds of JSON that are offered here.
    return wanted == JSON and offered in (GEOJSON, SCHEMA, OPENAPI.split(";")[0])
