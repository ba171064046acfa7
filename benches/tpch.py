"""TPC-H Q1 and Q6 at scale factor 1, as examples/tpch.py has them, beside polars, pyarrow and DuckDB.

The table is the benchmark's own: `tpchgen-cli`, a package of PyPI, makes the 6,001,215 rows of lineitem that dbgen
makes, DuckDB takes the seven columns that count and answers both queries of the DECIMALs. Both are kept in the cache
folder ($CHUNKARRAY_CACHE, else ~/.cache/chunkarray), as records that every interpreter reads. All peers get the same
columns of the same types: whole cents and hundredths, letters as their codes, days as dates; "DuckDB, decimals" has
the columns as the benchmark declares them. All answers are compared with the kept ones before anything is timed: sums
are equal, means to 1e-9.

Each number of threads is a process of its own, since polars is told once how many it has. All times are by the wall.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import harness
from harness import Case, Settings, by_wall, interleave, numpy

ROWS = 6_001_215
MILLISECOND = 1_000_000  # ns
THREADS = (1, 2)
KEYS = "flag", "status"
SUMS = "quantity", "price", "discounted", "charge"
MEANS = "mean_quantity", "mean_price", "mean_discount"
DECLARED = "quantity", "extendedprice", "discount", "tax", "returnflag", "linestatus", "shipdate"
FIRST, LAST, UNTIL = "1994-01-01", "1995-01-01", "1998-09-02"

# What becomes of the generated columns: the types that all peers read.
COLUMNS = """
    select l_quantity::utinyint quantity, (l_extendedprice * 100)::bigint price,
           (l_discount * 100)::utinyint discount, (l_tax * 100)::utinyint tax,
           ascii(l_returnflag)::utinyint flag, ascii(l_linestatus)::utinyint status, l_shipdate shipped
    from lineitem
"""
Q1 = """
    select flag, status, sum(quantity)::bigint quantity, sum(price)::bigint price,
           sum(price * (100 - discount))::bigint discounted,
           sum(price * (100 - discount) * (100 + tax))::bigint charge,
           avg(quantity) mean_quantity, avg(price) mean_price, avg(discount) mean_discount, count(*) count
    from items where shipped <= date '%s' group by flag, status order by flag, status
""" % (UNTIL)
Q6 = """
    select sum(price * discount)::bigint from items
    where shipped >= date '%s' and shipped < date '%s' and discount between 5 and 7 and quantity < 24
""" % (FIRST, LAST)
# The queries as the benchmark's specification has them.
Q1_DECIMALS = """
    select l_returnflag, l_linestatus, sum(l_quantity), sum(l_extendedprice),
           sum(l_extendedprice * (1 - l_discount)), sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)),
           avg(l_quantity), avg(l_extendedprice), avg(l_discount), count(*)
    from lineitem where l_shipdate <= date '1998-12-01' - interval 90 day
    group by l_returnflag, l_linestatus order by l_returnflag, l_linestatus
"""
Q6_DECIMALS = """
    select sum(l_extendedprice * l_discount) from lineitem
    where l_shipdate >= date '%s' and l_shipdate < date '%s'
      and l_discount between 0.06 - 0.01 and 0.06 + 0.01 and l_quantity < 24
""" % (FIRST, LAST)


def cases():
    """A case for each query, with the peers on each number of threads."""
    folder = _table()
    if folder is None:
        return
    for threads in THREADS:
        options = ["--threads", str(threads), "--seconds", str(Settings.seconds), "--rounds", str(Settings.rounds)]
        environment = dict(os.environ, POLARS_MAX_THREADS=str(threads))
        done = subprocess.run(
            [sys.executable, os.path.abspath(__file__), *options, str(folder)],
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            env=environment,
            check=True,
        )
        for case in json.loads(done.stdout):
            yield Case("tpch", case["case"], case["unit"], case["best"], (), case.get("rounds"), case.get("note", ""))


# The table, once.


def _table():
    """The folder that has the table and its answers; None, and why, where they can't be made."""
    cache = os.environ.get("CHUNKARRAY_CACHE")
    cache = Path(cache) if cache else Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "chunkarray"
    folder = cache / "tpch-1"
    if (folder / "answers.json").exists():
        return folder
    generator = shutil.which("tpchgen-cli", path=os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"])
    missing = [name for name in ("numpy", "duckdb") if harness.version(name) is None]
    missing += [] if generator else ["tpchgen-cli"]
    if missing:
        print("tpch: its table is made by CPython with %s, which is missing here" % ", ".join(missing), file=sys.stderr)
        return None
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as fresh:
        made = [generator, "parquet", "-s", "1", "--tables", "lineitem", "--output-dir", fresh]
        subprocess.run(made, stdout=subprocess.DEVNULL, check=True)
        _keep(Path(fresh) / "lineitem.parquet", folder)
    return folder


def _keep(generated, folder):
    """Keeps the columns of the generated file as records and as Parquet, and DuckDB's answers, last."""
    import duckdb

    base = duckdb.connect()
    base.execute("create table lineitem as from read_parquet(?)", [str(generated)])
    (count,) = base.execute("select count(*) from lineitem").fetchone()
    if count != ROWS:
        raise AssertionError("lineitem has %d rows, and was to have %d" % (count, ROWS))
    wanted = ", ".join("l_" + name for name in DECLARED)
    base.execute("copy (select %s from lineitem) to '%s'" % (wanted, folder / "lineitem.parquet"))
    records = numpy.zeros(ROWS, _example().LineItem.numpy_dtype())
    for name, values in base.execute(COLUMNS).fetchnumpy().items():
        records[name] = values.astype("M8[D]").astype("i4") if name == "shipped" else values
    records.tofile(folder / "lineitem.records")
    answers = {"q1": _scaled_q1(base.execute(Q1_DECIMALS).fetchall()), "q6": _scaled_q6(base.execute(Q6_DECIMALS))}
    answers["by"] = "DuckDB " + harness.version("duckdb")
    (folder / "answers.json").write_text(json.dumps(answers, indent=1))


def _scaled_q1(rows):
    """Rows of Q1 in DECIMALs, as pricing_summary() gives them: in cents, and what comes of rates in hundredths."""
    scales = dict(quantity=1, price=100, discounted=10**4, charge=10**6)
    scales.update(mean_quantity=1, mean_price=100, mean_discount=100, count=1)
    found = []
    for flag, status, *values in rows:
        scaled = {name: value * scale for (name, scale), value in zip(scales.items(), values)}
        for name in (*SUMS, "count"):
            scaled[name] = int(scaled[name])
        found.append(dict(scaled, flag=flag, status=status))
    return found


def _scaled_q6(answer):
    return int(answer.fetchone()[0] * 10**4)


def _example():
    from examples import _load

    return _load("tpch")


# The queries, each peer in its own way: (name, Q1, Q6), which give what examples/tpch.py gives.


def _chunkarray(folder, threads):
    from chunkarray import ChunkArray

    example = _example()
    for name, layout in (("chunkarray", "columns"), ("chunkarray, rows", "rows")):
        items = ChunkArray(example.LineItem, layout=layout)
        with open(folder / "lineitem.records", "rb") as file:
            items.fromfile(file, ROWS)
        yield (
            name,
            lambda items=items: example.pricing_summary(items, threads),
            lambda items=items: example.revenue_forecast(items, threads),
        )


def _arrow(folder):
    """The same columns as an Arrow table."""
    import pyarrow

    records = numpy.fromfile(folder / "lineitem.records", _example().LineItem.numpy_dtype())
    columns = {name: numpy.ascontiguousarray(records[name]) for name in records.dtype.names}
    columns["shipped"] = pyarrow.array(columns["shipped"]).cast(pyarrow.date32())
    return pyarrow.table(columns)


def _polars(folder, threads):
    import polars
    from polars import col

    items = polars.from_arrow(_arrow(folder)).rechunk()
    if polars.thread_pool_size() != threads:
        raise AssertionError("polars has %d threads, and was to have %d" % (polars.thread_pool_size(), threads))
    first, last, until = (polars.lit(day).str.to_date() for day in (FIRST, LAST, UNTIL))

    def q1():
        discounted = col.price * (100 - col.discount)
        found = (
            items.lazy()
            .filter(col.shipped <= until)
            .group_by(*KEYS)
            .agg(
                quantity=col.quantity.cast(polars.Int64).sum(),
                price=col.price.sum(),
                discounted=discounted.sum(),
                charge=(discounted * (100 + col.tax)).sum(),
                mean_quantity=col.quantity.mean(),
                mean_price=col.price.mean(),
                mean_discount=col.discount.mean(),
                count=polars.len(),
            )
            .sort(*KEYS)
            .collect()
        )
        return found.to_dicts()

    def q6():
        wanted = (col.shipped >= first) & (col.shipped < last) & col.discount.is_between(5, 7) & (col.quantity < 24)
        return items.lazy().filter(wanted).select((col.price * col.discount).sum()).collect().item()

    yield "polars", q1, q6


def _pyarrow(folder, threads):
    import pyarrow
    import pyarrow.compute as pc

    pyarrow.set_cpu_count(threads)
    items, on = _arrow(folder), threads > 1
    hundred = pyarrow.scalar(100, pyarrow.int64())
    first, last, until = (pyarrow.scalar(day).cast(pyarrow.date32()) for day in (FIRST, LAST, UNTIL))

    def q1():
        part = items.filter(pc.less_equal(items["shipped"], until))
        discounted = pc.multiply(part["price"], pc.subtract(hundred, part["discount"]))
        part = part.append_column("discounted", discounted)
        part = part.append_column("charge", pc.multiply(discounted, pc.add(hundred, part["tax"])))
        wanted = [(name, "sum") for name in SUMS]
        wanted += [(name[len("mean_") :], "mean") for name in MEANS] + [([], "count_all")]
        found = part.group_by(KEYS, use_threads=on).aggregate(wanted)
        names = [*KEYS, *SUMS, *MEANS, "count"]
        return found.rename_columns(names).sort_by([(key, "ascending") for key in KEYS]).to_pylist()

    def q6():
        shipped, discount = pc.field("shipped"), pc.field("discount")
        wanted = (shipped >= first) & (shipped < last) & (discount >= 5) & (discount <= 7) & (pc.field("quantity") < 24)
        part = items.select(["shipped", "discount", "quantity", "price"]).filter(wanted)
        return pc.sum(pc.multiply(part["price"], part["discount"])).as_py()

    yield "pyarrow", q1, q6


def _duckdb(folder, threads):
    import duckdb

    base = duckdb.connect(config={"threads": threads})
    arrow = _arrow(folder)
    base.register("arrow", arrow)
    base.execute("create table items as from arrow")
    base.execute("create table lineitem as from read_parquet(?)", [str(folder / "lineitem.parquet")])
    names = *KEYS, *SUMS, *MEANS, "count"
    yield (
        "DuckDB",
        lambda: [dict(zip(names, row)) for row in base.execute(Q1).fetchall()],
        lambda: base.execute(Q6).fetchone()[0],
    )
    yield (
        "DuckDB, decimals",
        lambda: _scaled_q1(base.execute(Q1_DECIMALS).fetchall()),
        lambda: _scaled_q6(base.execute(Q6_DECIMALS)),
    )


def _peers(folder, threads):
    """{peer: (Q1, Q6)} of what is installed, and the names of what is missing."""
    found, missing = {}, []
    for name, make in (("chunkarray", _chunkarray), ("polars", _polars), ("pyarrow", _pyarrow), ("duckdb", _duckdb)):
        needs = {"chunkarray": (), "pyarrow": ("numpy", name)}.get(name, ("numpy", "pyarrow", name))
        lacks = [package for package in needs if harness.version(package) is None]
        missing += lacks
        if not lacks:
            found.update({peer: queries for peer, *queries in make(folder, threads)})
    return found, sorted(set(missing))


def _check(peer, found, answers):
    """AssertionError where an answer is not DuckDB's."""
    (rows, revenue), wanted = found, answers["q1"]
    same = revenue == answers["q6"] and len(rows) == len(wanted)
    for row, other in zip(rows, wanted):
        row = {**row, **{key: chr(row[key]) if isinstance(row[key], int) else row[key] for key in KEYS}}
        same = same and all(row[name] == other[name] for name in (*KEYS, *SUMS, "count"))
        same = same and all(abs(float(row[name]) / other[name] - 1) < 1e-9 for name in MEANS)
    if not same:
        raise AssertionError("%s answers %s and %s, DuckDB %s" % (peer, rows, revenue, answers))


def measure(folder, threads):
    """Cases of both queries on a number of threads."""
    answers = json.loads((folder / "answers.json").read_text())
    peers, missing = _peers(folder, threads)
    for peer, queries in peers.items():
        _check(peer, [query() for query in queries], answers)
    note = "answers are those of %s" % answers["by"] + ("; missing: " + ", ".join(missing) if missing else "")
    for number, name in enumerate(("Q1", "Q6")):
        timed = {peer: by_wall(queries[number]) for peer, queries in peers.items()}
        values, rounds = interleave(timed, 1, per=MILLISECOND, slowest=60, warm_up=(0.0, 0.3))
        title = "%s of %s rows, %d thread%s" % (name, format(ROWS, ","), threads, "" if threads == 1 else "s")
        yield Case("tpch", title, "ms", values, (), rounds, note)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--rounds", type=int)
    options = parser.parse_args()
    Settings.seconds, Settings.rounds = options.seconds, options.rounds
    harness.settle_heap()
    json.dump([case.as_json() for case in measure(options.folder, options.threads)], sys.stdout)


if __name__ == "__main__":
    main()
