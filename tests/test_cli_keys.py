"""altaigis keys: the token is shown once, and works until it is revoked."""

import subprocess

import pytest

from altaigis.store import keys
from commands import here
from observing import Observatory


def run(observatory: Observatory, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return here("keys", *arguments, database_url=observatory.url)


def test_add_list_revoke(observatory: Observatory) -> None:
    token = run(observatory, "add", "gauge 7", "--can", "observe", "--can", "edit:resort_sites").stdout.strip()
    found = keys.find(observatory.database, token)
    assert found is not None
    assert found.can == ("observe", "edit:resort_sites")
    listed = run(observatory, "list").stdout
    assert "gauge 7" in listed
    assert token not in listed
    assert run(observatory, "revoke", "gauge 7").returncode == 0
    assert keys.find(observatory.database, token) is None


@pytest.mark.parametrize("can", ["edit:districts", "edit:nothing", "everything"])
def test_what_cannot_be_edited_cannot_be_allowed(observatory: Observatory, can: str) -> None:
    refused = run(observatory, "add", "a", "--can", can)
    assert refused.returncode != 0
    assert refused.stderr.startswith("altaigis: ")
    assert "Traceback" not in refused.stderr
    assert keys.list_keys(observatory.database) == []
