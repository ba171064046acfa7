"""LogHandler: the records of the module `logging` in a Log."""

import logging

from ._log import Log

# What every record has; all else came by `extra=`.
_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class LogHandler(logging.Handler):
    """Keeps log records in a Log, as dicts that tell what they said, not how it looked.

    LogHandler(log=None, level=logging.NOTSET)

    log    where the entries go; a new Log() by default. It stays open when the handler is closed.

    An entry has "time" (seconds since the epoch), "level" (its name), "name" (the logger's) and "message"; where the
    record has them, "exception" and "stack" (texts) and "extra" (a dict of what was passed as `extra=`; what JSON has
    no form for is kept as its repr). With a formatter, "message" is what it makes of the record, exception included.

    emit() raises nothing: what goes wrong is for logging's handleError().
    """

    __module__ = __package__

    def __init__(self, log=None, level=logging.NOTSET):
        if not isinstance(log, (Log, type(None))):
            raise TypeError("log is a Log, not %s" % type(log).__name__)
        super().__init__(level)
        self._log = Log() if log is None else log

    @property
    def log(self):
        """The log that the entries go to."""
        return self._log

    def entry(self, record):
        """The entry for a record: what a subclass changes."""
        entry = {"time": record.created, "level": record.levelname, "name": record.name}
        if self.formatter is not None:
            entry["message"] = self.format(record)
        else:
            entry["message"] = record.getMessage()
            if record.exc_info:
                entry["exception"] = logging.Formatter().formatException(record.exc_info)
            elif record.exc_text:
                entry["exception"] = record.exc_text
            if record.stack_info:
                entry["stack"] = record.stack_info
        extra = {key: value for key, value in vars(record).items() if key not in _USUAL}
        if extra:
            entry["extra"] = extra
        return entry

    def emit(self, record):
        """Appends the entry for a record."""
        try:
            entry = self.entry(record)
            try:
                self._log.append(entry)
            except (TypeError, RecursionError):
                if "extra" not in entry:
                    raise
                entry["extra"] = {key: self._plain(value) for key, value in entry["extra"].items()}
                self._log.append(entry)
        except Exception:
            self.handleError(record)

    def _plain(self, value):
        try:
            self._log._encode(value)
        except (TypeError, ValueError, RecursionError):
            return repr(value)
        return value
