"""Writing for a person: colour, bars and a progress line on a terminal, plain text everywhere else."""

import os
import shutil
import sys
import textwrap
import time

_STYLES = {"bold": "1", "dim": "2", "good": "32", "bad": "31", "title": "1;36"}
_EIGHTHS = " ▏▎▍▌▋▊▉"


class Terminal:
    """Where the text goes, and what can be shown there.

    stream    sys.stdout by default
    widest    how many columns to use of a wide terminal; None: all of them
    """

    def __init__(self, stream=None, widest=80):
        self.stream = sys.stdout if stream is None else stream
        self.live = bool(self._isatty()) and os.environ.get("TERM") != "dumb"
        self.coloured = (self.live or bool(os.environ.get("FORCE_COLOR"))) and not os.environ.get("NO_COLOR")
        columns = shutil.get_terminal_size((80, 24)).columns if self.live else 80
        self.width = columns if widest is None else min(widest, columns)
        try:
            "█▏…·│".encode(getattr(self.stream, "encoding", None) or "utf-8")
            self.unicode = True
        except UnicodeError:
            self.unicode = False

    def _isatty(self):
        asks = getattr(self.stream, "isatty", None)  # which a file of one's own need not have
        return asks is not None and asks()

    def write(self, *parts):
        """One line. A part is text, or a pair (style, text)."""
        line = "".join(self._styled(*part) if isinstance(part, tuple) else part for part in parts)
        print(line.rstrip(), file=self.stream, flush=True)

    def title(self, number, text):
        """The heading of a section."""
        self.write()
        self.write(("title", " %d  %s" % (number, text)))

    def text(self, sentences, style=None):
        """A paragraph, broken into lines."""
        for line in textwrap.wrap(sentences, self.width - 5):
            self.write("    ", (style, line) if style else line)

    def bar(self, share, width):
        """A bar that fills `share` (0 to 1) of `width` columns, to an eighth of a column."""
        if not self.unicode:
            return ("#" * max(1, round(share * width))).ljust(width)
        eighths = max(1, round(share * width * 8))
        return ("█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()).ljust(width)

    def progress(self, label):
        """A progress line; see Progress."""
        return Progress(self, label)

    def _styled(self, style, text):
        return "\033[%sm%s\033[0m" % (_STYLES[style], text) if self.coloured and text.strip() else text


class Progress:
    """A line that tells how far a work is. It is shown on terminals only, and only after a second."""

    def __init__(self, terminal, label):
        self._terminal = terminal
        self._label = label
        self._next = time.perf_counter() + 1.0
        self._shown = False

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if self._shown:
            self._terminal.stream.write("\r\033[K")
            self._terminal.stream.flush()

    def at(self, share, note=""):
        """Says that `share` (0 to 1) is done; None where that can't be known."""
        now = time.perf_counter()
        if now < self._next or not self._terminal.live:
            return
        self._next = now + 0.1
        self._shown = True
        width = 24
        bar = (
            ""
            if share is None
            else "[%s] %3d %%  " % (self._terminal.bar(min(1.0, share), width), round(100 * min(1.0, share)))
        )
        line = "    %s  %s%s" % (self._label, bar, note)
        self._terminal.stream.write("\r\033[K" + line[: self._terminal.width - 1])
        self._terminal.stream.flush()
