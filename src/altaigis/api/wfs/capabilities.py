"""GetCapabilities: what this server offers, printed from what it does. Nothing is counted for it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from functools import lru_cache

from altaigis.api.landing import DESCRIPTION, TITLE
from altaigis.api.wfs.formats import output_formats
from altaigis.api.wfs.operators import constraint, operators
from altaigis.api.wfs.protocol import OPERATIONS, V10, V11, V20, VERSIONS, Version
from altaigis.api.wfs.request import GetCapabilities
from altaigis.api.wording import THEMES
from altaigis.domain.crs import CRS84
from altaigis.domain.extent import BBox
from altaigis.domain.layer import Layer
from altaigis.domain.revision import Revision
from altaigis.domain.text import Language
from altaigis.encoders.gml.versions import GML32, NAMESPACE, PREFIX
from altaigis.encoders.xml import element, escape, start
from altaigis.errors import ParameterError, SequenceUnknown
from altaigis.filters.params import MAX_LIMIT

#: Features of an answer to who names no number.
COUNT_DEFAULT = MAX_LIMIT
#: Languages as INSPIRE and ISO 639-2 call them.
_LANGUAGES: Mapping[str, Language] = {"rus": "ru", "ru": "ru", "eng": "en", "en": "en"}
#: What WFS 2.0 asks a server to tell of (OGC 09-025r2, table 13), but for what depends on the layers.
CONFORMANCE: Mapping[str, bool] = {
    "ImplementsBasicWFS": True,
    "ImplementsLockingWFS": False,
    "KVPEncoding": True,
    "XMLEncoding": True,
    "SOAPEncoding": False,
    "ImplementsInheritance": False,
    "ImplementsRemoteResolve": False,
    # exactly so, or QGIS asks for no second page
    "ImplementsResultPaging": True,
    "ImplementsStandardJoins": False,
    "ImplementsSpatialJoins": False,
    "ImplementsTemporalJoins": False,
    "ImplementsFeatureVersioning": False,
    "ManageStoredQueries": False,
    "PagingIsTransactionSafe": False,
}
_NAMESPACES = {
    "xmlns:xlink": "http://www.w3.org/1999/xlink",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xmlns:xs": "http://www.w3.org/2001/XMLSchema",
    f"xmlns:{PREFIX}": NAMESPACE,
}


@dataclass(frozen=True)
class Service:
    """What capabilities tell of. ``root`` is the server's address, ``contact`` who answers for it, with an address in
    angle brackets if there is one; ``layers`` are those that have data, and ``retired`` is when the last was taken
    away."""

    root: str
    contact: str
    language: Language
    layers: tuple[tuple[Layer, Revision], ...]
    retired: datetime | None = None

    @property
    def href(self) -> str:
        return f"{self.root}/wfs"

    @property
    def sequence(self) -> int:
        """A number that grows with each load and each edit, and with each layer that is taken away: the time of the
        last, in milliseconds."""
        times = [revision.created for _, revision in self.layers] + ([self.retired] if self.retired else [])
        return max((int(changed.timestamp() * 1000) for changed in times), default=0)

    @property
    def licences(self) -> str:
        return "; ".join(dict.fromkeys(layer.source.licence for layer, _ in self.layers)) or "NONE"

    @property
    def keywords(self) -> list[str]:
        themes = dict.fromkeys(layer.theme for layer, _ in self.layers)
        return ["AltaiGIS", *(THEMES[theme].in_(self.language) for theme in themes)]

    @property
    def is_editable(self) -> bool:
        return any(layer.editable for layer, _ in self.layers)

    def offered(self, version: Version) -> list[str]:
        """Names of the operations that there are."""
        return [
            name
            for name, (versions, _) in OPERATIONS.items()
            if version in versions and (name != "Transaction" or self.is_editable)
        ]


def language_named(name: str | None) -> Language | None:
    """The language of a parameter, of two or three letters; None where it is no other than the default."""
    return _LANGUAGES.get((name or "").strip().lower()[:3].rstrip("-_"))


def document(asked: GetCapabilities, service: Service) -> bytes:
    """The document, or the part of it that the client asks for; hardly anything where the client has it already.

    Raises:
        ParameterError: there is no such section.
        SequenceUnknown: the client has one that has not been yet.
    """
    wanted = {name.lower(): name for name in asked.sections} or {"all": "All"}
    for name, written in wanted.items():
        if name not in _SECTIONS and name != "all":
            raise ParameterError(
                "sections", f"'{written[:40]}' is no section; there are All, {', '.join(_SECTIONS.values())}"
            )
    sections = frozenset(_SECTIONS if "all" in wanted else wanted)
    if asked.sequence is not None:
        if not (asked.sequence.isdecimal() and int(asked.sequence[:20]) <= service.sequence):
            raise SequenceUnknown(
                "updateSequence", f"'{asked.sequence[:40]}' has not been yet; it is {service.sequence}"
            )
        if int(asked.sequence) == service.sequence and asked.version is not V10:
            sections = frozenset()
    return _written(asked.version, service, sections)


_SECTIONS = {
    name.lower(): name
    for name in (
        "ServiceIdentification", "ServiceProvider", "OperationsMetadata", "FeatureTypeList", "Filter_Capabilities",
    )
}  # fmt: skip


@lru_cache(maxsize=32)
def _written(version: Version, service: Service, sections: frozenset[str]) -> bytes:
    """Kept, for clients ask for it each time, and its layers may be a hundred."""
    if version is V10:
        return _of_1_0(service)
    printers: Mapping[str, Callable[[Service, Version], str]] = {
        "serviceidentification": _identification,
        "serviceprovider": lambda service, _: _provider(service),
        "operationsmetadata": _operations,
        "featuretypelist": _types,
        "filter_capabilities": lambda _, version: operators(version),
    }
    # 1.1.0 has no document without the last of them
    kept = sections | ({"filter_capabilities"} if version is V11 else set())
    parts = (printer(service, version) for name, printer in printers.items() if name in kept)
    return _document(version, service, "\n".join(parts))


def _document(version: Version, service: Service, content: str) -> bytes:
    filters = "fes" if version is V20 else "ogc"
    attributes = {
        "xmlns:wfs": version.wfs,
        "xmlns": version.wfs,
        **({} if version is V10 else {"xmlns:ows": version.ows}),
        f"xmlns:{filters}": version.filters,
        "xmlns:gml": version.gml.namespace,
        **_NAMESPACES,
        "xsi:schemaLocation": f"{version.wfs} {version.schema}",
        "version": version.number,
        "updateSequence": service.sequence,
    }
    tag = "wfs:WFS_Capabilities"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{start(tag, attributes)}\n{content}\n</{tag}>\n'.encode()


def _texts(name: str, texts: Iterable[str]) -> str:
    return "".join(element(name, {}, escape(text)) for text in texts)


def _keywords(words: Sequence[str]) -> str:
    return element("ows:Keywords", {}, _texts("ows:Keyword", words))


# 2.0 and 1.1: OWS Common


def _identification(service: Service, version: Version) -> str:
    spoken = VERSIONS if version is V20 else (version,)
    return element(
        "ows:ServiceIdentification",
        {},
        _texts("ows:Title", [TITLE.in_(service.language)]),
        _texts("ows:Abstract", [DESCRIPTION.in_(service.language)]),
        _keywords(service.keywords),
        _texts("ows:ServiceType", ["WFS"]),
        _texts("ows:ServiceTypeVersion", (known.number for known in spoken)),
        _texts("ows:Fees", ["NONE"]),
        _texts("ows:AccessConstraints", [service.licences]),
    )


def _provider(service: Service) -> str:
    name, mail = parseaddr(service.contact)
    address = element("ows:Address", {}, _texts("ows:ElectronicMailAddress", [mail] if name and mail else []))
    return element(
        "ows:ServiceProvider",
        {},
        _texts("ows:ProviderName", [name or service.contact]),
        element("ows:ProviderSite", {"xlink:href": f"{service.root}/"}),
        element(
            "ows:ServiceContact",
            {},
            element("ows:ContactInfo", {}, address, element("ows:OnlineResource", {"xlink:href": f"{service.root}/"})),
            *([_texts("ows:Role", ["pointOfContact"])]),
        ),
    )


def _operations(service: Service, version: Version) -> str:
    claims = [*CONFORMANCE.items(), ("ImplementsTransactionalWFS", service.is_editable)]
    constraints = [constraint(name, holds=holds) for name, holds in claims] + [
        _count_default(),
        element("ows:Constraint", {"name": "QueryExpressions"}, _values(V20, ["wfs:Query", "wfs:StoredQuery"])),
    ]
    shared = [("version", [known.number for known in VERSIONS])] if version is V20 else []
    return element(
        "ows:OperationsMetadata",
        {},
        *(_operation(name, service, version) for name in service.offered(version)),
        *(_parameter(version, name, values) for name, values in shared),
        *(constraints if version is V20 else []),
    )


def _count_default() -> str:
    number = _texts("ows:DefaultValue", [str(COUNT_DEFAULT)])
    return element("ows:Constraint", {"name": "CountDefault"}, element("ows:NoValues", {}), number)


def _operation(name: str, service: Service, version: Version) -> str:
    _, by_address = OPERATIONS[name]
    ways = [element("ows:Get", {"xlink:href": service.href})] if by_address else []
    ways.append(element("ows:Post", {"xlink:href": service.href}))
    return element(
        "ows:Operation",
        {"name": name},
        element("ows:DCP", {}, element("ows:HTTP", {}, *ways)),
        *(_parameter(version, key, values) for key, values in _parameters(name, version).items()),
        # GDAL looks for it here alone, and has pages of a hundred otherwise
        _count_default() if name == "GetFeature" and version is V20 else "",
    )


def _parameters(operation: str, version: Version) -> Mapping[str, Sequence[str]]:
    """The values that the parameters of an operation may have, where there are few."""
    formats = output_formats(version)
    match operation:
        case "GetCapabilities":
            sections = {"Sections": tuple(_SECTIONS.values())} if version is V20 else {}
            return {"AcceptVersions": [known.number for known in VERSIONS], "AcceptFormats": ["text/xml"], **sections}
        case "DescribeFeatureType":
            return {"outputFormat": version.gml.output_formats}
        case "GetFeature":
            return {"resultType": ["results", "hits"], "outputFormat": formats}
        case "GetPropertyValue":
            return {"resultType": ["results", "hits"], "outputFormat": GML32.output_formats}
    return {}


def _parameter(version: Version, name: str, values: Sequence[str]) -> str:
    return element("ows:Parameter", {"name": name}, _values(version, values))


def _values(version: Version, values: Sequence[str]) -> str:
    told = _texts("ows:Value", values)
    return element("ows:AllowedValues", {}, told) if version is V20 else told


def _types(service: Service, version: Version) -> str:
    if not service.layers:
        return ""
    head = "" if version is V20 else _operations_of_1_1(["Query"])
    return element(
        "wfs:FeatureTypeList",
        {},
        head,
        *(_type(layer, revision, service, version) for layer, revision in service.layers),
    )


def _type(layer: Layer, revision: Revision, service: Service, version: Version) -> str:
    described = [layer.description.in_(service.language)] if layer.description else []
    home = f"{service.root}/collections/{layer.id}?f=html"
    formats = element("wfs:OutputFormats", {}, _texts("wfs:Format", output_formats(version)))
    return "\n" + element(
        "wfs:FeatureType",
        {},
        _texts("wfs:Name", [f"{PREFIX}:{layer.id}"]),
        _texts("wfs:Title", [layer.title.in_(service.language)]),
        _texts("wfs:Abstract", described),
        _keywords([THEMES[layer.theme].in_(service.language), layer.id]),
        _systems(layer, version),
        "" if version is V20 else _operations_of_1_1(_editing(layer)),
        formats,
        _extent(revision.extent),
        element("wfs:MetadataURL", {"xlink:href": home}) if version is V20 else "",
    )


def _editing(layer: Layer) -> Sequence[str]:
    return ("Query", "Insert", "Update", "Delete") if layer.editable else ("Query",)


def _operations_of_1_1(names: Sequence[str]) -> str:
    return element("wfs:Operations", {}, _texts("wfs:Operation", names))


def _systems(layer: Layer, version: Version) -> str:
    word = "CRS" if version is V20 else "SRS"
    if layer.geometry_field is None:
        return element(f"wfs:No{word}", {})
    default, *others = systems(layer, version)
    return _texts(f"wfs:Default{word}", [default]) + _texts(f"wfs:Other{word}", others)


def systems(layer: Layer, version: Version) -> list[str]:
    """The names of the CRSs that a layer can be asked in, that of the version first."""
    known = dict.fromkeys([version.crs_name, *(version.spelled(crs) for crs in layer.crs)])
    return [*known, CRS84.urn] if version is V20 else list(known)


def _extent(extent: BBox | None) -> str:
    if extent is None:
        return ""
    lower, upper = f"{extent.west} {extent.south}", f"{extent.east} {extent.north}"
    return element("ows:WGS84BoundingBox", {}, _texts("ows:LowerCorner", [lower]) + _texts("ows:UpperCorner", [upper]))


# 1.0


def _of_1_0(service: Service) -> bytes:
    about = element(
        "wfs:Service",
        {},
        _texts("wfs:Name", ["WFS"]),
        _texts("wfs:Title", [TITLE.in_(service.language)]),
        _texts("wfs:Abstract", [DESCRIPTION.in_(service.language)]),
        _texts("wfs:Keywords", [", ".join(service.keywords)]),
        _texts("wfs:OnlineResource", [f"{service.root}/"]),
        _texts("wfs:Fees", ["NONE"]),
        _texts("wfs:AccessConstraints", [service.licences]),
    )
    heads = {
        "DescribeFeatureType": element("wfs:SchemaDescriptionLanguage", {}, element("wfs:XMLSCHEMA", {})),
        "GetFeature": element("wfs:ResultFormat", {}, element("wfs:GML2", {})),
    }
    # Old clients put their parameters right behind the address
    by_address, by_post = _way_of_1_0("Get", f"{service.href}?"), _way_of_1_0("Post", service.href)
    by_both = by_address + by_post
    asked = (
        element(f"wfs:{name}", {}, heads.get(name, ""), by_both if OPERATIONS[name][1] else by_post)
        for name in service.offered(V10)
    )
    types = (_type_of_1_0(layer, revision, service) for layer, revision in service.layers)
    parts = (
        about,
        element("wfs:Capability", {}, element("wfs:Request", {}, *asked)),
        element("wfs:FeatureTypeList", {}, element("wfs:Operations", {}, element("wfs:Query", {})), *types),
        operators(V10),
    )
    return _document(V10, service, "\n".join(parts))


def _way_of_1_0(way: str, href: str) -> str:
    return element("wfs:DCPType", {}, element("wfs:HTTP", {}, element(f"wfs:{way}", {"onlineResource": href})))


def _type_of_1_0(layer: Layer, revision: Revision, service: Service) -> str:
    described = [layer.description.in_(service.language)] if layer.description else []
    box = revision.extent
    corners = box and dict(zip(("minx", "miny", "maxx", "maxy"), box.as_list(), strict=True))
    return "\n" + element(
        "wfs:FeatureType",
        {},
        _texts("wfs:Name", [f"{PREFIX}:{layer.id}"]),
        _texts("wfs:Title", [layer.title.in_(service.language)]),
        _texts("wfs:Abstract", described),
        _texts("wfs:Keywords", [f"{THEMES[layer.theme].in_(service.language)}, {layer.id}"]),
        _texts("wfs:SRS", [V10.crs_name]),
        element("wfs:Operations", {}, *(element(f"wfs:{name}", {}) for name in _editing(layer))),
        element("wfs:LatLongBoundingBox", corners) if corners else "",
    )
