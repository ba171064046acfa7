"""Records: rows one by one, columns to NumPy, records from a file, the sum of a column beside struct and construct."""

import ctypes
import io
import os
import struct
import tempfile

from harness import CPYTHON, IMPLEMENTATION, MODERN, Case, Target, interleave, numpy, peer, scaled

FIELDS = {"time": "U8", "price": "F4", "flags": ">U2", "kind": "U1"}
ROW = (1795262400, 2.5, 3, 1)
ONCE = "for _ in (0,):"
MIB = 1 << 20


def cases():
    yield from _rows()
    yield from _kinds()
    yield from _loops()
    yield from _files()
    yield from _sums()
    if numpy is not None:
        yield from _numpy()


def tick():
    """The record of all cases: 15 bytes, of both byte orders."""
    from chunkarray import Record

    return Record("Tick", **FIELDS)


def _rows():
    """One row at a time."""
    from chunkarray import ChunkArray

    record = tick()
    rows, columns, plain = ChunkArray(record), ChunkArray(record, layout="columns"), []
    put = "with a.appender() as put:"
    peers = {
        "chunkarray": peer("append(v)", append=rows.append, v=ROW, prepare=rows.clear),
        "push": peer("push(v)", push=rows.push, v=ROW, prepare=rows.clear),
        "appender": peer("for i in range(n): put(v)", put, rows.clear, a=rows, v=ROW),
        "by columns": peer("append(v)", append=columns.append, v=ROW, prepare=columns.clear),
        "list of tuples": peer("append(v)", append=plain.append, v=ROW, prepare=plain.clear),
    }
    values, rounds = interleave(peers, scaled(20000))
    limit = Target(None, 150 if CPYTHON else 30, applies=IMPLEMENTATION != "graalpy")
    yield Case("records", "append((time, price, flags, kind))", "ns", values, [limit], rounds)

    rows.append(ROW)
    row, (thing,) = rows[0], _things(1)
    for name, statement in (("read r.price", "x = r.price"), ("write r.price", "r.price = 1.5")):
        peers = {"chunkarray": peer(statement, r=row), "object with __slots__": peer(statement, r=thing)}
        if not CPYTHON:
            # What a field costs without the door: offset 8 and leaf 1 are the price's.
            field, set_field = rows._native._field, rows._native._set_field
            peers["native call"] = (
                peer("x = f(0, 8, 1)", f=field) if name.startswith("read") else peer("f(0, 8, 1, 1.5)", f=set_field)
            )
        values, rounds = interleave(peers, scaled(20000))
        targets = [Target("object with __slots__", 3, applies=not CPYTHON and name.startswith("read"))]
        yield Case("records", name, "ns", values, targets, rounds)


def _kinds():
    """Fields of every kind, and fields inside of others."""
    from chunkarray import ChunkArray, Record, Union

    point = Record("Point", x="F4", y="F4")
    fields = {
        "F4": 1.5, ">U2": 3, "U1:3": 5, ">F8": 2.5, "BOOL": True, "TEXT[8]": "abc", "B1[16]": b"0123456789abcdef",
        "F4[3]": (1.5, 2.5, 3.5), "TIME[us]": 1_600_000_000_000_000, "SPAN[ms]": 5000,
    }  # fmt: skip
    names = {kind: "f%d" % k for k, kind in enumerate(fields)}
    pairs = [(names[kind], kind) for kind in fields]
    pairs += [("pos", point), ("several", point[2]), ("either", Union(number="U4", share="F4"))]
    one = (*fields.values(), (1, 2), ((1, 2), (3, 4)), {"number": 7})
    row = ChunkArray(Record("Kinds", pairs), [one])[0]
    paths = {**names, "pos.x": "pos.x", "several[1].x": "several[1].x", "either.number": "either.number"}
    peers = {kind: peer("x += 1 if r.%s else 0" % path, r=row) for kind, path in paths.items()}
    values, rounds = interleave(peers, scaled(2000))
    yield Case("records", "read a field of each kind", "ns", values, (), rounds)
    peers = {kind: peer("r.%s = v" % path, r=row, v=_value(row, path)) for kind, path in paths.items()}
    values, rounds = interleave(peers, scaled(2000))
    yield Case("records", "write a field of each kind", "ns", values, (), rounds)


def _value(row, path):
    return eval("row." + path, {"row": row})


def _things(count):
    """Objects with the same fields."""

    class Thing:
        __slots__ = tuple(FIELDS)

        def __init__(self, values):
            self.time, self.price, self.flags, self.kind = values

    return [Thing(ROW) for _ in range(count)]


def _loops():
    """All rows, one after the other, beside objects in a list."""
    from chunkarray import ChunkArray

    count = scaled(100000)
    rows, things = ChunkArray(tick(), [ROW] * count), _things(count)
    object_ = "object with __slots__"
    for name, ours, others, head in (
        ("for r in ticks: x += r.price", "x += r.price", "x += r.price", "for r in a:"),
        ("for r in ticks: r.price = 1.5", "r.price = 1.5", "r.price = 1.5", "for r in a:"),
        ("x += ticks[i].price", "x += a[i].price", "x += a[i].price", "for i in range(len(a)):"),
    ):
        peers = {"chunkarray": peer(ours, head, a=rows), object_: peer(others, head, a=things)}
        values, rounds = interleave(peers, 1, per=count)
        targets = [Target(object_, 3, applies=IMPLEMENTATION == "pypy" and "+=" in name and "in ticks" in name)]
        yield Case("records", name, "ns", values, targets, rounds)
    prices = [2.5] * count
    peers = {
        "chunkarray": peer("x += v", "for v in a:", a=rows["price"]),
        "list of floats": peer("x += v", "for v in a:", a=prices),
    }
    values, rounds = interleave(peers, 1, per=count)
    yield Case("records", "for x in ticks['price']", "ns", values, (), rounds)
    head = "for i in range(len(a)):"
    peers = {
        "chunkarray": peer("x += a[i]", head, a=rows["price"]),
        "list of floats": peer("x += a[i]", head, a=prices),
    }
    values, rounds = interleave(peers, 1, per=count)
    yield Case("records", "x += ticks['price'][i]", "ns", values, (), rounds)


def _files():
    """Records from a file, beside reading its bytes and copying them."""
    from chunkarray import ChunkArray

    record = tick()
    count = scaled(32 * MIB // record.size)
    size = count * record.size
    with tempfile.TemporaryFile() as file:
        file.write(os.urandom(size))
        one_piece = ChunkArray(record, capacity=count)
        chunks = ChunkArray(record)
        target = bytearray(b"\1") * size
        raw = (ctypes.c_char * size).from_buffer(target)

        def read_and_copy():
            file.seek(0)
            ctypes.memmove(raw, file.read(), size)

        def ours(array):
            array.clear()
            file.seek(0)
            array.fromfile(file, count)

        peers = {
            "chunkarray": peer("f(a)", ONCE, f=ours, a=chunks),
            "chunkarray, one piece": peer("f(a)", ONCE, f=ours, a=one_piece),
            "read + memmove": peer("f()", ONCE, f=read_and_copy),
        }
        if numpy is not None:
            values = numpy.zeros(size, "u1")

            def into_numpy():
                file.seek(0)
                file.readinto(values)

            peers["readinto NumPy"] = peer("f()", ONCE, f=into_numpy)
        values, rounds = interleave(peers, 1, per=size, slowest=60)
    gigabytes = ", ".join("%s %.1f GB/s" % (name, 1 / value) for name, value in values.items())
    targets = [Target("read + memmove", 2.0, applies=MODERN)]
    yield Case(
        "records", "fromfile of %d MiB of records" % (size // MIB), "ns a byte", values, targets, rounds, gigabytes
    )


def _sums():
    """The sum of a column of records in a file."""
    from chunkarray import ChunkArray

    record = tick()
    count = scaled(100000)
    file = io.BytesIO(ChunkArray(record, [ROW] * count).tobytes())
    form = struct.Struct("<Qf2sB")
    array = ChunkArray(record, capacity=count)

    def ours():
        array.clear()
        file.seek(0)
        array.fromfile(file, count)
        return array["price"].numpy().sum() if numpy is not None else sum(array["price"])

    def unpacked():
        file.seek(0)
        return sum(values[1] for values in form.iter_unpack(file.read()))

    peers = {"chunkarray": peer("f()", f=ours), "struct.iter_unpack": peer("f()", f=unpacked)}
    parse = _construct()
    if parse is not None:
        few = 200
        data = file.getvalue()[: few * record.size]
        timed = peer("f(d)", f=lambda d: sum(t.price for t in parse(d)), d=data)
        # Of fewer records, as all of them would take seconds.
        peers["construct"] = lambda n: timed(n) * (count / few)
    values, rounds = interleave(peers, 5, per=count, slowest=60)
    targets = [
        Target("struct.iter_unpack", 1 / 20, applies=MODERN and numpy is not None),
        Target("construct", 1 / 100, applies=numpy is not None),
    ]
    yield Case("records", "the sum of a column of records in a file", "ns a record", values, targets, rounds)


def _construct():
    """What parses many records with construct, if that is installed."""
    try:
        import construct
    except ImportError:
        return None
    form = construct.Struct(
        "time" / construct.Int64ul,
        "price" / construct.Float32l,
        "flags" / construct.Int16ub,
        "kind" / construct.Int8ul,
    )
    return construct.GreedyRange(form).parse


def _numpy():
    """What it takes until NumPy has a column of many records."""
    from chunkarray import ChunkArray

    record = tick()
    count = scaled(10_000_000)
    array = ChunkArray(record, capacity=count)
    array.fromfile(io.BytesIO(bytes(count * record.size)), count)
    plain = numpy.zeros(count, record.numpy_dtype())
    peers = {
        "chunkarray": peer('a["price"].numpy()', a=array),
        "NumPy's own": peer('a["price"]', a=plain),
    }
    values, rounds = interleave(peers, 1000)
    targets = [Target(None, 20000, applies=CPYTHON)]
    yield Case("records", "a column of %s records to NumPy" % format(count, ","), "ns", values, targets, rounds)
