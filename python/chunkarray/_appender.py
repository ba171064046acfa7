"""appender(): the fastest way to append one by one."""


class Appender:
    """A context manager that gives the function to append with, looked up once for the whole block."""

    __slots__ = ("_array",)

    def __init__(self, array):
        self._array = array

    def __enter__(self):
        return self._array.append

    def __exit__(self, *exception):
        pass
