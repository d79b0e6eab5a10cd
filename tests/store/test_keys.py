"""Keys: made once, found by token, ended at once."""

from datetime import UTC, datetime, timedelta

import pytest

from altaigis.domain.key import permissions
from altaigis.errors import KeyNotFound, ParameterError
from altaigis.store import keys
from observing import Observatory


def test_permissions() -> None:
    assert permissions("observe, edit:resort_sites,observe") == ("observe", "edit:resort_sites")
    for wrong in ("", ",", "edit", "edit:", "all", "observe;run"):
        with pytest.raises(ParameterError, match="edit:LAYER, observe, run"):
            permissions(wrong)


def test_a_key_is_found_by_its_token_alone(observatory: Observatory) -> None:
    token = keys.add(observatory.database, "gauge 7", ("observe", "run"))
    other = keys.add(observatory.database, "office", ("run",))
    found = keys.find(observatory.database, token)
    assert found is not None
    assert (found.name, found.can, found.revoked) == ("gauge 7", ("observe", "run"), None)
    assert len({token, other}) == 2
    assert len(token) > 40
    for wrong in ("", "gauge 7", token[:-1], token + "a", token.upper(), "\ud800", "\x00"):
        assert keys.find(observatory.database, wrong) is None


def test_the_token_is_nowhere_in_the_database(observatory: Observatory) -> None:
    token = keys.add(observatory.database, "gauge", ("observe",))
    row = observatory.one("SELECT k::text || encode(hash, 'escape') FROM altaigis.keys k")
    assert token not in row
    assert token.removeprefix("altai_")[:10] not in row


def test_names_are_given_once(observatory: Observatory) -> None:
    keys.add(observatory.database, "gauge", ("observe",))
    keys.revoke(observatory.database, "gauge")
    for name in ("gauge", "", " x", "a\nb", "x" * 61):
        with pytest.raises(ParameterError):
            keys.add(observatory.database, name, ("observe",))


def test_a_revoked_key_is_listed_and_not_found(observatory: Observatory) -> None:
    token = keys.add(observatory.database, "gauge", ("observe",))
    keys.revoke(observatory.database, "gauge")
    assert keys.find(observatory.database, token) is None
    (listed,) = keys.list_keys(observatory.database)
    assert listed.revoked is not None
    assert abs(listed.revoked - datetime.now(UTC)) < timedelta(minutes=1)
    for name in ("gauge", "nobody"):
        with pytest.raises(KeyNotFound):
            keys.revoke(observatory.database, name)


def test_use_is_noted(observatory: Observatory) -> None:
    token = keys.add(observatory.database, "gauge", ("observe",))
    assert keys.list_keys(observatory.database)[0].last_used is None
    keys.find(observatory.database, token)
    used = keys.list_keys(observatory.database)[0].last_used
    assert used is not None
    keys.find(observatory.database, token)
    assert keys.list_keys(observatory.database)[0].last_used == used, "a write a minute is enough"
