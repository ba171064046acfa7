"""door(module): the functions of another HPy module, called without objects where that is quicker.

On PyPy a method of a native module costs much of its time in objects that both sides throw away. A module made with the
crate hpy-twins has its functions in plain C types too, in a table; PyPy's compiler calls those as it calls its own
code.
"""

import builtins
import sys
import types

from ._abi_table import METHOD, UNCHECKED, parse, read

_CALLS_C = False
if sys.implementation.name == "pypy":
    try:
        from . import _cffi

        _CALLS_C = True
    except ImportError:  # `_door` warns of it
        pass

_LARGEST_F4 = 3.4028234663852886e38


def door(module):
    """The functions of a native module that exports a table of them, each callable without objects.

    `module` is an HPy module made with the crate hpy-twins. The result has its functions as attributes: those that are
    methods of the module too, under the same names. They take, give and raise the same. On PyPy they go straight to
    the C functions of the table, which run without the interpreter's lock; on every other interpreter they are the
    module's own methods.

    AttributeError for a module without a table; ImportError for a table of a version that this chunkarray doesn't know.
    """
    return Door(module, read(module))


class Door:
    """A module's functions, as door() gives them."""

    def __init__(self, module, table):
        self.__name__ = table.module
        self.__doc__ = "Functions of %s, version %d.%d of their table." % (table.module, table.major, table.minor)
        error = table.entries.get("twins_error")
        for entry in table.entries.values():
            if entry.flags & METHOD and not entry.flags & UNCHECKED:
                method = getattr(module, entry.name)
                setattr(self, entry.name, _unboxed(table.module, entry, method, error) if _CALLS_C else method)

    def __repr__(self):
        return "<door of %s: %s>" % (self.__name__, ", ".join(dir(self)))

    def __dir__(self):
        return sorted(name for name in self.__dict__ if not name.startswith("__"))

    def __getattr__(self, name):
        message = "the door of %s has no function %r; it has: %s" % (self.__name__, name, ", ".join(dir(self)))
        raise AttributeError(message, name=name, obj=self) if sys.version_info >= (3, 10) else AttributeError(message)


# A function of such a door. Arguments of other types, or out of range, are the method's to convert or to refuse, so that
# both do it alike. A result that failure looks like costs a question for the error; results like that are rare.
_SOURCE = """\
def function({parameters}):
    if {right}:
        try:
            result = call({arguments})
        except OverflowError:
            pass
        else:
            if {suspicious}:
                look_for_error()
            return result
    return method({arguments})
"""

_RIGHT = {
    "S": "type({0}) is int",
    "U": "type({0}) is int",
    "P": "type({0}) is int",
    "F8": "(type({0}) is float or type({0}) is int)",
    "F4": "type({0}) is float and -%r <= {0} <= %r" % (_LARGEST_F4, _LARGEST_F4),
}
_SUSPICIOUS = {"S": "result == -13", "U": "not result", "P": "not result", "F": "result != result", "V": "True"}


def _unboxed(module, entry, method, error):
    """A function in front of an entry of a table, which has `method` for a fallback. `error` is the table's twins_error."""
    signature = parse(entry.signature)
    arguments = ["a%d" % k for k in range(len(signature.arguments))]
    rights = [
        (_RIGHT.get(kind) or _RIGHT[kind[0]]).format(argument) for kind, argument in zip(signature.arguments, arguments)
    ]
    source = _SOURCE.format(
        parameters=", ".join(arguments + ["/"] if arguments else []),
        arguments=", ".join(arguments),
        right=" and ".join(rights) or "True",
        suspicious=_SUSPICIOUS[signature.result[0]] if error else "False",
    )
    # The names that it uses are a module's: PyPy takes those for constants, and looks up those in another dict.
    home = types.ModuleType(module)
    home.call = _cffi.function(entry.address, signature)
    home.method = method
    home.look_for_error = _looking_for_error(error) if error else None
    exec(source, home.__dict__)
    home.function.__name__ = home.function.__qualname__ = entry.name
    home.function.__doc__ = method.__doc__
    return home.function


def _looking_for_error(entry):
    """A function that raises what the last call on this thread failed with, if it failed."""
    ask = _cffi.function(entry.address, parse(entry.signature))
    backend = _cffi.backend
    array = backend.new_array_type(_cffi.CHARS, None)

    def look_for_error():
        size = ask(0, 0)
        if size:
            text = backend.newp(array, size + 1)
            ask(int(backend.cast(_cffi.ADDRESS, text)), size + 1)
            kind, _, words = backend.string(text).decode("utf-8", "replace").partition(": ")
            raise getattr(builtins, kind)(*filter(None, [words]))

    return look_for_error
