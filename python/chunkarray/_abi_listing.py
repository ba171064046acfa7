"""chunkarray.abi: the typed C functions in the binary, as a listing that can be read and called."""

import difflib
import os
import re
import textwrap

from . import _abi_types
from ._include import get_include
from ._load import core, host

# Such a line in chunkarray.h names an error.
_ERROR = re.compile(r"CHUNKARRAY_(\w+) = (-\d+),? +/\* (.*) \*/")


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

    @property
    def _table(self):
        if self._read is None:
            self._need_binary()
            from ._abi_table import read

            table = read(core)
            self._read = table, {name: _abi_types.Function(table, entry) for name, entry in table.entries.items()}
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
        with open(os.path.join(get_include(), "chunkarray.h"), encoding="utf-8") as file:
            return {name: (int(number), text) for name, number, text in _ERROR.findall(file.read())}

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
        """The handle of a ChunkArray, Arena, Log or KeyTable, for C functions: an int, good as long as `value` lives."""
        self._need_binary()
        found = getattr(getattr(value, "_native", value), "_handle", None)
        if found is None:
            raise TypeError("a ChunkArray, Arena, Log or KeyTable is required, not %s" % type(value).__name__)
        return found()

    def header(self, array):
        """The address of a ChunkArray's header, `const chunkarray_array *` in C, good as long as `array` lives."""
        self._need_binary()
        found = getattr(getattr(array, "_native", array), "_header", None)
        if found is None:
            raise TypeError("a ChunkArray is required, not %s" % type(array).__name__)
        return found()

    def table(self):
        """The listing as text: a line for each function, one for all that differ in the type of elements only."""
        rows = [_row(*item) for item in _abi_types.families(self).items()]
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
    convention, places, back = _abi_types.registers(function.arguments, function.result)
    lines = [
        "%s: %s, since %s%s" % (function.name, function.signature, function.since, "" if function.checked else ", UNCHECKED"),
        "",
    ]
    for paragraph in function.doc.split("\n\n"):
        if not paragraph.startswith("Errors:"):
            lines += textwrap.wrap(paragraph.replace("\n", " "), 78) + [""]
    if not function.checked:
        lines += ["It trusts its caller: a wrong argument is undefined behaviour.", ""]
    rows = [("argument", "C type", "bytes", "register", "whose")]
    for argument, place in zip(function.arguments, places):
        rows.append((argument.name, argument.c, str(_abi_types.size(argument.type)), place, argument.whose))
    if function.result:
        result = function.result
        rows.append(("result", result.c, str(_abi_types.size(result.type)), back, result.whose))
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines += ["  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
    lines += ["", "Registers: %s." % convention]
    named = [name for name in errors if re.search(r"\b%s\b" % name, function.doc)]
    if named:
        lines += ["", "Errors, a result below 0 (error_text() gives the text):"]
        width = max(map(len, named))
        lines += ["  %3d %-*s  %s" % (errors[name][0], width, name, errors[name][1]) for name in named]
    return "\n".join(lines + [""] + _example(function))


def _example(function):
    """How the function is called from C."""
    names = ", ".join(_sample(argument) for argument in function.arguments)
    call = "ca.%s(%s)" % (function.name, names)
    lines = ["In C:", "  #include <chunkarray.h>", "  chunkarray_api ca;  /* filled once, by chunkarray_load(&ca, path) */"]
    for argument in function.arguments:
        if argument.type.startswith("*mut ") and argument.c != "chunkarray_array *":
            pointed = argument.c[:-1].strip()
            if pointed != "void":
                lines.append("  %s %s;" % (pointed, argument.name))
    result = function.result
    if result is None:
        lines.append("  %s;" % call)
    elif result.c in ("int32_t", "int64_t") and function.checked:
        lines.append("  %s = %s;" % (_abi_types.typed(result.c, "result"), call))
        lines.append("  if (result < 0) puts(ca.error_text((int32_t)result));")
    else:
        lines.append("  %s = %s;" % (_abi_types.typed(result.c, "result"), call))
    return lines


def _sample(argument):
    if argument.type in _abi_types.NUMBERS:
        if argument.name in ("value", "old", "new", "expected", "delta"):
            return "1.5" if _abi_types.is_float(argument.type) else "7"
        return "0" if argument.name in ("index", "start", "k", "chunk") else argument.name
    if argument.type.startswith("*mut ") and argument.c not in ("void *", "chunkarray_array *"):
        return "&" + argument.name
    if argument.type == "*const c_char":
        return '"F8"' if argument.name == "dtype" else argument.name
    return argument.name


abi = Listing()
