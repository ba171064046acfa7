"""The checks, each one a session: `nox` runs what a newcomer needs, `nox -s NAME` runs one, `nox -l` lists them.

Needed beforehand: Python, a Rust toolchain (rustup's, with rustfmt and clippy) and a C compiler. The rest is fetched
from the package registries.
"""

import os

import nox

nox.needs_version = ">=2024.3"
nox.options.sessions = ["tests", "rust", "host"]
nox.options.error_on_external_run = True

RUFF = "ruff==0.17.*"
# Python programs whose names do not end in .py, so that ruff does not find them by itself.
PROGRAMS = ["ci/abi", "ci/dtypes", "ci/interpreters", "ci/matrix", "ci/readme", "ci/tsan", "ci/wheel"]

# Where cargo puts what it builds.
TARGET = os.path.abspath(os.environ.get("CARGO_TARGET_DIR", "target"))


@nox.session
def tests(session):
    """Build the package into a fresh environment, and run the Python tests against it. Arguments go to pytest."""
    session.install(".[test]")
    # Where NumPy has no wheel, the tests that need it are skipped and say so.
    session.install("--only-binary=:all:", "numpy", success_codes=[0, 1], silent=True)
    # A module that is not ours, for the tests that call one.
    session.run(*"cargo build --locked --release -p hpy-host-example".split(), external=True)
    example = os.path.join(TARGET, "release", "libexample.so")
    session.run("python", "-m", "chunkarray")
    session.run("python", "-m", "chunkarray", "pipelines")
    session.run("python", "-m", "pytest", "tests", *session.posargs, env={"CHUNKARRAY_TEST_EXAMPLE": example})


@nox.session(venv_backend="none")
def rust(session):
    """Formatting, clippy with warnings as errors, the Rust tests, and every order of threads that loom finds."""
    session.run("cargo", "fmt", "--all", "--check", external=True)
    session.run(
        "cargo", "clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings", external=True
    )  # fmt: skip
    session.run("cargo", "test", "--locked", "--workspace", external=True)
    # A folder of its own: the flag would make cargo rebuild everything each time it comes and goes.
    for tests in ("--test loom", "--lib loom_tests"):
        session.run(
            *"cargo test --locked -p chunkarray-core --release --target-dir".split(),
            os.path.join(TARGET, "loom"),
            *tests.split(),
            env={"RUSTFLAGS": "--cfg loom"},
            external=True,
        )


@nox.session
def host(session):
    """hpy-host under modules that are not ours: the example in Rust, and one in C that HPy's own macros make."""
    session.install("pytest")
    session.run(*"cargo build --locked --release -p hpy-host-example -p hpy-host-c".split(), external=True)
    session.run(
        *"python -m pytest -p no:cacheprovider hpy-host/example/test_example.py hpy-host/c/test_tiny.py".split(),
        *session.posargs,
    )


@nox.session
def lint(session):
    """Python style, for everything in Python."""
    session.install(RUFF)
    places = ["python", "tests", "examples", "ci", "benches", "fuzz", "noxfile.py", "setup.py", *PROGRAMS]
    session.run("ruff", "check", *[place for place in places if os.path.exists(place)])


@nox.session(venv_backend="none")
def bindings(session):
    """Whether what is generated and committed is up to date: bindings, tables of types, the C header, pictures."""
    session.run("ci/bindings", external=True)
    session.run("ci/dtypes", external=True)
    session.run("ci/abi", external=True)
    session.run("python3", "benches/picture.py", "--check", external=True)
    session.run("python3", "benches/dumps.py", "--check", external=True)


@nox.session
def fuzz(session):
    """Damaged input for every parser. Arguments go to fuzz, such as --seconds 600 --seed 7 or a target's name."""
    session.install(".")
    session.run("python", "fuzz", *session.posargs)


@nox.session(venv_backend="none")
def matrix(session):
    """One wheel on every interpreter of the list. Arguments go to ci/matrix, such as --found or --rows ID,ID."""
    session.run("ci/matrix", *session.posargs, external=True)


@nox.session(venv_backend="none")
def tsan(session):
    """The threads' tests on free-threaded CPython under ThreadSanitizer. Needs a nightly Rust with rust-src, and GCC's
    libtsan. Arguments go to ci/tsan, such as --scale 1 or -- -k appender."""
    session.run("ci/tsan", *session.posargs, external=True)
