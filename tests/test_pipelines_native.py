"""Functions in C in place of lambdas and inside of them: pointers of ctypes, capsules, what looks like those of SciPy,
numba and cffi, and ufuncs."""

import gc
import math
import sys
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import chunkarray
from chunkarray import ChunkArray, native, zip_
from support import SCALE, needs_numpy, needs_waiting_inside_calls, run_python, scaled

ctypes = pytest.importorskip("ctypes")

ENGINE = ChunkArray("U1").map(lambda v: v).engine
IS_CPYTHON = sys.implementation.name == "cpython"
needs_cpython = pytest.mark.skipif(not IS_CPYTHON, reason="reads CPython's objects")
CTYPES = {
    "BOOL": ctypes.c_bool,
    "U1": ctypes.c_uint8,
    "U2": ctypes.c_uint16,
    "U4": ctypes.c_uint32,
    "U8": ctypes.c_uint64,
    "S1": ctypes.c_int8,
    "S2": ctypes.c_int16,
    "S4": ctypes.c_int32,
    "S8": ctypes.c_int64,
    "F4": ctypes.c_float,
    "F8": ctypes.c_double,
}


WITHOUT_POINTERS = (
    "test_signatures",
    "test_wrong_signatures",
    "test_ufuncs_that_are_not_called",
    "test_where_pointers_have_no_address",
)


@pytest.fixture(autouse=True, params=["best", "interpreter"] if ENGINE == "cranelift" and SCALE > 0.1 else ["best"])
def engine(request, monkeypatch):
    """All of it with and without code that was made for it."""
    if sys.implementation.name == "graalpy" and request.node.originalname not in WITHOUT_POINTERS:
        pytest.skip("needs pointers of ctypes, whose addresses GraalPy does not tell")
    if request.param == "interpreter":
        monkeypatch.setattr("chunkarray._pipeline.running.ENGINE", "interpreted")


def c_function(gives, *takes):
    """Makes a function of Python's one that C can call."""
    return ctypes.CFUNCTYPE(CTYPES[gives], *[CTYPES[each] for each in takes])


def labs():
    function = ctypes.CDLL(None).labs
    function.argtypes, function.restype = [ctypes.c_long], ctypes.c_long
    return function


@c_function("F8", "F8")
def half(x):
    return x / 2


def address(function):
    return ctypes.c_void_p.from_address(ctypes.addressof(function)).value


# Where they stand.


def test_in_place_of_a_lambda():
    a = ChunkArray("S8", [3, -4, 0, 5, -4])
    assert a.map(labs()).collect().tolist() == [3, 4, 0, 5, 4]
    assert a.map(labs()).collect().dtype == "S8"
    assert a.filter(c_function("BOOL", "S8")(lambda v: v < 0)).count() == 2
    assert list(a.filter(labs())) == [3, -4, 5, -4]  # 0 is false
    assert list(a.take_while(labs())) == [3, -4]
    assert a.reduce(c_function("S8", "S8", "S8")(lambda x, y: x * 10 + y), 0) == 26046
    assert a.group_by(labs()).count().tolist() == [(3, 1), (4, 2), (0, 1), (5, 1)]
    assert a.agg(lambda v: {"n": native(labs())(v).sum()}) == {"n": 16}


def test_several_arguments_come_from_arrays_side_by_side():
    a, b = ChunkArray("F8", [1, 2, 3]), ChunkArray("S4", [4, 5, 6])
    function = c_function("F8", "F8", "S4")(lambda x, k: x * k)
    assert list(zip_(a, b).map(function)) == [4, 10, 18]
    rows = a.map(lambda v: (v, (v * 2).astype("S4")))
    assert list(rows.map(function)) == [2, 8, 18]


def test_inside_of_a_lambda():
    function, f = labs(), native(labs())
    a = ChunkArray("S2", range(-3, 3))
    with pytest.raises((TypeError, ctypes.ArgumentError)):
        list(a.map(lambda v: function(v) * 2))
    assert list(a.map(lambda v: f(v) * 2 + f(v - 1))) == [10, 7, 4, 1, 2, 5]
    assert native(f) is f and f.signature == "S8(S8)" and repr(f) == "<native labs: S8(S8)>"


def test_of_numbers_arrays_and_chains():
    f = native(half)
    assert f(3) == 1.5 and f(-1.0) == -0.5 and isinstance(f(3), float)
    a = ChunkArray("F4", [1, 2])
    assert list(f(a)) == [0.5, 1] == list(f(a.filter(lambda v: v > 0)))
    with pytest.raises(TypeError, match=r"^native takes 1 argument \(2 given\)$"):
        f(a, 1)
    with pytest.raises(TypeError, match="^native takes numbers, not str$"):
        f("1")


def test_plans_name_the_function():
    chain = ChunkArray("S4", [1]).map(lambda v: native(labs())(v) + 1)
    assert "map         labs(S8(x)) + 1" in str(chain)
    text = chain.explain()
    assert "function 0 is labs: S8(S8)" in text and "call 0 S8 S8 1" in text
    assert address(labs()) > 0 and str(address(labs())) not in text


def test_a_chain_keeps_its_functions():
    chain = ChunkArray("F8", range(5)).map(c_function("F8", "F8")(lambda x: x + 1)).map(lambda v: v * 2)
    gc.collect()
    assert chain.sum() == 30 == chain.sum()


def test_equal_calls_are_one_and_others_are_not():
    seen = []
    function = native(c_function("S4", "S4")(lambda x: seen.append(x) or x))
    other = native(c_function("S4", "S4")(lambda x: -x))
    a = ChunkArray("S4", [1, 2])
    assert a.map(lambda v: function(v) * function(v) + other(v)).sum() == 2
    assert seen == [1, 2]


# Values and types.


def values_of(name):
    if name == "BOOL":
        return st.booleans()
    if name[0] == "F":
        return st.floats(width=8 * int(name[1]), allow_nan=False)
    bits = 8 * int(name[1])
    return st.integers(0, 2**bits - 1) if name[0] == "U" else st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def close(one, two):
    return one == two or (one != one and two != two)


@settings(max_examples=scaled(40, least=5), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_every_type_comes_as_it_is(data):
    """Whatever stands in which registers."""
    names = data.draw(st.lists(st.sampled_from(sorted(CTYPES)), min_size=1, max_size=4))
    rows = data.draw(st.lists(st.tuples(*map(values_of, names)), min_size=1, max_size=5))
    which = data.draw(st.integers(0, len(names) - 1))
    seen = []

    @c_function(names[which], *names)
    def function(*values):
        seen.append(values)
        return values[which]

    arrays = [ChunkArray(name, column, chunk_size=2) for name, column in zip(names, zip(*rows))]
    chain = zip_(*arrays).map(function)
    assert list(chain) == [row[which] for row in rows]
    assert seen == rows
    assert chain.collect().dtype == names[which]


SAFE = {
    "S1": "S1 S2 S4 S8 F4 F8",
    "U2": "U2 U4 U8 S4 S8 F4 F8",
    "S4": "S4 S8 F8",
    "U8": "U8 F8",
    "BOOL": "BOOL U1 U2 U4 U8 S1 S2 S4 S8 F4 F8",
    "F4": "F4 F8",
    "F8": "F8",
}


@pytest.mark.parametrize("name", SAFE)
def test_types_become_others_where_that_is_safe(name):
    a = ChunkArray(name, [1, 0])
    for wanted in CTYPES:
        function = native(c_function("F8", wanted)(lambda x: x + 1))
        if wanted in SAFE[name].split():
            assert a.map(function).sum() == 3
        else:
            with pytest.raises(TypeError) as caught:
                a.map(function)
            assert str(caught.value) == (
                "argument 1 of native is %s, which does not become %s safely: x.astype('%s') makes it one"
                % (name, wanted, wanted)
            )


def test_numbers_of_pythons_take_the_type_that_is_wanted():
    function = native(c_function("F8", "F4", "U1")(lambda x, k: x * k))
    a = ChunkArray("F4", [1.5])
    assert a.map(lambda v: function(v, 255)).first() == 382.5
    assert a.map(lambda v: function(2, (v * 2).astype("U1"))).first() == 6
    with pytest.raises(OverflowError, match="^256 is out of range for U1"):
        a.map(lambda v: function(v, 256))
    with pytest.raises(TypeError, match="^argument 2 of native is float, which does not become U1 safely"):
        a.map(lambda v: function(v, 2.0))
    with pytest.raises(TypeError, match=r"^argument 1 of native is TIME\[s\], which does not become F4 safely"):
        ChunkArray("TIME[s]", [0]).map(lambda v: function(v, 1))


# What they see.


def test_what_a_filter_held_back_is_not_seen():
    seen = []
    function = native(c_function("F8", "F8")(lambda x: seen.append(x) or x + 1))
    a = ChunkArray("F8", range(3000))
    for chain in (
        a.filter(lambda v: v % 1000 == 7).map(function),
        a.filter(lambda v: chunkarray.sqrt(v) % 10 == 2).map(lambda v: function(v) * 0 + 1),
        a.filter(lambda v: v < 5).enumerate().map(lambda i, v: function(v) + i),
        a.take_while(lambda v: v < 5).filter(lambda v: v > 1).map(function),
    ):
        seen.clear()
        n = chain.count()
        assert not seen  # nothing hangs on it
        chain.sum()
        assert len(seen) == n
    seen.clear()
    assert a.filter(lambda v: v < 3).reduce(lambda so_far, v: so_far + function(v), 0) == 6
    assert seen == [0, 1, 2]


@needs_waiting_inside_calls
def test_many_threads_get_into_python():
    threads = set()

    @c_function("S8", "S8")
    def function(x):
        threads.add(threading.get_ident())
        return x + 1

    n = 150_000 if ENGINE != "python" else 1000
    a = ChunkArray("S8", range(n))
    assert a.map(labs()).using(threads=4).sum() == n * (n - 1) // 2
    chain = a.filter(lambda x: x % 4096 == 0).map(function)
    wanted = sum(range(1, n + 1, 4096))
    assert chain.using(threads=4).sum() == wanted
    threads.clear()
    assert chain.sum() == wanted
    assert threads == {threading.get_ident()}  # where more would only wait for each other


RAISES = """
import ctypes
from chunkarray import ChunkArray

@ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)
def function(x):
    if x == 1:
        raise KeyError("of the callback")
    return x

print(ChunkArray("F8", [3, 1, 4]).map(function).count(), ChunkArray("F8", [3, 4]).map(function).sum())
print(len(ChunkArray("F8", [3, 1, 4]).map(function).collect()))
"""


def test_an_exception_in_a_callback_is_what_ctypes_makes_of_it():
    """It is printed, and the run goes on."""
    done = run_python(RAISES)
    assert done.stdout.split() == ["3", "7.0", "3"]
    assert "of the callback" in done.stderr


# What tells its types, and what does not.


def test_addresses_with_a_signature():
    a = ChunkArray("F8", [1, 2])
    at = address(half)
    for text in ("F8(F8)", "double(double)", " double ( const double ) ", "float64(float64)", "F8 (double)"):
        assert a.map(native(at, text)).sum() == 1.5
    assert native(ctypes.c_void_p(at), "F8(F8)")(4) == 2
    seen = c_function("F8", "F8", "S4")(lambda x, zero: x + zero)
    assert a.map(native(address(seen), "double (double, int __pyx_skip_dispatch)")).sum() == 3
    assert native(at, "F8(F8)").signature == "F8(F8)"


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("int (int, unsigned)", "S4(S4,U4)"),
        ("long long (unsigned long long int)", "S8(U8)"),
        ("short unsigned int (signed char, unsigned char)", "U2(S1,U1)"),
        ("_Bool (float, size_t, int16_t, uint32_t)", "BOOL(F4,U8,S2,U4)"),
        ("double (double, void *)", "F8(F8,void *)"),
        ("B4(B8)", "U4(U8)"),
        ("double (double x, unsigned int n)", "F8(F8,U4)"),
        ("double (double, int __pyx_skip_dispatch)", "F8(F8)"),
    ],
)
def test_signatures(text, wanted):
    assert native(1 << 20, text).signature == wanted


@pytest.mark.parametrize(
    "text, error, words",
    [
        ("", ValueError, "'' is no signature: one is as 'F8(F8,S4)' or 'double (double, int)'"),
        ("F8", ValueError, "'F8' is no signature: one is as 'F8(F8,S4)' or 'double (double, int)'"),
        ("F8(F8", ValueError, "'F8(F8' is no signature: one is as 'F8(F8,S4)' or 'double (double, int)'"),
        ("(F8)", ValueError, "'(F8)' is no signature: one is as 'F8(F8,S4)' or 'double (double, int)'"),
        ("F8(F8,)", ValueError, "'F8(F8,)' is no signature: one is as 'F8(F8,S4)' or 'double (double, int)'"),
        (
            "double (*)(double)",
            ValueError,
            "'double (*)(double)' is no signature: one is as 'F8(F8,S4)' or 'double (double, int)'",
        ),
        ("F8()", TypeError, "native takes no numbers, and functions of 1 to 4 are called"),
        ("F8(void)", TypeError, "native takes no numbers, and functions of 1 to 4 are called"),
        ("F8(void *)", TypeError, "native takes no numbers, and functions of 1 to 4 are called"),
        ("F8(F8,F8,F8,F8,F8)", TypeError, "native takes 5 numbers, and functions of 1 to 4 are called"),
        ("F8(F8,...)", TypeError, "native takes any number of arguments (...), which can't be called here"),
        ("void (F8)", TypeError, "native gives nothing (void)"),
        ("F8(F16)", TypeError, "native takes 'F16', which is no type of numbers that pipelines know"),
        ("doubl(F8)", TypeError, "native gives 'doubl', which is no type of numbers that pipelines know"),
        ("F8(char)", TypeError, "native takes 'char', which is no type of numbers that pipelines know"),
        ("F8(long double)", TypeError, "native takes 'long double', which is no type of numbers that pipelines know"),
        (
            "F8(float complex)",
            TypeError,
            "native takes 'float complex', which is no type of numbers that pipelines know",
        ),
        ("F8(double *)", TypeError, "native takes a pointer (double *), and pipelines have numbers"),
        ("F8(void *, F8)", TypeError, "native takes a pointer (void *), and pipelines have numbers"),
        ("F8(struct point)", TypeError, "native takes a struct (struct point), and pipelines have numbers"),
    ],
)
def test_wrong_signatures(text, error, words):
    with pytest.raises(error) as caught:
        native(1 << 20, text)
    assert str(caught.value) == words


def test_what_is_no_function():
    what = "native() takes functions of ctypes, cffi, numba's cfunc, capsules, LowLevelCallable, ufuncs and addresses, "
    for wrong, name in ((1.5, "float"), (None, "NoneType"), ([half], "list"), (True, "bool")):
        with pytest.raises(TypeError) as caught:
            native(wrong, "F8(F8)")
        assert str(caught.value) == what + "not " + name
    with pytest.raises(TypeError, match="^native does not tell its types: set its argtypes and restype, or give a "):
        native(1 << 20)
    for null in (0, ctypes.c_void_p(), type(half)()):
        with pytest.raises(ValueError, match="^native is a null pointer$"):
            native(null, "F8(F8)")
    for no_address in (-1, 1 << 64):
        with pytest.raises(ValueError, match="is no address$"):
            native(no_address, "F8(F8)")
    with pytest.raises(TypeError, match=r"^native is F8\(F8\) by its own account, not F8\(F4\)$"):
        native(half, "F8(F4)")
    with pytest.raises(TypeError, match=r"^labs is S8\(S8\), not F8\(F8\)$"):
        native(native(labs()), "F8(F8)")


def test_where_pointers_have_no_address():
    if sys.implementation.name != "graalpy":
        assert native(half)(-1) == -0.5
        return
    for use in (native, ChunkArray("F8").map):
        with pytest.raises(TypeError, match="^what a pointer of ctypes points to can't be seen on graalpy: "):
            use(half)


class Point(ctypes.Structure):
    _fields_ = [("x", ctypes.c_double)]


@pytest.mark.parametrize(
    "takes, gives, words",
    [
        (None, ctypes.c_long, "labs does not tell its types: set its argtypes and restype, or give a signature, "),
        ([], ctypes.c_long, "labs takes no numbers, and functions of 1 to 4 are called"),
        ([ctypes.c_long], None, "labs gives nothing (void)"),
        ([ctypes.c_longdouble], ctypes.c_long, "labs takes 'c_longdouble', which is no type of numbers "),
        ([Point], ctypes.c_long, "labs takes a struct (struct Point), and pipelines have numbers"),
        ([ctypes.POINTER(ctypes.c_int)], ctypes.c_long, "labs takes a pointer (c_int *), and pipelines have numbers"),
        ([ctypes.c_char_p], ctypes.c_long, "labs takes a pointer (char *), and pipelines have numbers"),
        ([ctypes.c_long], ctypes.c_void_p, "labs gives a pointer (void *), and pipelines have numbers"),
    ],
)
def test_functions_of_ctypes_that_are_not_called(takes, gives, words):
    function = ctypes.CDLL(None).labs
    if takes is not None:
        function.argtypes = takes
    function.restype = gives
    for use in (native, ChunkArray("S8").map):
        with pytest.raises(TypeError) as caught:
            use(function)
        assert str(caught.value).startswith(words)


def test_what_else_ctypes_has():
    function = ctypes.CDLL(None).labs
    assert native(function, "long (long)")(-3) == 3
    with pytest.raises(TypeError, match=r"wants the interpreter's lock \(PYFUNCTYPE\), and pipelines run without it$"):
        native(ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_int)(lambda x: x))
    function = labs()
    function.errcheck = lambda result, function, arguments: result
    with pytest.raises(TypeError, match="^labs has an errcheck, which nobody would call$"):
        native(function)


def capsule(pointer, name, context=0):
    new = ctypes.pythonapi.PyCapsule_New
    new.restype, new.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    made = new(pointer, name, None)
    if context:
        put = ctypes.pythonapi.PyCapsule_SetContext
        put.argtypes = [ctypes.py_object, ctypes.c_void_p]
        put(made, context)
    return made


class LowLevelCallable(tuple):
    """As SciPy's: the capsule, what it was made from, and user data."""

    @property
    def function(self):
        return tuple.__getitem__(self, 1)

    def __getitem__(self, k):
        raise ValueError


SCALED = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double, ctypes.POINTER(ctypes.c_double))


@needs_cpython
def test_capsules():
    a = ChunkArray("F8", [1, 2])
    name = b"double (double)"
    assert a.map(capsule(address(half), name)).sum() == 1.5
    assert native(capsule(address(half), name)).signature == "F8(F8)"
    other = b"what it is"
    assert native(capsule(address(half), other), "F8(F8)")(1) == 0.5
    with pytest.raises(ValueError, match="^'what it is' is no signature"):
        a.map(capsule(address(half), other))
    with pytest.raises(TypeError, match="^native does not tell its types"):
        native(capsule(address(half), None))
    with pytest.raises(TypeError, match=r"^native is F8\(F8\) by its own account, not F4\(F4\)$"):
        native(capsule(address(half), name), "F4(F4)")


@needs_cpython
def test_user_data():
    a, by = ChunkArray("F8", [1, 2]), ctypes.c_double(2.5)
    function = SCALED(lambda x, data: x * data[0])
    name, plain = b"double (double, void *)", b"double (double)"
    made = LowLevelCallable((capsule(address(function), name, ctypes.addressof(by)), function, None))
    assert a.map(made).sum() == 7.5
    by.value = 10
    assert a.filter(lambda v: v > 1).map(lambda v: native(made)(v) + 1).sum() == 21
    assert (
        LowLevelCallable((capsule(address(labs()), b"long (long)"), labs(), None))
        and native(LowLevelCallable((capsule(address(labs()), b"long (long)"), labs(), None))).signature == "S8(S8)"
    )
    wrong = LowLevelCallable((capsule(address(function), plain, ctypes.addressof(by)), function, None))
    with pytest.raises(
        TypeError, match=r"^native has user data, and there is no void \* at the end of F8\(F8\) to take it$"
    ):
        native(wrong)


class Named:
    def __init__(self, name):
        self.name = name

    def __str__(self):
        return self.name


class Compiled:
    """As numba's cfunc: an address and types."""

    def __init__(self, function, gives, *takes):
        self.kept = function
        self.address = address(function)
        self._sig = type("Types", (), {"return_type": Named(gives), "args": tuple(map(Named, takes))})
        self.__name__ = "compiled"

    def __call__(self, x):
        raise AssertionError("the function in Python")


def test_cfuncs():
    a = ChunkArray("F8", [1, 2])
    assert a.map(Compiled(half, "float64", "float64")).sum() == 1.5
    assert "compiled(x)" in str(a.map(Compiled(half, "float64", "float64")))
    with pytest.raises(
        TypeError, match=r"^compiled takes 'complex128', which is no type of numbers that pipelines know$"
    ):
        a.map(Compiled(half, "float64", "complex128"))


def test_cffi():
    cffi = pytest.importorskip("cffi")
    ffi = cffi.FFI()
    pointer = ffi.cast("double (*)(double)", address(half))
    a = ChunkArray("F8", [1, 2])
    assert a.map(pointer).sum() == 1.5 == a.map(lambda v: native(pointer)(v) * 1).sum()
    assert native(ffi.cast("void *", address(half)), "F8(F8)")(1) == 0.5
    assert list(a.map(ffi.callback("float(double)", lambda x: x + 1))) == [2, 3]
    for type_, words in (
        ("double (*)(double *)", "native takes a pointer (double *), and pipelines have numbers"),
        ("double (*)(double, ...)", "native takes any number of arguments (...), which can't be called here"),
        ("void (*)(double)", "native gives nothing (void)"),
    ):
        with pytest.raises(TypeError) as caught:
            a.map(ffi.cast(type_, address(half)))
        assert str(caught.value) == words
    with pytest.raises(ValueError, match="^native is a null pointer$"):
        a.map(ffi.cast("double (*)(double)", 0))


# Ufuncs.


@needs_numpy
@needs_cpython
def test_ufuncs():
    import numpy as np

    values = [-8.0, 0.5, 27.0, 1e300]
    a = ChunkArray("F8", values)
    for ufunc in (np.cbrt, np.spacing, np.signbit):
        assert list(a.map(ufunc)) == ufunc(values).tolist() == list(a.map(lambda v: ufunc(v)))
        assert a.map(ufunc).collect().dtype == ("BOOL" if ufunc is np.signbit else "F8")
    assert list(a.map(lambda v: np.logaddexp(v, 1) * 2)) == (np.logaddexp(values, 1) * 2).tolist()
    assert list(a.map(lambda v: np.ldexp(v, 2))) == np.ldexp(values, 2).tolist()
    assert list(zip_(a, a).map(np.nextafter)) == values
    n = ChunkArray("S4", [4, 6, -9])
    assert list(n.map(lambda v: np.gcd(v, 6))) == [2, 6, 3] and n.map(lambda v: np.gcd(v, 6)).collect().dtype == "S4"
    assert n.map(np.cbrt).collect().dtype == "F8" and ChunkArray("U1", [8]).map(np.cbrt).collect().dtype == "F4"
    assert list(a.filter(lambda v: v > 0).map(np.cbrt)) == np.cbrt(values[1:]).tolist()
    assert "map         cbrt(x)" in str(a.map(np.cbrt))
    assert native(np.cbrt)(27) == 3 and native(np.cbrt, "F4(F4)").signature == "F4(F4)"
    assert "F4(F4) F8(F8)" in native(np.cbrt).signature


@needs_numpy
@needs_cpython
@pytest.mark.parametrize("dtype", ["U1", "S2", "S8", "F4", "F8"])
def test_ufuncs_give_what_numpy_gives(dtype):
    import numpy as np

    a, other = ChunkArray(dtype, [1, 0, 7, 100, 12]), ChunkArray(dtype, [12, 100, 7, 0, 1])
    for name in "cbrt logaddexp gcd lcm heaviside nextafter copysign signbit fmod fmax".split():
        ufunc = getattr(np, name)
        arrays = [a, other][: ufunc.nin]
        # NumPy has floats of two bytes for bytes, which are F4 here.
        has_half = dtype == "U1" and "e" in "".join(ufunc.types) and name not in ("fmod", "fmax")
        given = [array.numpy().astype("f4") if has_half else array.numpy() for array in arrays]
        try:
            with np.errstate(all="ignore"):
                wanted = ufunc(*given)
        except TypeError:
            with pytest.raises(TypeError, match="^%s has no loop for %s" % (name, dtype)):
                zip_(*arrays).map(ufunc)
            continue
        found = zip_(*arrays).map(ufunc).collect()
        assert all(map(close, found.tolist(), wanted.tolist())), name
        assert found.numpy().dtype == wanted.dtype, name


@needs_numpy
def test_ufuncs_that_are_not_called():
    import numpy as np

    a = ChunkArray("F8", [1])
    objects = np.frompyfunc(lambda x: x, 1, 1)
    for ufunc, words in (
        (np.modf, "the ufunc modf gives 2 results, and pipelines call what gives one; map_chunks takes "),
        (np.matmul, "the ufunc matmul works on parts of arrays, not on numbers; map_chunks takes "),
        (objects, "the ufunc %s has no loop over numbers, but O->O; map_chunks takes " % objects.__name__),
    ):
        for use in (native, lambda f: a.map(lambda v: f(*[v] * f.nin))):
            with pytest.raises(TypeError) as caught:
                use(ufunc)
            assert str(caught.value).startswith(words)
    if not IS_CPYTHON:
        with pytest.raises(TypeError, match="^the loops of the ufunc cbrt can't be reached on "):
            a.map(np.cbrt)
        return
    with pytest.raises(TypeError, match="^gcd has no loop for F8, int, but "):
        a.map(lambda v: np.gcd(v, 2))
    with pytest.raises(TypeError, match="^cbrt is .*, not S4"):
        native(np.cbrt, "S4(S4)")


def test_scipy():
    special = pytest.importorskip("scipy.special")
    scipy = sys.modules["scipy"]
    a = ChunkArray("F8", [0.5, 3, 4])
    assert list(a.map(special.gamma)) == [math.sqrt(math.pi), 2, 6]
    made = scipy.LowLevelCallable(half)
    assert a.map(made).sum() == 3.75


@pytest.mark.filterwarnings("ignore")  # scipy's own, of arguments that are to be whole numbers
def test_all_ufuncs_of_scipy():
    """Those of doubles that give one result, to the last bit."""
    special = pytest.importorskip("scipy.special")
    import numpy as np

    columns = [
        ChunkArray("F8", numbers) for numbers in ([0.5, 1.25, 2, 3], [0.25, 1, 1.5, 2], [1, 2, 3, 4], [0.75] * 4)
    ]
    seen = 0
    for name in special.__all__:
        ufunc = getattr(special, name)
        if not isinstance(ufunc, np.ufunc) or ufunc.nin > 4 or "d" * ufunc.nin + "->d" not in ufunc.types:
            continue
        arrays = columns[: ufunc.nin]
        found = zip_(*arrays).map(ufunc).collect().numpy()
        with np.errstate(all="ignore"):
            wanted = ufunc(*[array.numpy() for array in arrays])
        assert found.tobytes() == wanted.tobytes(), name
        seen += 1
    assert seen > 100


def test_numba():
    numba = pytest.importorskip("numba")
    made = numba.cfunc("float64(float64)")(lambda x: x * 2)
    assert ChunkArray("F8", [1, 2]).map(made).sum() == 6


# The kernel below.


def test_kernels_take_functions():
    from chunkarray._load import core

    kernel = core.Kernel("in 0 0 F8;call 0 F8 F8 0;call 1 F8 F8 1;sum F8 2")
    a = ChunkArray("F8", [1, 2])
    function = (0, address(half), 0)

    def run(*functions):
        return kernel.run(((a._raw, 0, 1),), 2, b"", (), 1, None, False, functions)

    assert run(function, function) == (0.75,)
    with pytest.raises(ValueError, match="^the program calls 2 functions, not 1$"):
        run(function)
    with pytest.raises(ValueError, match="^function 1 is a null pointer$"):
        run(function, (0, 0, 0))
    with pytest.raises(ValueError, match="^functions are of the kinds 0 to 2, not 3$"):
        run(function, (3, 1, 0))
    for text, words in (
        ("pos;call 0 F8 S8;n", "call takes types and values of 1 to 4 arguments"),
        ("pos;call 0 F8 F8 0;n", "value 0 is S8, not F8"),
        ("pos;call 0 F8 S8 0;call 0 F4 S8 0;n", r"function 0 is F8\(S8\), not F4\(S8\)"),
        ("pos;call 1 F8 S8 0;n", "function 0 is not called"),
    ):
        with pytest.raises(ValueError, match=words + "$"):
            core.Kernel(text)
