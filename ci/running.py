"""Runs the tests on one row: installs the wheel there, runs pytest against it, and reads what happened."""

from __future__ import annotations

import collections
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from building import compiler
from environments import PIP_SETTINGS, install_from_outside, site_packages
from rows import CHECKOUT, CI, Row, Unavailable, cache_folder, locked, run

# How a test says that it was skipped for want of a package.
NEEDS = re.compile(r"needs (?:an? )?([\w.-]+)")
# The processes that run tests now. Each leads a session of its own, so no signal that ends us reaches them by itself.
RUNNING: set[subprocess.Popen] = set()
# pytest's exit status where nothing was to be run.
NO_TESTS = 5
# How long a process that was asked to say where it hangs may take over it.
LAST_WORDS = 10


@dataclass
class Result:
    """One line of the grid."""

    id: str
    required: bool
    status: str  # passed, failed, died, too long, absent, missing
    wanted_host: str = ""
    about: dict = field(default_factory=dict)
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    not_run: dict[str, list[str]] = field(default_factory=dict)  # by the package that was wanted
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)
    closing_line: str = ""
    log: str = ""

    @property
    def good(self) -> bool:
        return self.status == "passed" or (self.status == "absent" and not self.required)

    def as_json(self) -> dict:
        return asdict(self)


def run_row(row: Row, wheel: Path, example: Path, tests: Path, options: list[str]) -> Result:
    """The row's result. A row that dies of a signal gets a second try, and a note."""
    log = cache_folder() / "log" / f"matrix-{row.id}.txt"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("")
    result = Result(row.id, row.required, "failed", row.host, log=str(log))
    # Two matrices that share a cache would install over each other.
    with locked(row.folder.with_name(f"{row.id}-run")):
        start = time.monotonic()
        try:
            install(row, wheel, log)
        except Unavailable as error:
            result.notes.append(f"the wheel was not installed: {str(error).splitlines()[-1]}")
            return result
        attempt(row, example, tests, options, log, result)
        if result.status == "died":
            died = result.notes
            result = Result(row.id, row.required, "failed", row.host, log=str(log))
            attempt(row, example, tests, options, log, result)
            result.notes = [*died, "run a second time", *result.notes]
        result.seconds = round(time.monotonic() - start, 1)
    return result


def install(row: Row, wheel: Path, log: Path) -> None:
    if row.from_ in ("maven", "cargo"):
        for earlier in site_packages(row).glob("chunkarray*"):
            shutil.rmtree(earlier)
        install_from_outside(row, [wheel], log, "--no-deps", "--no-index")
    else:
        pip = [row.launcher, "-m", "pip", "install", "--no-deps", "--no-index", "--force-reinstall", wheel]
        run(pip, log, env={**row.environment, **PIP_SETTINGS})


def attempt(row: Row, example: Path, tests: Path, options: list[str], log: Path, result: Result) -> None:
    """Runs the tests once, and writes into the result what came of it."""
    # Outside of the checkout: its python/ folder must not be taken for the installed package.
    here = row.folder / "run"
    shutil.rmtree(here, ignore_errors=True)
    here.mkdir()
    outcomes = here / "outcomes.jsonl"
    env = {**row.environment, "PYTHONPATH": str(CI / "plugin"), "CHUNKARRAY_OUTCOMES": str(outcomes)}
    env |= {"PYTHONFAULTHANDLER": "1", "CHUNKARRAY_SHOW": f"{CHECKOUT}:{tests}"}
    env["CHUNKARRAY_TEST_EXAMPLE"] = str(example)
    if row.from_ in ("chroot", "source"):
        env |= compiler(log)
    pytest = ["-m", "pytest", "-p", "chunkarray_outcomes", "-p", "no:cacheprovider"]
    pytest += ["-o", "pythonpath=", "--color=no", "-ra", "--durations=12", f"--rootdir={tests.parent}", *row.pytest]
    end = time.monotonic() + row.timeout
    parts = divided(row, tests)
    codes = []
    for launcher, wanted in parts:
        before = log.stat().st_size
        command = [str(launcher), *pytest, *wanted, *options]
        code, too_long = run_pytest(command, env, here, log, end - time.monotonic())
        codes.append(code)
        if said := closing_line(log, before):
            result.closing_line += (" and " if result.closing_line else "") + said
        if too_long or code < 0:
            break

    running = read_outcomes(outcomes, result)
    if too_long:
        result.status = "too long"
        result.notes.append(f"stopped after {row.timeout} s" + (f" in {running}" if running else ""))
    elif code < 0:
        result.status = "died"
        result.notes.append(f"died of {signal.Signals(-code).name}" + (f" in {running}" if running else ""))
    else:
        # Options that choose tests may leave one part without any.
        judge(row, max((code for code in codes if code != NO_TESTS or len(parts) == 1), default=0), result)


def divided(row: Row, tests: Path) -> list[tuple[Path, list[str]]]:
    """Which launcher runs which tests of a row."""
    compiled = [str(tests / name) for name in row.compiled if (tests / name).exists()]
    if not compiled:
        return [(row.launcher, [str(tests)])]
    return [(row.launcher, compiled), (row.interpreting, [str(tests), *(f"--ignore={path}" for path in compiled)])]


def run_pytest(command: list[str], env: dict, here: Path, log: Path, seconds: float) -> tuple[int, bool]:
    """The exit status, negative for a signal, and whether it was stopped because it took too long."""
    with open(log, "a") as file:
        file.write(f"$ {shlex.join(command)}\n")
        file.flush()
        # A session of its own, so that what the tests started can be stopped with them.
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=env, cwd=here, start_new_session=True
        )
        RUNNING.add(process)
        try:
            return process.wait(seconds), False
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGABRT)  # faulthandler then prints where every thread is
            try:
                process.wait(LAST_WORDS)
            except subprocess.TimeoutExpired:
                pass
            return process.returncode or 0, True
        finally:
            end(process)
            RUNNING.discard(process)


def end(process: subprocess.Popen) -> None:
    """Ends what is left of a process and of those it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def end_all(number: int, _frame: object) -> None:
    """A handler for the signals that end the matrix."""
    for process in list(RUNNING):
        end(process)
    os._exit(128 + number)


def read_outcomes(path: Path, result: Result) -> str:
    """Counts the plugin's lines into the result; gives the test that had begun and not ended."""
    running = ""
    outcomes: dict[str, tuple[str, str]] = {}
    not_run = collections.defaultdict(list)
    for text in path.read_text().splitlines() if path.exists() else []:
        line = json.loads(text)
        if "about" in line:
            result.about = {**line["about"], "module": line["module"]}
        elif "import_error" in line:
            result.notes.append(line["import_error"].strip().splitlines()[-1])
        elif "start" in line:
            running = line["start"]
        elif "id" in line:
            running = ""
            # A test that passed and then failed to clean up has failed.
            if outcomes.get(line["id"], ("",))[0] != "failed":
                outcomes[line["id"]] = (line["outcome"], line["reason"])
    for test, (outcome, reason) in outcomes.items():
        if outcome == "passed":
            result.passed += 1
        elif outcome == "failed":
            result.failed += 1
            result.failures.append(test)
        elif needs := NEEDS.match(reason):
            not_run[needs[1].rstrip(".")].append(test)
        else:
            result.skipped += 1
    result.not_run = dict(not_run)
    return running


def closing_line(log: Path, begin: int) -> str:
    """pytest's last word in the log from this byte on, bare of its `=` signs."""
    for line in reversed(log.read_bytes()[begin:].decode(errors="replace").splitlines()):
        if match := re.fullmatch(
            r"=* ?(.*\b(?:passed|failed|errors?|skipped|no tests ran)\b.* in [\d.]+s.*?) ?=*", line
        ):
            return match[1]
    return ""


def judge(row: Row, code: int, result: Result) -> None:
    """Whether a run that came to its end was a good one."""
    wrong = []
    if code:
        wrong.append(f"pytest's exit status was {code}")
    if not result.passed:
        wrong.append("no test passed")
    if result.about and row.host and result.about.get("host") != row.host:
        wrong.append(f"the host is {result.about.get('host')}, not {row.host}")
    module = result.about.get("module")
    if module and not Path(module).is_relative_to(row.folder):
        wrong.append(f"the tests ran {module}, which is not what was installed")
    result.notes += wrong
    result.status = "failed" if wrong or result.failed or not result.about else "passed"
