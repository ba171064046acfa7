"""Builds the one wheel: with the machine's Rust, against a glibc that is old enough for every row."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import shlex
import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path

from environments import PIP_SETTINGS, tools_python
from rows import CHECKOUT, Unavailable, cache_folder, run

GLIBC = (2, 17)
MOST_BYTES = 8_000_000  # of the wheel

# Stands for cargo: passes everything on, but has what is compiled linked for the old glibc.
CARGO = """\
#!/bin/sh
# Made by ci/building.py. setuptools-rust calls this as it would call cargo.
set -eu
export CARGO='{cargo}'
case "${{1:-}}" in
build | rustc)
    verb=$1
    shift
    # pip hides installed packages from every Python below it, and zig comes as one.
    unset PYTHONPATH
    PATH='{tools}':$PATH CARGO_ZIGBUILD_PYTHON_PATH='{tools}/python' \\
        exec '{tools}/cargo-zigbuild' "$verb" --target '{target}.{glibc}' "$@"
    ;;
*) exec "$CARGO" "$@" ;;
esac
"""


@dataclass(frozen=True)
class Wheel:
    path: Path

    @functools.cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.path.read_bytes()).hexdigest()


def platform_tag() -> str:
    return f"manylinux_{GLIBC[0]}_{GLIBC[1]}_{os.uname().machine}"


def build_environment(log: Path) -> dict[str, str]:
    """What setup.py has to see to build for the old glibc."""
    tools = tools_python(log).parent
    cargo = os.environ.get("CARGO") or shutil.which("cargo")
    if not cargo:
        raise Unavailable("cargo is not installed: the wheel is built with Rust")
    version = subprocess.run([cargo, "-vV"], capture_output=True, text=True, cwd=CHECKOUT).stdout
    target = re.search(r"^host: (\S+)", version, re.MULTILINE)
    if not target:
        raise Unavailable(f"{cargo} -vV names no host")
    wrapper = cache_folder() / "cargo-old-glibc"
    wrapper.write_text(CARGO.format(cargo=cargo, tools=tools, target=target[1], glibc=".".join(map(str, GLIBC))))
    wrapper.chmod(0o755)
    settings = {"CARGO": str(wrapper), "CHUNKARRAY_PLAT": platform_tag()}
    # Line tables are most of the binary's size. Symbols stay, for backtraces.
    settings["CARGO_PROFILE_RELEASE_STRIP"] = "debuginfo"
    return {**os.environ, **PIP_SETTINGS, **settings}


def build_wheel(source: Path, into: Path, log: Path) -> Wheel:
    """Builds the wheel of a checkout or an sdist."""
    env = build_environment(log)
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    pip = [tools_python(log), "-m", "pip", "wheel", source, "--no-deps", "--wheel-dir", into]
    run([*pip], log, env=env, cwd=into)
    [path] = into.glob("*.whl")
    check(path)
    return Wheel(path)


def build_example(source: Path, into: Path, log: Path) -> Path:
    """Builds hpy-host's example, a module that is not ours, for as old a glibc: tests load it beside the wheel."""
    env = build_environment(log)
    arguments = ["build", "--locked", "--release", "--package", "hpy-host-example", "--message-format", "json"]
    run([env["CARGO"], *arguments], log, env=env, cwd=source)
    # The last of the log's messages that name it: where it lies depends on the machine's settings of cargo.
    [*_, built] = re.findall(r'"([^"]+/libexample\.so)"', log.read_text(errors="replace"))
    into.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(built, into / "example.hpy0.so"))  # HPy's loaders go by this ending


def compiler(log: Path) -> dict[str, str]:
    """The C compiler for tests on systems that have none: zig's is one program that needs nothing else there."""
    [zig] = tools_python(log).parent.parent.glob("lib/python3*/site-packages/ziglang/zig")
    target = f"{os.uname().machine}-linux-gnu.{'.'.join(map(str, GLIBC))}"
    command = shlex.join([str(zig), "cc", "-target", target])
    return {"CHUNKARRAY_TEST_CC": command, "ZIG_GLOBAL_CACHE_DIR": str(cache_folder() / "zig")}


def build_sdist(into: Path, log: Path) -> Path:
    shutil.rmtree(into, ignore_errors=True)
    run(
        [tools_python(log), "-m", "build", "--sdist", "--outdir", into, CHECKOUT],
        log,
        env={**os.environ, **PIP_SETTINGS},
    )
    [path] = into.glob("*.tar.gz")
    return path


def check(path: Path) -> None:
    """Holds the wheel to what its name promises: any Python, and a glibc no newer than ours."""
    if not path.name.endswith(f"-py3-none-{platform_tag()}.whl"):
        raise Unavailable(f"{path.name} is not tagged py3-none-{platform_tag()}")
    with zipfile.ZipFile(path) as wheel:
        binaries = [name for name in wheel.namelist() if name.endswith(".so")]
        if binaries != ["chunkarray/_core.hpy0.so"]:
            raise Unavailable(f"{path.name} holds {binaries}, not one chunkarray/_core.hpy0.so")
        content = wheel.read(binaries[0])
        if not [name for name in wheel.namelist() if name.endswith("/licenses/THIRD-PARTY-LICENSES")]:
            raise Unavailable(f"{path.name} does not list the licences of the crates in it")
    if path.stat().st_size >= MOST_BYTES:
        raise Unavailable(f"{path.name} has {path.stat().st_size:,} bytes; {MOST_BYTES:,} are allowed")
    needed = {tuple(map(int, found)) for found in re.findall(rb"GLIBC_(\d+)\.(\d+)", content)}
    if newer := sorted(version for version in needed if version > GLIBC):
        raise Unavailable(f"{binaries[0]} needs glibc {'.'.join(map(str, newer[-1]))}")
