"""From a row of the list to a launcher with its packages: the one way in for whoever fetches."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import chroots
import graalpy
import rustpython
import source_build
from rows import Row, Tests, Unavailable, cache_folder, make, run

SAID = "probe.json"

PROBE = """\
import json, platform, sys
name = {"cpython": "CPython", "pypy": "PyPy", "graalpy": "GraalPy", "rustpython": "RustPython"}.get(sys.implementation.name, sys.implementation.name)
info = {"implementation": name, "language": list(sys.version_info[:3]), "executable": sys.executable}
if name == "PyPy":
    info["version"] = ".".join(map(str, sys.pypy_version_info[:3]))
elif name == "RustPython":
    info["version"] = sys.version.partition("[RustPython ")[2].partition(" ")[0]
elif name == "GraalPy":
    info["version"] = __graalpython__.get_graalvm_version()
else:
    info["version"] = platform.python_version()
info["free_threaded"] = not getattr(sys, "_is_gil_enabled", lambda: True)() if name == "CPython" else False
print(json.dumps(info))
"""


def probe(command: list[str], seconds: float = 120) -> dict:
    """What an interpreter says of itself."""
    try:
        done = subprocess.run(
            [*command, "-c", PROBE], capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL
        )
        return json.loads(done.stdout.splitlines()[-1])
    except (OSError, subprocess.TimeoutExpired, ValueError, IndexError) as error:
        raise Unavailable(f"{shlex.join(command)} does not run: {error}") from None


def keep_probe(row: Row) -> None:
    """Tries the launcher, and keeps what it said: asking again costs seconds on some rows."""
    (row.folder / SAID).write_text(json.dumps(probe([str(row.launcher)])))


class Fetcher:
    """Fetches rows; the whole list is known to it, as rows share trees."""

    def __init__(self, tests: Tests, rows: list[Row]):
        self.tests = tests
        self.rows = rows

    def log(self, row: Row) -> Path:
        return cache_folder() / "log" / f"fetch-{row.id}.txt"

    def fetch(self, row: Row) -> dict:
        """Makes the row's launcher work, and says what it runs."""
        log = self.log(row)
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("")
        if row.from_ == "maven":
            self.maven(row, log)
        elif row.from_ == "cargo":
            self.cargo(row, log)
        else:
            self.virtual_environment(row, self.interpreter(row, log), log)
        return json.loads((row.folder / SAID).read_text())

    def interpreter(self, row: Row, log: Path) -> list[str]:
        """The words that run the row's bare interpreter."""
        if row.from_ == "named":
            return [row.command]
        if row.from_ == "machine" and (found := on_machine(row)):
            return [found]
        chroots.make_tree(row.suite, row.suite, self.wanted(row.suite), log)
        if row.from_ == "source":
            return [*chroots.inside(row.suite), str(source_build.built(row, log) / row.command)]
        return [*chroots.inside(row.suite), chroots.command(row.suite, row.command, row.nearest)]

    def wanted(self, suite: str) -> list[list[str]]:
        """The groups of packages that all the rows want of a suite."""
        groups = {tuple(row.packages) for row in self.rows if row.suite == suite}
        if suite == graalpy.JDK_SUITE and not graalpy.find_jdk():
            groups.add(tuple(graalpy.JDK_PACKAGES))
        return [list(group) for group in sorted(groups)]

    def virtual_environment(self, row: Row, interpreter: list[str], log: Path) -> None:
        packages = [*self.tests.packages, *row.wheels]
        runner, command = interpreter[:-1], interpreter[-1]

        def fill(folder: Path) -> None:
            python = [*runner, str(folder / "venv/bin/python")]
            env = {**row.environment, **PIP_SETTINGS}
            run([*interpreter, "-m", "venv", folder / "venv"], log, env=env)
            # As one call, so that one resolution covers them all.
            run([*python, "-m", "pip", "install", *packages], log, env=env)
            for package in self.tests.optional:
                try:
                    run([*python, "-m", "pip", "install", "--only-binary=:all:", package], log, env=env)
                except Unavailable:
                    pass  # no wheel for this interpreter: the grid counts the tests that needed it
            write_launcher(row.launcher, python)
            keep_probe(row)

        recipe = {"interpreter": interpreter, "packages": packages, "optional": self.tests.optional}
        recipe["is"] = identity(runner, command)
        make(row.folder, recipe, fill)

    def maven(self, row: Row, log: Path) -> None:
        java = graalpy.java(self.wanted(graalpy.JDK_SUITE), log)
        jars = graalpy.jars(row.release, row.jit, log)
        packages = [*self.tests.packages, *row.wheels]

        def fill(folder: Path) -> None:
            # GraalPy's own venv and pip take a minute and a half; a folder like one, filled from outside, is as good.
            bin_ = folder / "venv/bin"
            executable = bin_ / "python"
            bin_.mkdir(parents=True)
            # The tests run with the compiler, if there is one, or most of them without it; the processes that they
            # start, which are `executable` again, are over before it helps.
            prepared = folder / "classes"
            write_launcher(executable, graalpy.start(java, jars, executable, graalpy.quickly(prepared)))
            interpreting = graalpy.start(java, jars, executable, graalpy.from_classes(prepared))
            compiling = graalpy.start(java, jars, executable, graalpy.compiled(jars))
            write_launcher(row.launcher, compiling if row.jit else interpreting)
            write_launcher(row.interpreting, interpreting)
            (folder / "venv/pyvenv.cfg").write_text(
                f"home = {bin_}\ninclude-system-site-packages = false\nversion = {row.language}\n"
            )
            install_from_outside(row, packages, log)
            graalpy.prepare_classes(java, jars, executable, prepared, log)
            keep_probe(row)

        recipe = {"java": java, "release": row.release, "jit": row.jit, "packages": packages, "launchers": 3}
        recipe |= {"java is": identity(java[:-1], java[-1]), "classes": graalpy.USED}
        make(row.folder, recipe, fill)

    def cargo(self, row: Row, log: Path) -> None:
        home = rustpython.built(row, log)
        packages = [*self.tests.packages, *row.wheels]

        def fill(folder: Path) -> None:
            site_packages(row).mkdir(parents=True)
            install_from_outside(row, packages, log)
            rustpython.work_around(site_packages(row))
            row.launcher.write_text(
                "#!/bin/sh\n"
                f'export PYTHONPATH="{site_packages(row)}${{PYTHONPATH:+:$PYTHONPATH}}"\n'
                f'RUSTPYTHONPATH={home / "Lib"} exec {home / "bin/rustpython"} "$@"\n'
            )
            row.launcher.chmod(0o755)
            keep_probe(row)

        make(row.folder, {"home": str(home), "packages": packages, "around": rustpython.AROUND}, fill)


PIP_SETTINGS = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_ROOT_USER_ACTION": "ignore"}


def write_launcher(path: Path, words: list[str]) -> None:
    path.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
    path.chmod(0o755)


def site_packages(row: Row) -> Path:
    return row.folder / "venv/lib" / f"python{row.language}" / "site-packages"


def install_from_outside(row: Row, packages: list[str | Path], log: Path, *options: str) -> None:
    """Installs pure packages, or ours, for an interpreter whose own pip takes minutes."""
    pip = [tools_python(log), "-m", "pip", "install", "--upgrade", "--target", site_packages(row)]
    pure = ["--python-version", row.language, "--implementation", "py", "--abi", "none", "--only-binary=:all:"]
    platforms = [word for name in ("any", *platform_names()) for word in ("--platform", name)]
    run([*pip, *pure, *platforms, *options, *packages], log, env={**os.environ, **PIP_SETTINGS})


def platform_names() -> list[str]:
    machine = os.uname().machine
    return [f"manylinux_2_17_{machine}", f"linux_{machine}"]


def tools_python(log: Path) -> Path:
    """A Python with pip and with what builds the wheel for an old glibc."""
    packages = ["pip", "build", "ziglang", "cargo-zigbuild"]

    def fill(folder: Path) -> None:
        run([sys.executable, "-m", "venv", folder], log)
        run(
            [folder / "bin/python", "-m", "pip", "install", "--upgrade", *packages],
            log,
            env={**os.environ, **PIP_SETTINGS},
        )

    folder = make(cache_folder() / "tools", {"packages": packages, "python": sys.executable}, fill)
    return folder / "bin/python"


def identity(runner: list[str], command: str) -> str:
    """Changes when another interpreter comes to stand at the same path."""
    path = Path(command)
    if runner and (inner := Path(runner[1]) / command.lstrip("/")).exists():
        path = inner
    try:
        found = path.resolve().stat()
        return f"{found.st_size}-{int(found.st_mtime)}"
    except OSError:
        return ""


def on_machine(row: Row) -> str | None:
    """The row's interpreter on PATH. What PATH names may be a shim: the answer is the interpreter itself."""
    name = Path(row.command).name
    candidates = [shutil.which(name), "/usr/bin/" + name]
    for candidate in candidates:
        if candidate and Path(candidate).exists():
            try:
                said = probe([candidate])
            except Unavailable:
                continue
            if fits(row, said):
                return said["executable"]
    return None


def fits(row: Row, said: dict) -> bool:
    """Whether what an interpreter says of itself is what the row names."""
    return (
        said["implementation"] == row.implementation
        and f"{said['version']}.".startswith(f"{row.version}.")
        and said["free_threaded"] == row.free_threaded
    )
