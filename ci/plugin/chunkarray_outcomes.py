"""A pytest plugin: writes what happens as it happens, one JSON object a line, to the file $CHUNKARRAY_OUTCOMES.

A process that dies takes pytest's own report with it. These lines stay: what had passed, and which test was running.
It runs on every interpreter of the list, so it is written for the oldest Python of them.
"""

import json
import os
import traceback

import pytest

_file = open(os.environ["CHUNKARRAY_OUTCOMES"], "a", encoding="utf-8")


def _write(**line):
    _file.write(json.dumps(line, default=str) + "\n")
    _file.flush()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session):
    try:
        import chunkarray

        _write(about=dict(chunkarray.about()), module=chunkarray.__file__)
    except Exception:
        _write(import_error=traceback.format_exc())


def pytest_runtest_logstart(nodeid, location):
    _write(start=nodeid)


def pytest_runtest_logreport(report):
    # A test is its call; set-up and clean-up count only where they go wrong or skip it.
    if report.when == "call" or report.outcome != "passed":
        reason = ""
        if report.outcome == "skipped":
            longrepr = report.longrepr
            reason = longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
            reason = reason[len("Skipped: ") :] if reason.startswith("Skipped: ") else reason
        _write(id=report.nodeid, when=report.when, outcome=report.outcome, reason=reason)


def pytest_collectreport(report):
    if report.outcome == "failed":
        _write(id=report.nodeid, when="collect", outcome="failed", reason="")
    elif report.outcome == "skipped":
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        _write(id=report.nodeid, when="collect", outcome="skipped", reason=reason.replace("Skipped: ", "", 1))


def pytest_sessionfinish(session, exitstatus):
    _write(exitstatus=int(exitstatus))
