"""The functions of a table, as people and programs read them: declarations in C, families of types, calls by ctypes."""

import re

from ._abi_types import ELEMENTS, HANDLE, NUMBERS, arguments, common, family

_UNCHECKED = 1  # a flag of an entry


class Function:
    """A C function of a table: `name`, `signature` ("S8(P,F8)"), `doc`, `since`, `checked`, `address`.

    `arguments` and `result` have names, C types and owners; `declaration` is the function in C.
    """

    def __init__(self, table, entry):
        first, _, text = entry.doc.partition("\n")
        self.name = entry.name
        self.signature = entry.signature
        self.doc = " ".join(text.split())
        self.since = "%d.%d" % (table.major, entry.since)
        self.checked = not entry.flags & _UNCHECKED
        self.address = entry.address
        self.arguments, self.result = arguments(entry.name, first)

    def __repr__(self):
        return "<chunkarray.abi %s: %s>" % (self.name, self.signature)

    @property
    def summary(self):
        """The first sentence of `doc`, or what stands before its first colon."""
        return re.match(r"(?:`[^`]*`|[^`])*?(?=[.:;](?: |$)|$)", self.doc).group()

    @property
    def declaration(self):
        """The function as a C program declares it."""
        return declared(self.name, self.result.c if self.result else "void", [(a.c, a.name) for a in self.arguments])

    def ctypes(self):
        """The function for ctypes: handles and pointers are ints (`ctypes.addressof(..)`) or None, texts are bytes."""
        import ctypes

        numbers = {name: getattr(ctypes, "c_" + c[:-2]) for name, (c, _, floats) in NUMBERS.items() if not floats}
        numbers.update(f32=ctypes.c_float, f64=ctypes.c_double)

        def of(argument):
            if argument is None:
                return None
            if argument.type == HANDLE:
                return ctypes.c_uint64
            pointer = ctypes.c_char_p if argument.type == "*const c_char" else ctypes.c_void_p
            return numbers.get(argument.type, pointer)

        return ctypes.CFUNCTYPE(of(self.result), *map(of, self.arguments))(self.address)


def families(functions):
    """{name with T: [function of each type]} of functions, in their order."""
    groups = {}
    for function in functions:
        groups.setdefault(family(function.name)[0], []).append(function)
    return groups


def typed(c, name):
    """A name behind its C type."""
    return c + ("" if c.endswith("*") else " ") + name


def declared(name, result, given):
    """A function in C, of the C type of its result and (C type, name) of its arguments."""
    return "%s(%s)" % (typed(result, name), ", ".join(typed(*each) for each in given) or "void")


def declared_together(functions):
    """The declaration of functions that differ in the type of their elements only, with T for it; and the types."""
    first = functions[0]
    name, letter = family(first.name)
    if letter is None:
        return first.declaration, []
    letters = [family(function.name)[1] for function in functions]

    def together(*texts):
        return common(letters, texts, ELEMENTS)

    result = together(*[function.result.c for function in functions]) if first.result else "void"
    given = [(together(*[one.c for one in each]), each[0].name) for each in zip(*[f.arguments for f in functions])]
    return declared(name, result, given), letters
