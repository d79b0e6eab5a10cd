"""What the pages offer to copy does what it says: the Python is run as it stands, curl and GDAL as commands."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from lxml import html

from clients.conftest import PROGRAM_SECONDS, Counted, run

ROWS = {"districts": 69, "limits": 138, "resort_sites": 32}


def way(server_url: str, layer: str, name: str) -> str:
    page = httpx.get(f"{server_url}/collections/{layer}?f=html&lang=en").raise_for_status().text
    (code,) = html.document_fromstring(page).xpath(f"//details[@id='{name}']//pre/code")
    return str(code.text_content())


@pytest.mark.parametrize("layer", ROWS)
def test_the_python_runs(server_url: str, layer: str) -> None:
    for name, told in (("python", f"print(len({layer}))"), ("client", "")):
        printed = run(sys.executable, "-c", f"{way(server_url, layer, name)}\n{told}")
        assert printed.strip().splitlines()[-1].split()[0] == str(ROWS[layer]), name


@pytest.mark.parametrize("layer", ROWS)
@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_brings_the_files(server_url: str, layer: str, tmp_path: Path) -> None:
    for line in way(server_url, layer, "curl").strip().splitlines():
        done = subprocess.run(
            line.replace("curl ", "curl -sSf ", 1),
            shell=True,
            cwd=tmp_path,
            capture_output=True,
            timeout=PROGRAM_SECONDS,
        )
        assert done.returncode == 0, done.stderr
        content = done.stdout or (tmp_path / f"{layer}.geojson").read_bytes()
        assert content.count(b'"Feature"') == (min(10, content.count(b'"Feature"')) if done.stdout else ROWS[layer])
        assert b'"Feature"' in content


@pytest.mark.skipif(shutil.which("ogr2ogr") is None, reason="GDAL's programs are not installed")
def test_gdal_makes_the_file(server_url: str, tmp_path: Path) -> None:
    subprocess.run(way(server_url, "districts", "gdal"), shell=True, cwd=tmp_path, check=True, timeout=PROGRAM_SECONDS)
    assert (tmp_path / "districts.gpkg").stat().st_size > 100_000


@pytest.mark.skipif(shutil.which("ogr2ogr") is None, reason="GDAL's programs are not installed")
def test_gdal_asks_for_one_page(counted: Counted, tmp_path: Path) -> None:
    subprocess.run(way(counted.url, "districts", "gdal"), shell=True, cwd=tmp_path, check=True, timeout=PROGRAM_SECONDS)
    assert any("limit=10000" in path for path in counted.paths)
    assert not any("after=" in path for path in counted.paths)


@pytest.mark.parametrize("layer", ROWS)
def test_the_addresses_in_r_answer(server_url: str, layer: str) -> None:
    code = way(server_url, layer, "r")
    (address,) = re.findall(r'"(http[^"]+)"', code)
    assert httpx.get(address).status_code == 200
    assert code.count("(") == code.count(")")
