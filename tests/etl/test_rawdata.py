"""Folders of raw files beside data/raw."""

from dataclasses import replace
from pathlib import Path

import pytest

from altaigis.errors import SourceError
from altaigis.etl import fingerprint
from altaigis.etl.fingerprint import checksums, pending
from altaigis.etl.pipeline import run
from altaigis.etl.rawdata import RawData
from altaigis.store.revisions import current_revisions
from projects import CSV, POINTS, Project


@pytest.fixture
def project(empty_project: Project) -> Project:
    empty_project.layer(POINTS)
    return empty_project


@pytest.fixture
def raw(project: Project, tmp_path: Path) -> RawData:
    """The project's folder and two of somebody's."""
    folders = tmp_path / "one", tmp_path / "two"
    for folder in folders:
        folder.mkdir()
    return RawData((project.raw, *folders))


def test_a_file_is_found_in_the_folder_that_has_it(raw: RawData) -> None:
    last = raw.folders[2] / "sites.csv"
    assert raw / "sites.csv" == raw.folders[0] / "sites.csv", "where it is missed, and where one is written"
    last.write_text(CSV)
    assert raw / "sites.csv" == last


def test_two_files_of_one_name_are_an_error_and_two_names_of_one_file_none(raw: RawData) -> None:
    first = raw.folders[1] / "sites.csv"
    first.write_text(CSV)
    (raw.folders[2] / "sites.csv").symlink_to(first)
    assert raw / "sites.csv" == first
    (raw.folders[0] / "sites.csv").write_text(CSV)
    with pytest.raises(SourceError, match=r"two raw files sites\.csv: .*raw/sites\.csv and .*one/sites\.csv; call one"):
        raw / "sites.csv"


def test_a_layer_of_a_file_elsewhere(project: Project, raw: RawData) -> None:
    (raw.folders[2] / "sites.csv").write_text(CSV)
    workspace = replace(project.workspace, raw=raw)
    layer = project.catalog.layer("sites")
    assert run(layer, workspace).loaded == 3
    assert list(checksums(layer, raw)) == ["sites.csv"]
    assert run(layer, workspace).outcome == "unchanged"
    revisions = current_revisions(workspace.database)
    assert pending([layer], raw, workspace.processed, revisions) == []
    (raw.folders[2] / "sites.csv").rename(project.raw / "sites.csv")
    assert run(layer, workspace).outcome == "unchanged", "it is the content that counts"
    (raw.folders[1] / "sites.csv").write_text(CSV)
    with pytest.raises(SourceError, match="two raw files"):
        run(layer, workspace)
    assert project.number() == 1


def test_parts_of_a_shapefile_lie_beside_it(project: Project, raw: RawData) -> None:
    project.layer(POINTS.replace("sites.csv", "north/sites.shp"))
    (raw.folders[1] / "north").mkdir()
    for suffix in (".shp", ".dbf", ".SHX"):
        (raw.folders[1] / "north" / f"sites{suffix}").write_bytes(b"synthetic")
    found = checksums(project.catalog.layer("sites"), raw)
    assert set(found) == {"north/sites.shp", "north/sites.dbf", "north/sites.SHX"}


def test_what_is_missing_everywhere_tells_the_way_out(project: Project, raw: RawData) -> None:
    with pytest.raises(
        SourceError, match=r"sites\.csv is missing, nor is it in .*one, .*two; .*--data or ALTAIGIS_DATA"
    ):
        run(project.catalog.layer("sites"), replace(project.workspace, raw=raw))


def test_a_file_is_summed_up_once_while_it_stays_as_it_is(
    project: Project, raw: RawData, monkeypatch: pytest.MonkeyPatch
) -> None:
    sites, summed = raw.folders[2] / "sites.csv", []

    def digest(path: Path) -> str:
        summed.append(path)
        return original(path)

    original = fingerprint._digest
    monkeypatch.setattr(fingerprint, "_digest", digest)
    layer = project.catalog.layer("sites")
    sites.write_text(CSV)
    first = checksums(layer, raw), checksums(layer, raw)
    assert len(summed) == 2, "what was written just now may be written again and not show it"
    monkeypatch.setattr(fingerprint, "_SETTLED_NS", 0)
    assert (checksums(layer, raw), checksums(layer, raw)) == first
    assert len(summed) == 3
    sites.write_text(CSV + "\n")
    assert checksums(layer, raw) != first[0]
