"""Admission: who may write what."""

from anyio.to_thread import run_sync
from sqlalchemy import Engine

from altaigis.domain.key import Key
from altaigis.errors import Forbidden, Unauthorized
from altaigis.store import keys

#: What is told who shows no key.
NEEDED = "a key is needed: Authorization: Bearer TOKEN, or as the password of HTTP Basic"


async def recognise(database: Engine, token: str | None) -> Key:
    """The key of this token, whatever it allows; ``database`` is a blocking engine.

    Raises:
        Unauthorized: there is no token, or none in force.
    """
    if not token:
        raise Unauthorized(NEEDED)
    key = await run_sync(keys.find, database, token)
    if key is None:
        raise Unauthorized("this key is unknown, or has been revoked")
    return key


async def admit(database: Engine, token: str | None, permission: str) -> Key:
    """The key of this token, which allows this.

    Raises:
        Unauthorized: there is no token, or none in force.
        Forbidden: the key does not allow this.
    """
    key = await recognise(database, token)
    if permission not in key.can:
        raise Forbidden(f"the key '{key.name}' does not allow this; it needs: {permission}")
    return key
