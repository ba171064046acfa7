"""RustPython: built from its package by cargo, with the tests' packages put there by another interpreter's pip."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from rows import Row, Unavailable, cache_folder, make, run

# What the array's tests don't use, and its network code would need a C compiler's minute: no ssl.
FEATURES = "threading,stdlib,stdio,importlib,host_env"
# Linking the whole program at once doubles the time and gains little here.
PROFILE = {
    "CARGO_PROFILE_RELEASE_LTO": "false",
    "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "16",
    "CARGO_PROFILE_RELEASE_OPT_LEVEL": "2",
    "CARGO_PROFILE_RELEASE_DEBUG": "0",
}

# RustPython 0.5 compiles what stands in a `finally` twice and then misses the scopes of comprehensions in it. These are
# the only two in all that the tests import: one finds leaked files in tests of pytest itself, the other adds to
# statistics that nobody asks for.
AROUND = (
    (
        "_pytest/pytester.py",
        "        try:\n            return (yield)\n        finally:\n            if hasattr(sys, ",
        "        yield\n        if True:\n            if hasattr(sys, ",
    ),
    (
        "hypothesis/internal/conjecture/engine.py",
        """sorted(
                            k if v == "" else f"{k}: {v}"
                            for k, v in data.events.items()
                        )""",
        "sorted(data.events)",
    ),
)


def built(row: Row, log: Path) -> Path:
    """The folder that RustPython and its standard library are in. A build takes about six minutes on two cores."""
    cargo = os.environ.get("CARGO") or shutil.which("cargo")
    if not cargo:
        raise Unavailable("cargo is not installed: RustPython is built from its package")
    recipe = {"release": row.release, "features": FEATURES, "profile": PROFILE}

    def fill(folder: Path) -> None:
        target = folder / "target"
        install = [cargo, "install", "rustpython", "--locked", "--version", row.release, "--root", folder]
        install += ["--no-default-features", "--features", FEATURES]
        run(install, log, env={**os.environ, **PROFILE, "CARGO_TARGET_DIR": str(target)})
        shutil.rmtree(target)
        # Its standard library is a package of its own, which cargo may tidy away.
        home = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
        found = sorted(home.glob(f"registry/src/*/rustpython-pylib-{row.release}/Lib"))
        if not found:
            raise Unavailable(f"cargo left no source of rustpython-pylib {row.release}")
        shutil.copytree(found[0], folder / "Lib")

    return make(cache_folder() / "builds" / f"rustpython-{row.release}", recipe, fill)


def work_around(site_packages: Path) -> None:
    """Rewrites what this RustPython can't compile. A package that no longer has it is left as it is."""
    for name, old, new in AROUND:
        path = site_packages / name
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(old, new), encoding="utf-8")
