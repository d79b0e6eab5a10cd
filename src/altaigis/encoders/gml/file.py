"""A file of GML 3.2, simple features profile: the same collection of features that WFS 2.0 has."""

from collections.abc import AsyncIterator

from altaigis.domain.extract import Extract, Form, Texts
from altaigis.domain.query import FeatureQuery
from altaigis.encoders.format import Format
from altaigis.encoders.gml.collection import Collection, features
from altaigis.encoders.gml.members import member_form
from altaigis.encoders.gml.versions import GML32


def encode(extract: Extract, batches: Texts) -> AsyncIterator[bytes]:
    """A FeatureCollection that names the application schema of its members."""
    schema = f"{extract.href}/schema?f=xsd"
    return features(Collection(GML32, schema, extract.matched, extract.returned), batches)


def form(query: FeatureQuery) -> Form:
    """Members of the collection."""
    return member_form(query, GML32, query.crs.urn)


FORMAT = Format("GML 3.2", GML32.media_type, "gml", form, encode, follows_axes=True)
