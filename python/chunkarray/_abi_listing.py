"""chunkarray.abi: the typed C functions in the binary, as a listing that can be read and called."""

import difflib
import os
import re
import shutil
import sys
import textwrap

from . import _abi_functions, _abi_types
from ._include import get_include
from ._load import core, host
from ._terminal import Terminal

_WIDTH = 80
_ONLY_ERRORS = re.compile(r" Errors: [A-Z_]+(, [A-Z_]+)*\.$")
_INDENT = "    "
# Such a line in chunkarray.h names an error.
_ERROR = re.compile(r" +CHUNKARRAY_(\w+) = (-\d+),? +/\* (.*) \*/")


class Listing:
    """The typed C functions in the binary: what chunkarray.h declares, and any other language may call.

        >>> len(chunkarray.abi), chunkarray.abi.version
        >>> chunkarray.abi["array_push_f8"].declaration
        'int64_t array_push_f8(chunkarray_handle array, double value)'
        >>> print(chunkarray.abi.explain("array_push_f8"))

    Iterating gives each Function. With CHUNKARRAY_HOST=python there is no binary: whatever asks for a function is a
    RuntimeError that says so.
    """

    def __init__(self):
        self._read = None
        self._known_errors = None

    @property
    def _table(self):
        if self._read is None:
            self._need_binary()
            from ._abi_table import read

            table = read(core)
            self._read = table, {name: _abi_functions.Function(table, entry) for name, entry in table.entries.items()}
        return self._read[0]

    @property
    def _functions(self):
        return self._table and self._read[1]

    @staticmethod
    def _need_binary():
        if host == "python":
            raise RuntimeError(
                "CHUNKARRAY_HOST=python: there are no C functions, as they are in the binary, which this does without"
            )

    @property
    def version(self):
        """Version of the table, (major, minor): whoever was built for N.x works with N.y, y >= x."""
        return self._table.major, self._table.minor

    @property
    def address(self):
        """Address of the table: `const chunkarray_table *` in C."""
        return self._table.address

    @property
    def errors(self):
        """{name: (number, text)} of the errors that a signed result below 0 tells."""
        if self._known_errors is None:
            with open(os.path.join(get_include(), "chunkarray.h"), encoding="utf-8") as file:
                lines = (_ERROR.match(line) for line in file)
                self._known_errors = {found[1]: (int(found[2]), found[3]) for found in lines if found}
        return self._known_errors

    def __len__(self):
        return len(self._functions)

    def __iter__(self):
        return iter(self._functions.values())

    def __contains__(self, name):
        return name in self._functions

    def __getitem__(self, name):
        """The Function of a name. KeyError for one that there is not, with names like it."""
        found = self._functions.get(name) if isinstance(name, str) else None
        if found is None:
            raise KeyError(self._unknown(name))
        return found

    def _unknown(self, name):
        near = difflib.get_close_matches(str(name), self._functions, n=3, cutoff=0.5)
        return "there is no C function %r%s" % (name, "; like it: " + ", ".join(near) if near else "")

    def __repr__(self):
        if host == "python":
            return "<chunkarray.abi: no binary>"
        return "<chunkarray.abi %d.%d: %d C functions>" % (*self.version, len(self))

    def handle(self, value):
        """The handle of a ChunkArray, Arena, Log or KeyTable, for C functions: an int, good as long as `value` lives.

        From then on it is an object that C uses: see `value.__chunkarray_c__`.
        """
        kinds = ("Array", "Arena", "Log", "KeyTable")
        return self._handed(value, "a ChunkArray, Arena, Log or KeyTable", *kinds)._handle()

    def header(self, array):
        """The address of a ChunkArray's header, `const chunkarray_array *` in C, good as long as `array` lives.

        From then on it is an array that C uses: see `array.__chunkarray_c__`.
        """
        return self._handed(array, "a ChunkArray", "Array")._header()

    def _handed(self, value, wanted, *kinds):
        """The native object of one that is handed to C."""
        self._need_binary()
        kinds = tuple(getattr(core, kind) for kind in kinds)
        native = getattr(value, "_native", value)
        if not isinstance(native, kinds):
            raise TypeError("%s is required, not %s" % (wanted, type(value).__name__))
        value.__chunkarray_c__  # noqa: B018 - the door, and who waits for elements, then know of C
        raw = getattr(value, "_raw", None)  # an array whose door reads `_native` by itself
        return raw if isinstance(raw, kinds) else native

    def table(self):
        """The listing as text: a line for each function, one for all that differ in the type of elements only."""
        rows = [_row(*item) for item in _abi_functions.families(self).items()]
        widths = [max(map(len, column)) for column in zip(*rows)]
        return "\n".join("%-*s  %-*s  %s" % (widths[0], row[0], widths[1], row[1], row[2]) for row in rows)

    def explain(self, name):
        """All about one function, as text: what it does, each argument's size, register and owner, errors, an example."""
        return _explained(self[name], self.errors)


def _row(name, functions):
    """A line of the listing: name, signature, both with T for the type of elements, and what it does."""
    letters = [_abi_types.family(function.name)[1] for function in functions]
    if letters[0] is None:
        return name, functions[0].signature, functions[0].summary
    pieces = zip(*[re.split(r"(?<=[(,])|(?=[,)(])", function.signature) for function in functions])
    names = {letter: letter.upper() for letter in letters}
    return name, "".join(_abi_types.common(letters, each, names) for each in pieces), functions[0].summary


def _explained(function, errors):
    rights = "checked" if function.checked else "UNCHECKED: it trusts its caller"
    lines = ["%s  %s  (since %s, %s)" % (function.name, function.signature, function.since, rights), ""]
    text = _ONLY_ERRORS.sub("", function.doc)  # they follow, with their meaning
    lines += [*textwrap.wrap(text, _WIDTH), "", _INDENT + function.declaration + ";", ""]
    lines += _parameters(function)
    lines += _errors(function, errors)
    return "\n".join(lines + [""] + _example(function))


def _parameters(function):
    """The table of arguments and result."""
    convention, places, back = _abi_types.registers(function.arguments, function.result)
    rows = [("", "C type", "bytes", "register", "whose it is")]
    for argument, place in zip(function.arguments, places):
        rows.append((argument.name, argument.c, str(_abi_types.size(argument.type)), place, argument.whose))
    if function.result:
        result = function.result
        rows.append((result.name, result.c, str(_abi_types.size(result.type)), back, result.whose))
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = [_INDENT + "  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return [*lines, "", "The registers are those of %s." % convention]


def _errors(function, errors):
    """The errors that the function's text names."""
    if not (function.checked and function.result and function.result.type in ("i32", "i64")):
        return []
    names = [name for name in errors if re.search(r"\b%s\b" % name, function.doc)]
    if not names:
        return []
    width = max(map(len, names))
    lines = [_INDENT + "%3d  %-*s  %s" % (errors[name][0], width, name, errors[name][1]) for name in names]
    return ["", "A result below 0 is an error, and nothing has changed:", *lines]


def _example(function):
    """How the function is called from C, and by ctypes."""
    lines = ["In C, with chunkarray.h; chunkarray_load(&ca, path) has filled ca:"]
    names = []
    for argument in function.arguments:
        out = argument.type.startswith("*mut ") and argument.c not in ("void *", "chunkarray_array *")
        if out:
            lines.append(_INDENT + "%s %s;" % (argument.c.rstrip("* "), argument.name))
        names.append("&" + argument.name if out else _sample(argument))
    call = "ca.%s(%s)" % (function.name, ", ".join(names))
    result = function.result
    lines.append(_INDENT + (_abi_functions.typed(result.c, "result") + " = " if result else "") + call + ";")
    if function.checked and result and result.type in ("i32", "i64"):
        lines.append(_INDENT + 'if (result < 0) fprintf(stderr, "%s\\n", ca.error_text((int32_t)result));')
    lines += ["", "In Python, by ctypes:"]
    lines.append(_INDENT + 'call = chunkarray.abi["%s"].ctypes()' % function.name)
    names = []
    for argument in function.arguments:
        if argument.type == _abi_types.HANDLE:
            names.append(argument.name if argument.name == "chunk" else "chunkarray.abi.handle(%s)" % argument.name)
        elif argument.c == "const chunkarray_array *":
            names.append("chunkarray.abi.header(array)")
        elif argument.c.startswith("const char"):
            names.append("b" + _sample(argument) if argument.name == "dtype" else argument.name)
        elif argument.type.startswith("*"):
            names.append("ctypes.addressof(%s)" % {"from": "data"}.get(argument.name, argument.name))
        else:
            names.append(_sample(argument))
    return lines + [_INDENT + "call(%s)" % ", ".join(names)]


def _sample(argument):
    """An argument as an example has it."""
    if argument.type in ("f32", "f64"):
        return "1.5"
    if argument.type in _abi_types.NUMBERS:
        return {"value": "7", "old": "7", "amount": "1", "index": "0", "start": "0", "k": "0", "step": "1"}.get(
            argument.name, argument.name
        )
    return '"F8"' if argument.name == "dtype" else argument.name


def show(name=None):
    """Prints the listing, or all about one function. Gives the exit status."""
    if name is None:
        terminal = Terminal()
        width = shutil.get_terminal_size().columns if terminal.live else 1000
        print("%d C functions, version %d.%d, for include/chunkarray.h in" % (len(abi), *abi.version))
        print("%s\n" % os.path.dirname(get_include()))
        for line in abi.table().splitlines():
            print(line if len(line) <= width else line[: width - 3] + "...")
        print("\nT: %s. P: a handle or a pointer, V: nothing; the digits count bytes." % " ".join(_abi_types.ELEMENTS))
        print("python -m chunkarray abi --explain array_push_f8 tells more of that one.")
        return 0
    try:
        print(abi.explain(name))
    except KeyError as error:
        print(error.args[0], file=sys.stderr)
        return 1
    return 0


abi = Listing()
