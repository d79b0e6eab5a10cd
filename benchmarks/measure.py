"""What the benchmarks share: a private installation in an empty folder, and a server in it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
#: Beside the repository, where it is there.
FULL_DISTRICTS = ROOT.parent / "shared" / "testdata" / "altai_krai_municipalities_osm.geojson"
PATIENCE_SECONDS = 300


class Place:
    """A home and a data/processed of their own, for the layers and raw data of this repository."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        project = folder / "project"
        self.processed = project / "data" / "processed"
        self.processed.mkdir(parents=True)
        self._layers = project / "layers"
        self._layers.symlink_to(ROOT / "layers")
        self._raw = project / "data" / "raw"
        self._raw.symlink_to(ROOT / "data" / "raw")
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._log = folder / "log"
        own = {"ALTAIGIS_PROJECT": str(project), "ALTAIGIS_HOME": str(folder / "home"), "ALTAIGIS_PORT": str(port)}
        outer = {name: value for name, value in os.environ.items() if not name.startswith("ALTAIGIS_")}
        self._environment = outer | own

    def replace_raw(self, name: str, write: Callable[[Path], None]) -> None:
        """Put another file in the place of one of the raw data, for this place alone."""
        self._raw.unlink()
        shutil.copytree(ROOT / "data" / "raw", self._raw)
        write(self._raw / name)

    def add_layer(self, layer_file: str, name: str, write: Callable[[Path], None]) -> None:
        """One more layer, for this place alone: its layer file, and the raw file that it is made of."""
        self.replace_raw(name, write)
        self._layers.unlink()
        shutil.copytree(ROOT / "layers", self._layers)
        (self._layers / f"{Path(name).stem}.yaml").write_text(layer_file, encoding="utf-8")

    def run(self, *arguments: str) -> str:
        """One command of altaigis, which must end well; what it prints."""
        done = subprocess.run(self._command(arguments), env=self._environment, text=True, capture_output=True)
        if done.returncode:
            sys.exit(f"altaigis {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    @contextmanager
    def server(self, **settings: str) -> Iterator["subprocess.Popen[bytes]"]:
        """``altaigis up`` with these settings, ready; stopped in order at the end, with its database."""
        with self._log.open("ab") as log:
            server = subprocess.Popen(self._command(["up"]), env=self._environment | settings, stdout=log, stderr=log)
        try:
            self._wait_until_ready(server)
            yield server
        finally:
            if server.poll() is None:
                server.send_signal(signal.SIGINT)
                server.wait(timeout=60)

    def get(self, path: str) -> int:
        """Ask for a path and read the answer; its status."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=60) as answer:
                answer.read()
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def _wait_until_ready(self, server: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if server.poll() is not None:
                sys.exit(f"altaigis up ended with {server.returncode}:\n{self._log.read_text()}")
            try:
                if self.get("/readyz") == 200:
                    return
            except (urllib.error.URLError, TimeoutError):
                pass
            time.sleep(0.02)
        sys.exit(f"not ready within {PATIENCE_SECONDS} seconds:\n{self._log.read_text()}")

    @staticmethod
    def _command(arguments: Sequence[str]) -> list[str]:
        return [sys.executable, "-m", "altaigis", *arguments]


@contextmanager
def empty_place() -> Iterator[Place]:
    """A new place, removed at the end. PostgreSQL runs as another user, so the folder is open to be passed through."""
    folder = Path(tempfile.mkdtemp(prefix="altaigis-benchmark-", dir="/var/tmp"))
    folder.chmod(0o711)
    try:
        yield Place(folder)
    finally:
        shutil.rmtree(folder)


def peak_memory(pid: int) -> float:
    """Megabytes that a process has had at most; 0 when it is gone.

    The kernel's own figure at the end counts the script too, from which the process was made.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) * 1024 / 1e6 for line in status.splitlines() if line.startswith("VmHWM:")), 0)


def report(title: str, values: Sequence[float], unit: str, bound: float) -> bool:
    """Print the median of the runs beside its bound; whether it is kept."""
    middle = median(values)
    kept = middle < bound
    runs = ", ".join(f"{value:.2f}" for value in values)
    print(f"{title:<44} {middle:8.2f} {unit:<3} of {bound:g}   {'kept' if kept else 'NOT KEPT'}   ({runs})", flush=True)
    return kept


def told(title: str, values: Sequence[float], unit: str, bound: float, *, least: bool = False) -> bool:
    """Prints the median beside its bound, the most or the least that it may be; whether it is kept."""
    middle = median(values)
    kept = middle >= bound if least else middle < bound
    runs = ", ".join(f"{value:.1f}" for value in values)
    word = "at least" if least else "under"
    print(
        f"  {title:<46} {middle:9.1f} {unit:<10} {word} {bound:g}: {'kept' if kept else 'NOT KEPT'}  ({runs})",
        flush=True,
    )
    return kept
