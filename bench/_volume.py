"""What the measures of large volumes share: sites of their own, in folders that nothing else uses."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = "portal.settings.demo"
MANY, FEW = 50_000, 50

sys.path.insert(0, str(ROOT))


def texts() -> Path:
    """The folder of real texts; says why and ends the measure, without an error, when there is none."""
    folder = Path(os.environ.get("BENCH_TEXTS") or ROOT.parent / "shared" / "data" / "contributions")
    if not folder.is_dir():
        print(
            f"{Path(sys.argv[0]).name} : sauté, le dossier de textes {folder} manque (BENCH_TEXTS en donne un autre)."
        )
        sys.exit(0)
    return folder


@contextmanager
def site(name: str, *seeds: tuple[int, int, int], fill: Callable[[Path], None] = lambda var: None) -> Iterator[Path]:
    """The var/ of a site with a consultation for each seed: (participants, contributions, votes), slugs volume, volume-2…

    `fill` puts what else it holds in it; without seeds, no real text is needed.
    It is thrown away at the end, unless PORTAL_BENCH_VAR names a folder that keeps it under `name` for another time.
    """
    folder = texts() if seeds else None
    with tempfile.TemporaryDirectory(prefix="placette-mesure-") as temporary:
        kept = os.environ.get("PORTAL_BENCH_VAR")
        var = Path(kept or temporary).resolve() / name
        complete = var / "complete"
        if not complete.exists():
            if var.exists():
                sys.exit(f"{var} n’a pas été rempli jusqu’au bout : effacez ce dossier.")
            run(var, "setup")
            run(var, "collectstatic", "--no-input", "--verbosity", "0")
            for participants, contributions, votes in seeds:
                counts = ["--participants", participants, "--contributions", contributions, "--votes", votes]
                run(var, "seed_volume", *counts, "--texts", folder)
            fill(var)
            complete.touch()
        yield var


def environment(var: Path) -> dict[str, str]:
    """The variables of a process of this site: SQLite, under `var`, whatever this machine's own site uses."""
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return {**kept, "DJANGO_SETTINGS_MODULE": SETTINGS, "PORTAL_VAR": str(var)}


def run(var: Path, *command) -> None:
    """A command of manage.py on this site; its errors end the measure."""
    arguments = [sys.executable, "manage.py", *map(str, command)]
    subprocess.run(arguments, cwd=ROOT, env=environment(var), check=True)


def enter(var: Path) -> None:
    """Make this process one of this site's."""
    os.environ.pop("DATABASE_URL", None)
    os.environ.update(environment(var))
    import django

    django.setup()


def verdict(met: bool) -> str:
    return "tenu" if met else "DÉPASSÉ"


def measure(main: Callable[[], None], **parts: Callable[..., None]) -> None:
    """Run a measure; or, in a process that it starts for a site, the part that `--NAME ARGUMENTS…` names."""
    if len(sys.argv) == 1:
        main()
        return
    import django

    django.setup()
    name, *arguments = sys.argv[1:]
    parts[name.removeprefix("--")](*arguments)
