"""How long the stand-alone verifier takes over a record of 50 000 entries, and how much memory.

    .venv/bin/python bench/verifier.py

Each run is a process of its own, as on the machine of whoever verifies.
"""

import io
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from statistics import median

import _volume

RUNS = 7
SECONDS, MEGABYTES = 5, 100
"""The budget."""


def main() -> None:
    with _volume.site("votes", (_volume.MANY, 0, _volume.MANY)) as var, tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        # By another process: the memory that a process takes is counted from that of the one that starts it.
        subprocess.run([sys.executable, __file__, "--save", folder], env=_volume.environment(var), check=True)
        size = len((folder / "entries.ndjson").read_bytes().splitlines())
        runs = [_verify(folder) for _run in range(RUNS)]
        seconds, megabytes = median(run[0] for run in runs), max(run[1] for run in runs)
        print(
            f"{size} entrées : médiane {seconds:.2f} s, la plus courte {min(runs)[0]:.2f} s, {megabytes:.0f} Mo au plus"
        )
        print(
            f"budget : {SECONDS} s {_volume.verdict(seconds <= SECONDS)}, {MEGABYTES} Mo {_volume.verdict(megabytes <= MEGABYTES)}"
        )


def save(folder: Path) -> None:
    """The folder that the site gives of its record."""
    import django

    django.setup()

    from django.test import Client

    answer = Client().get("/registre/volume/registre.zip")
    zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))).extractall(folder)


def _verify(folder: Path) -> tuple[float, float]:
    """Seconds and megabytes (at most at once) of one run."""
    begun = time.perf_counter()
    process = subprocess.Popen([sys.executable, folder / "verifier.py", folder], stdout=subprocess.PIPE, text=True)
    said = process.stdout.read()
    _pid, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begun
    if status:
        sys.exit(said)
    return seconds, used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


if __name__ == "__main__":
    save(Path(sys.argv[2])) if "--save" in sys.argv else main()
