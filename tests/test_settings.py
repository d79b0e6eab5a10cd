"""Settings: what the environment may say, and how a wrong value is told."""

from pathlib import Path

import pytest

from altaigis.errors import SettingsError
from altaigis.settings import Settings, default_home, default_project, read_settings


def test_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    settings = read_settings()
    assert settings.contact == "AltaiGIS"
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert (settings.database_url, settings.public_url) == (None, None)
    assert settings.project == tmp_path
    assert settings.home == default_home()


def test_every_name_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    values = {
        "project": str(tmp_path),
        "data": f"{tmp_path}:~",
        "home": "~/gis",
        "database_url": "postgresql://gis@db/gis/",
        "host": "0.0.0.0",
        "port": "80",
        "public_url": "https://example.org/gis/",
        "contact": "Barnaul <gis@example.org>",
        "workers": "2",
        "results_days": "7",
        "jobs": "2",
        "job_seconds": "60",
        "job_memory_mb": "512",
        "demonstration": "0",
        "tile_cache_mb": "0",
    }
    assert set(values) == set(Settings.model_fields)
    for name, value in values.items():
        monkeypatch.setenv(f"ALTAIGIS_{name.upper()}", value)
    settings = read_settings()
    assert settings.layers_dir == tmp_path / "layers"
    assert settings.raw_dir == tmp_path / "data" / "raw"
    assert settings.raw_dirs == (tmp_path / "data" / "raw", tmp_path, Path.home())
    assert settings.processed_dir == tmp_path / "data" / "processed"
    assert settings.home == Path.home() / "gis"
    assert settings.database_url == "postgresql://gis@db/gis"
    assert settings.public_url == "https://example.org/gis"
    assert settings.contact == "Barnaul <gis@example.org>"
    assert (settings.host, settings.port, settings.tile_cache_mb) == ("0.0.0.0", 80, 0)
    assert (settings.jobs, settings.job_seconds, settings.job_memory_mb) == (2, 60, 512)
    assert not settings.demonstration


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Above all for the host: an empty one would open the server to the whole network."""
    monkeypatch.delenv(f"ALTAIGIS_{name.upper()}", raising=False)
    expected = read_settings()
    monkeypatch.setenv(f"ALTAIGIS_{name.upper()}", "")
    assert read_settings() == expected


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", "80.5", "8000 8001"])
def test_a_bad_port_is_named(monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv("ALTAIGIS_PORT", port)
    with pytest.raises(SettingsError, match=r"ALTAIGIS_PORT: .*got"):
        read_settings()


def test_all_bad_variables_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALTAIGIS_PORT", "http")
    monkeypatch.setenv("ALTAIGIS_TILE_CACHE_MB", "-5")
    with pytest.raises(SettingsError) as error:
        read_settings()
    assert [line.partition(":")[0] for line in str(error.value).splitlines()] == [
        "ALTAIGIS_PORT",
        "ALTAIGIS_TILE_CACHE_MB",
    ]


def test_the_project_is_found_from_a_folder_within(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "layers").mkdir()
    inside = tmp_path / "data" / "raw"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    assert default_project() == tmp_path


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read_settings().port = 1  # type: ignore[misc]


@pytest.mark.parametrize("url", ["nonsense", "ftp://host", "https://", "https://host/a b", "http://host?x=1"])
def test_a_public_url_is_a_web_address(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("ALTAIGIS_PUBLIC_URL", url)
    with pytest.raises(SettingsError, match="ALTAIGIS_PUBLIC_URL"):
        read_settings()


def test_folders_of_raw_files_are_added(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALTAIGIS_DATA", "one")
    assert read_settings([Path("two")]).data == (one, two)
    monkeypatch.setenv("ALTAIGIS_DATA", f"{one}:{tmp_path / 'three'}")
    with pytest.raises(SettingsError, match=r"ALTAIGIS_DATA: .*three is no folder"):
        read_settings()


def test_the_option_for_workers_beats_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALTAIGIS_WORKERS", "3")
    assert read_settings().workers == 3
    assert read_settings(workers=2).workers == 2
    monkeypatch.setenv("ALTAIGIS_WORKERS", "0")
    with pytest.raises(SettingsError, match="ALTAIGIS_WORKERS"):
        read_settings()
