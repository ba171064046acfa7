import gc
import os

import pytest
from hypothesis import HealthCheck, settings

from support import EXPORTS_BUFFERS, HOST, IMPLEMENTATION, RUSTPYTHON_FAULTS, scaled

settings.register_profile(
    "chunkarray",
    max_examples=scaled(60, least=6),
    deadline=None,  # a JIT's first calls are slow
    database=None,
    # The same examples in every run, so that a failure belongs to the change; others are tried when asked for.
    derandomize=not os.environ.get("CHUNKARRAY_TEST_RANDOM"),
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("chunkarray")


if IMPLEMENTATION == "graalpy":
    # gc.collect() there goes through all memory twice: a service of Java's is asked to, and then Java itself. Without that
    # service, it does so once.
    import java

    _services = java.type("java.lang.management.ManagementFactory").getPlatformMBeanServer()
    _name = java.type("javax.management.ObjectName")("com.sun.management:type=DiagnosticCommand")
    if _services.isRegistered(_name):
        _services.unregisterMBean(_name)


def pytest_report_header(config):
    from chunkarray import about

    return "chunkarray: " + ", ".join("%s=%s" % item for item in about().items())


def pytest_collection_modifyitems(items):
    if IMPLEMENTATION == "rustpython":
        for item in items:
            reason = RUSTPYTHON_FAULTS.get(item.originalname) or RUSTPYTHON_FAULTS.get(item.name)
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


if HOST == "python":

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_call(item):
        """A test that has asked for the buffer of a Chunk may need what no class in Python has."""
        outcome = yield
        error = str(outcome.excinfo[1]) if outcome.excinfo else ""
        if not EXPORTS_BUFFERS and "bytes-like object is required, not 'Chunk'" in error:
            outcome.force_exception(pytest.skip.Exception("needs __buffer__, asked of a class in Python"))
        elif error.startswith("memoryviews that Python makes"):
            outcome.force_exception(
                pytest.skip.Exception("needs memoryviews with records or odd steps, made in Python")
            )


if HOST == "debug":
    from hpy.debug import LeakDetector

    def pytest_collection_finish():
        """What there is before the first test stays: no collection needs to go through all of pytest again."""
        gc.collect()
        gc.freeze()

    @pytest.fixture(autouse=True)
    def no_leaked_handles():
        """Under HPy's debug mode, a handle that a test left open fails it."""
        detector = LeakDetector()
        detector.start()
        yield
        gc.collect()
        detector.stop()
