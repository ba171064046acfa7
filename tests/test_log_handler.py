"""LogHandler: the standard library's log records in a Log."""

import logging

import pytest

from chunkarray import Log, LogHandler


@pytest.fixture
def logger():
    logger = logging.Logger("test.logger", logging.DEBUG)
    logger.handler = LogHandler()
    logger.addHandler(logger.handler)
    return logger


def test_a_record_becomes_a_dict(logger):
    logger.info("%d readings from %s", 3, "port 1")
    (entry,) = logger.handler.log
    assert isinstance(entry.pop("time"), float)
    assert entry == {"level": "INFO", "name": "test.logger", "message": "3 readings from port 1"}


def test_what_else_a_record_may_have(logger):
    try:
        raise KeyError("missing")
    except KeyError:
        logger.exception("failed", extra={"port": 1, "tags": {"odd"}, "deep": {"set": {1}}}, stack_info=True)
    (entry,) = logger.handler.log
    assert entry["level"] == "ERROR"
    assert "Traceback" in entry["exception"] and "KeyError" in entry["exception"]
    assert "test_what_else_a_record_may_have" in entry["stack"]
    assert entry["extra"] == {"port": 1, "tags": "{'odd'}", "deep": "{'set': {1}}"}


def test_the_default_of_the_log_sees_what_json_has_no_form_for():
    handler = LogHandler(Log(default=sorted))
    logger = logging.Logger("x")
    logger.addHandler(handler)
    logger.warning("message", extra={"tags": {2, 1}})
    assert handler.log[0]["extra"] == {"tags": [1, 2]}


def test_a_formatter_makes_the_message(logger):
    logger.handler.setFormatter(logging.Formatter("%(levelname)s|%(message)s"))
    try:
        raise ValueError("bad")
    except ValueError:
        logger.exception("failed")
    (entry,) = logger.handler.log
    assert entry["message"].startswith("ERROR|failed\nTraceback") and "exception" not in entry


def test_levels_and_filters(logger):
    logger.handler.setLevel(logging.WARNING)
    logger.handler.addFilter(lambda record: "secret" not in record.getMessage())
    logger.info("low")
    logger.warning("secret")
    logger.error("told")
    assert [entry["message"] for entry in logger.handler.log] == ["told"]


def test_bounds_hold(logger):
    handler = LogHandler(Log(max_entries=3), level="INFO")
    logger.addHandler(handler)
    for k in range(10):
        logger.info("%d", k)
    logger.debug("below the level")
    assert [entry["message"] for entry in handler.log] == ["7", "8", "9"] and handler.log.dropped == 7


def test_emit_raises_nothing(capsys):
    log = Log(max_bytes=300)
    handler = LogHandler(log)
    handler.handled = []
    handler.handleError = handler.handled.append
    logger = logging.Logger("x")
    logger.addHandler(handler)

    class Nasty:
        def __repr__(self):
            raise RuntimeError("no repr")

    logger.warning("%d", "no number")
    logger.warning("too long: %s", "x" * 1000)
    logger.warning("extra", extra={"nasty": Nasty()})
    assert len(handler.handled) == 3 and len(log) == 0
    handler.close()
    logger.warning("the log is still open")
    assert len(log) == 1
    log.close()
    logger.warning("closed")
    assert len(handler.handled) == 4


def test_errors_are_told_as_logging_tells_them(logger, capsys):
    logger.info("%d", "no number")
    assert "Logging error" in capsys.readouterr().err
    assert len(logger.handler.log) == 0


def test_what_is_no_log():
    with pytest.raises(TypeError, match="^log is a Log, not list$"):
        LogHandler([])
    with pytest.raises(ValueError):
        LogHandler(level="LOUD")


def test_a_subclass_chooses_what_an_entry_is():
    class Lines(LogHandler):
        def entry(self, record):
            return self.format(record)

    handler = Lines()
    handler.handle(logging.LogRecord("x", logging.INFO, "file", 1, "message %s", ("text",), None))
    assert list(handler.log) == ["message text"]
