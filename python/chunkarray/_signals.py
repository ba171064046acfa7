"""Where native code comes by during long work, so that Ctrl-C ends it."""


def look(done, /):
    """Nothing. An interpreter calls the handlers of signals that came in before it runs the code of a function."""
