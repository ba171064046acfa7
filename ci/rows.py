"""The rows of interpreters.toml, the cache folder, and how a part of it is made.

The cache folder is $CHUNKARRAY_CACHE, else $XDG_CACHE_HOME/chunkarray, else ~/.cache/chunkarray:

    chroots/SUITE/     a Debian tree                    graalpy/RELEASE/   jars, and what they unpack
    builds/NAME/       an interpreter built from source tools/             programs that build the wheel
    rows/ID/python     the launcher of a row            rows/ID/venv/      its packages
    rows/ID/bytecode/  what it made of its modules      log/               what the fetching programs said

A part is a folder, and a stamp beside its content that is written last. The stamp holds the recipe the part was made
by: one that was interrupted, or whose recipe has changed, is made anew.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import tomllib

CI = Path(__file__).resolve().parent
CHECKOUT = CI.parent
STAMP = ".made-by"


class Unavailable(Exception):
    """Something that a row needs could not be had; the text says what, and what would help."""


def cache_folder() -> Path:
    if named := os.environ.get("CHUNKARRAY_CACHE"):
        return Path(named).resolve()
    if xdg := os.environ.get("XDG_CACHE_HOME"):
        return Path(xdg).resolve() / "chunkarray"
    return Path.home() / ".cache" / "chunkarray"


@dataclass(frozen=True)
class Row:
    """One interpreter with one host. The fields are those of interpreters.toml, where they are explained."""

    id: str
    implementation: str
    version: str
    host: str
    from_: str
    free_threaded: bool = False
    suite: str = ""
    packages: list[str] = field(default_factory=list)
    command: str = ""
    nearest: bool = False
    source: str = ""
    configure: list[str] = field(default_factory=list)
    build_packages: list[str] = field(default_factory=list)
    release: str = ""
    language: str = ""
    jit: bool = False
    compiled: list[str] = field(default_factory=list)
    choose_host: bool = False
    required: bool = False
    wheels: list[str] = field(default_factory=list)
    timeout: int = 0
    pytest: list[str] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return cache_folder() / "rows" / self.id

    @property
    def launcher(self) -> Path:
        """The program that acts as this row's `python`."""
        return self.folder / "python"

    @property
    def interpreting(self) -> Path:
        """The same without its just-in-time compiler, for a row with `compiled`."""
        return self.folder / "interpreting"

    @property
    def environment(self) -> dict[str, str]:
        """The process environment of this row's programs."""
        ours = ("CHUNKARRAY_HOST", "PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE")
        env = {k: v for k, v in os.environ.items() if k not in ours}
        # Modules are compiled once, not by each run and each process that a test starts. (RustPython knows of no such
        # folder: it keeps them in __pycache__, beside the tests.)
        env["PYTHONPYCACHEPREFIX"] = str(self.folder / "bytecode")
        if self.choose_host:
            env["CHUNKARRAY_HOST"] = self.host
        return env


@dataclass(frozen=True)
class Tests:
    """What the tests of every row need."""

    packages: list[str]
    optional: list[str]
    timeout: int


def load() -> tuple[Tests, list[Row]]:
    with open(CI / "interpreters.toml", "rb") as file:
        listed = tomllib.load(file)
    tests = Tests(**listed["tests"])
    rows = []
    for entry in listed["row"]:
        entry["from_"] = entry.pop("from")
        entry.setdefault("timeout", tests.timeout)
        rows.append(Row(**entry))
    if len({row.id for row in rows}) != len(rows):
        raise ValueError("interpreters.toml: two rows have one id")
    return tests, rows


def choose(rows: list[Row], ids: list[str]) -> list[Row]:
    """The rows of these ids, in the order of the list; all of them for none."""
    unknown = set(ids) - {row.id for row in rows}
    if unknown:
        raise SystemExit(f"no row is called {', '.join(sorted(unknown))}; there are: {', '.join(r.id for r in rows)}")
    return [row for row in rows if not ids or row.id in ids]


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds the lock of a path against other threads and other processes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path.parent / f".{path.name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make(folder: Path, recipe: object, fill: Callable[[Path], None]) -> Path:
    """The folder as `fill(folder)` made it, now or earlier by the same recipe."""
    wanted = json.dumps(recipe, sort_keys=True)
    with locked(folder):
        stamp = folder / STAMP
        if not (stamp.exists() and stamp.read_text() == wanted):
            remove(folder)
            folder.mkdir(parents=True)
            fill(folder)
            unfinished = folder / f"{STAMP}.new"
            unfinished.write_text(wanted)
            unfinished.rename(stamp)
    return folder


def remove(folder: Path) -> None:
    """Deletes a folder of the cache, but never what another program left mounted in it."""
    if not folder.exists():
        return
    mounted = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    inside = [m for m in mounted if Path(m).is_relative_to(folder)]
    if inside:
        raise Unavailable(f"{folder} can't be replaced: {', '.join(inside)} is still mounted; umount it first")
    shutil.rmtree(folder)


def run(command: list[str | Path], log: Path, **options) -> None:
    """Runs a program with its output in the log; a failure carries the end of it."""
    log.parent.mkdir(parents=True, exist_ok=True)
    words = [str(word) for word in command]
    with open(log, "a") as file:
        file.write(f"$ {' '.join(words)}\n")
        file.flush()
        start = file.tell()
        try:
            code = subprocess.run(
                words, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, **options
            ).returncode
        except FileNotFoundError:
            raise Unavailable(f"{words[0]} is not installed") from None
    if code:
        with open(log, "rb") as file:
            file.seek(start)
            said = file.read().decode(errors="replace").strip().splitlines()
        end = "\n".join(line[:300] for line in said[-8:])
        raise Unavailable(f"{' '.join(words)[:200]}: exit status {code} (all of it: {log})\n{end}")


def program(name: str, package: str, log: Path) -> str:
    """The path of a program of this machine; root gets it from Debian's packages where it is missing."""
    if path := shutil.which(name):
        return path
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Unavailable(f"{name} is not installed (Debian's package: {package})")
    with locked(cache_folder() / "apt-get"):
        if not shutil.which(name):
            quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            run(["apt-get", "update"], log, env=quiet)
            run(["apt-get", "install", "-y", "--no-install-recommends", package], log, env=quiet)
    path = shutil.which(name)
    if not path:
        raise Unavailable(f"{package} was installed, but there is no {name} on PATH")
    return path
