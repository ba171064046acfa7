"""Native functions in pipelines: C functions and the loops of ufuncs, called from inside of the loop."""

import types

from .operations import cast, constant, kind_of, operand
from .pointers import pointer_of
from .signatures import parsed
from .types import FLOAT, FLOATS, INT, INTEGERS, PROMOTED, SIZES, Weak, checked
from .ufuncs import loops, ufunc_of
from .values import Value

_EACH, _WITH_DATA, _BLOCK = range(3)  # the kinds of functions that kernels call


class Callee:
    """What a program calls: a function with one choice of types.

    given   the kind, the address and the data, as kernels take them
    kept    what has to live as long
    calls   whether it calls a function of Python's, which several threads would only wait for each other with
    """

    __slots__ = ("name", "types", "given", "kept", "calls")

    def __init__(self, name, types, given, kept, calls=False):
        self.name = name
        self.types = types
        self.given = given
        self.kept = kept
        self.calls = calls


class Call(str):
    """The operation "call" of a value, and what it calls."""

    def __new__(cls, callee):
        self = str.__new__(cls, "call")
        self.callee = callee
        return self


class Native:
    """A function in C that lambdas can call, made by chunkarray.native().

    Of a symbolic value it gives another one; of numbers a number; of arrays, slices, columns and chains a chain. Types
    become those of the function where NumPy takes that for safe, else it is a TypeError.
    """

    __slots__ = ("__name__", "_callees", "_count", "__weakref__")
    __module__ = "chunkarray"

    def __init__(self, name, callees):
        self.__name__ = name
        self._callees = callees
        self._count = len(callees[0].types.takes)

    @property
    def signature(self):
        """The types, as "F8(F8)"; of a ufunc's loops one behind the other, as "F4(F4) F8(F8)"."""
        return " ".join([str(callee.types) for callee in self._callees])

    def __repr__(self):
        return "<native %s: %s>" % (self.__name__, self.signature)

    def __call__(self, *arguments):
        for argument in arguments:
            if type(argument) is Value:
                return self._value(arguments)
        from .chain import is_source

        if any(map(is_source, arguments)):
            from .functions import of_others

            return of_others(self, arguments)
        from .running import evaluated

        return evaluated(self._value(arguments))

    def _value(self, arguments):
        if len(arguments) != self._count:
            raise TypeError(
                "%s takes %d argument%s (%d given)"
                % (self.__name__, self._count, "" if self._count == 1 else "s", len(arguments))
            )
        given = []
        for argument in arguments:
            node, type = operand(argument)
            if type is None:
                raise TypeError("%s takes numbers, not %s" % (self.__name__, kind_of(argument)))
            given.append((node, type))
        callee = self._callees[0] if len(self._callees) == 1 else self._chosen([type for _, type in given])
        takes, nodes = callee.types.takes, []
        for number, ((node, type), wanted) in enumerate(zip(given, takes), 1):
            if not _fits(type, wanted):
                raise TypeError(
                    "argument %d of %s is %s, which does not become %s safely: x.astype(%r) makes it one"
                    % (number, self.__name__, type, wanted, wanted)
                )
            nodes.append(constant(checked(node, wanted), wanted) if isinstance(type, Weak) else cast(node, wanted))
        nodes += [constant(0, type) for type in callee.types.passed[len(takes) :]]
        return Value(Call(callee), tuple(nodes), callee.types.gives)

    def _chosen(self, given):
        """The first that takes values of these types, as NumPy looks for loops."""
        is_float = any(type in FLOATS and not isinstance(type, Weak) for type in given)
        is_number = any(not isinstance(type, Weak) for type in given)
        # Numbers of Python's own take the type of what they meet, if there is one of their kind.
        strong = {INT: INT if is_number else "S8", FLOAT: FLOAT if is_float else "F8"}
        strong = [strong[type] if isinstance(type, Weak) else type for type in given]
        for callee in self._callees:
            if all(map(_fits, strong, callee.types.takes)):
                return callee
        raise TypeError(
            "%s has no loop for %s, but %s" % (self.__name__, ", ".join(given), self.signature.replace(" ", ", "))
        )


def _fits(type, wanted):
    """Whether values of a type become those of another one safely."""
    if type is INT:
        return wanted in INTEGERS or wanted in FLOATS
    if type is FLOAT:
        return wanted in FLOATS
    return type in SIZES and PROMOTED[type, wanted] == wanted


def native(function, signature=None):
    """A function in C, to be called in lambdas, or in place of one: f = native(lib.f); a.map(lambda v: f(v) * 2).

    function    of ctypes or cffi (a function or a pointer to one), a capsule whose name is a signature, SciPy's
                LowLevelCallable, numba's cfunc, a ufunc, of numba's vectorize(), too (on CPython), or an address, an int
    signature   its types where it does not tell them itself: "F8(F8,S4)", or "double (double, int)"; `void *` at the end
                takes user data. Of a ufunc it chooses the loop

    It is called from several threads at once and without the interpreter's lock, has to return, and, beside what
    `signature` says, is trusted: a wrong address or type ends the process. Functions of 1 to 4 numbers are called.
    TypeError for others and for types that don't agree, ValueError for null pointers and for what is no signature.
    """
    if isinstance(function, Native):
        if signature is None:
            return function
        return Native(function.__name__, _of_types(function.__name__, function._callees, signature))
    ufunc = ufunc_of(function)
    if ufunc is not None:
        return _of_ufunc(ufunc, function, signature)
    pointer = pointer_of(function)
    if pointer is None and type(function) is int:
        from .pointers import Pointer

        pointer = Pointer("native", function, lambda: None)
    if pointer is None:
        raise TypeError(
            "native() takes functions of ctypes, cffi, numba's cfunc, capsules, LowLevelCallable, ufuncs and addresses, "
            "not %s" % kind_of(function)
        )
    return _of_pointer(function, pointer, signature)


def _of_pointer(function, pointer, text):
    name = pointer.name
    if not 0 < pointer.address < 1 << 63:
        raise ValueError("%s is a null pointer" % name if not pointer.address else "%d is no address" % pointer.address)
    given = None if text is None else parsed(text, name)
    own = pointer.own() if given is None or type(function).__name__ != "PyCapsule" else _own_or_none(pointer)
    if own is None and given is None:
        raise TypeError(
            "%s does not tell its types: set its argtypes and restype, or give a signature, "
            "chunkarray.native(f, 'F8(F8)')" % name
        )
    if own is not None and given is not None and own != given:
        raise TypeError("%s is %s by its own account, not %s" % (name, own, given))
    types = given or own
    if pointer.data and not types.data:
        raise TypeError("%s has user data, and there is no void * at the end of %s to take it" % (name, types))
    kind = _WITH_DATA if types.data else _EACH
    return Native(name, [Callee(name, types, (kind, pointer.address, pointer.data), function, pointer.calls)])


def _own_or_none(pointer):
    """What a capsule says of itself: its name need not be a signature where one is given."""
    try:
        return pointer.own()
    except ValueError:
        return None


def _of_ufunc(ufunc, kept, text):
    name = ufunc.__name__
    callees = [Callee(name, types, (_BLOCK, address, data), kept) for types, address, data in loops(ufunc)]
    return Native(name, callees if text is None else _of_types(name, callees, text))


def _of_types(name, callees, text):
    wanted = parsed(text, name)
    found = [callee for callee in callees if callee.types == wanted]
    if not found:
        known = ", ".join([str(callee.types) for callee in callees])
        raise TypeError("%s is %s, not %s" % (name, known, wanted))
    return found[:1]


def recognised(function):
    """A function that a stage was given: as a Native if it is one of C that tells its types; else as it is."""
    if isinstance(function, (Native, types.FunctionType, types.BuiltinFunctionType, type)):
        return function
    if ufunc_of(function) is not None:  # which finds its way by itself
        return function
    pointer = pointer_of(function)
    return function if pointer is None else _of_pointer(function, pointer, None)
