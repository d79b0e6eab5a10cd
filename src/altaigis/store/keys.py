"""Keys: made, listed, revoked, and found by their token.

A token is 256 random bits, so a plain SHA-256 is as good as a slow hash would be, and costs nothing per request.
"""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy import Column, DateTime, Engine, Identity, Integer, LargeBinary, Row, Table, Text, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from altaigis.domain.key import NAME, Key
from altaigis.errors import KeyNotFound, ParameterError
from altaigis.store.pool import transaction
from altaigis.store.schema import own

keys = Table(
    "keys",
    own,
    Column("key", Integer, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("can", ARRAY(Text), nullable=False),
    Column("created", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("last_used", DateTime(timezone=True)),
    Column("revoked", DateTime(timezone=True)),
)
_SHOWN = [column for column in keys.c if column.name != "hash"]
#: "Last used" is as exact as this, so that a busy key does not cost a write for each request.
USED_WITHIN = timedelta(minutes=1)


def add(database: Engine, name: str, can: tuple[str, ...]) -> str:
    """Make a key and give its token; nobody can be told it again.

    Raises:
        ParameterError: the name is unfit, or taken (by a revoked key too: the ledger names it).
    """
    if not NAME.fullmatch(name) or name != name.strip():
        raise ParameterError("name", "is 1 to 60 letters, digits, and . _ @ - or spaces between them")
    token = f"altai_{secrets.token_urlsafe(32)}"
    row = (
        insert(keys).values(name=name, hash=_hash(token), can=list(can)).on_conflict_do_nothing(index_elements=["name"])
    )
    with database.begin() as connection:
        made = connection.execute(row.returning(keys.c.key)).scalar_one_or_none()
    if made is None:
        raise ParameterError("name", f"there is a key '{name}' already, or there was")
    return token


def list_keys(database: Engine) -> list[Key]:
    """All keys, revoked ones too, in the order of their making."""
    with database.connect() as connection:
        return [_key(row) for row in connection.execute(select(*_SHOWN).order_by(keys.c.key))]


def revoke(database: Engine, name: str) -> None:
    """End a key. When this returns, no request that had begun with it can still write.

    Raises:
        KeyNotFound: no key of this name is in force.
    """
    ended = update(keys).where(keys.c.name == name, keys.c.revoked.is_(None)).values(revoked=func.now())
    with database.begin() as connection:
        if not connection.execute(ended).rowcount:
            raise KeyNotFound(f"there is no key '{name}' in force")


def find(database: Engine, token: str) -> Key | None:
    """The key in force that has this token; its use is noted.

    Raises:
        DatabaseUnavailable: the database does not answer.
    """
    with transaction(database) as connection:
        row = connection.execute(
            select(*_SHOWN).where(keys.c.hash == _hash(token), keys.c.revoked.is_(None))
        ).one_or_none()
        if row is None:
            return None
        rested = func.now() - USED_WITHIN
        used = update(keys).where(keys.c.key == row.key, func.coalesce(keys.c.last_used < rested, True))
        connection.execute(used.values(last_used=func.now()))
    return _key(row)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _key(row: Row[Any]) -> Key:
    return Key(row.key, row.name, tuple(row.can), row.created, row.last_used, row.revoked)
