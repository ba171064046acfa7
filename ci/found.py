"""Interpreters that this machine has: on PATH, of pyenv, of uv, or named by the user."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import re
from pathlib import Path

from environments import fits, probe
from rows import Row, Tests, Unavailable

NAMES = re.compile(r"(python3(\.\d+t?)?|pypy3(\.\d+)?|graalpy(3(\.\d+)?)?)")
OLDEST = (3, 9)


def folders() -> list[Path]:
    home = Path.home()
    pyenv = Path(os.environ.get("PYENV_ROOT") or home / ".pyenv")
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or home / ".local/share/uv/python")
    on_path = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    # pyenv's shims are in PATH too: scripts that stand for whichever version is chosen at the moment.
    on_path = [folder for folder in on_path if folder != pyenv / "shims"]
    return [*on_path, *sorted(pyenv.glob("versions/*/bin")), *sorted(uv.glob("*/bin"))]


def on_this_machine() -> list[tuple[str, dict]]:
    """Each interpreter of this machine that is new enough: its path, and what it says of itself."""
    found: dict[Path, dict] = {}
    for folder in folders():
        try:
            names = sorted(entry for entry in os.listdir(folder) if NAMES.fullmatch(entry))
        except OSError:
            continue
        for path in (folder / name for name in names):
            if path.resolve() in found or not os.access(path, os.X_OK):
                continue
            try:
                said = probe([str(path)], seconds=60)
            except Unavailable:
                continue
            if tuple(said["language"][:2]) >= OLDEST:
                found[path.resolve()] = said
    return [(str(path), said) for path, said in found.items()]


def fill_with_found(row: Row, found: list[tuple[str, dict]]) -> Row | None:
    """The row, run by an interpreter of this machine."""
    for path, said in found:
        if fits(row, said):
            return dataclasses.replace(row, from_="named", command=path, compiled=[])
    return None


def own_row(path: str, said: dict, tests: Tests) -> Row:
    """A row for an interpreter that fills none of the list; whatever host the loader chooses is right."""
    mark = hashlib.sha256(path.encode()).hexdigest()[:6]
    threads = "t" if said["free_threaded"] else ""
    return Row(
        id=f"{said['implementation'].lower()}-{said['version']}{threads}-{mark}",
        implementation=said["implementation"],
        version=said["version"],
        free_threaded=said["free_threaded"],
        host="",
        from_="named",
        command=path,
        timeout=tests.timeout,
    )
