"""examples/tpch.py: both queries give what plain Python makes of the same rows, whatever the layout and the threads."""

import datetime

import pytest

from chunkarray import ChunkArray
from example_programs import load, needs_examples, run
from support import scaled

pytestmark = needs_examples


@pytest.fixture(scope="module")
def tpch():
    return load("tpch")


@pytest.fixture(scope="module")
def rows(tpch):
    return list(tpch.made_up(scaled(3000, least=300)))


def day(year, month, number):
    return (datetime.date(year, month, number) - datetime.date(1970, 1, 1)).days


SUMMER = day(1994, 6, 1)


def summary(rows):
    """Q1 in plain Python."""
    groups = {}
    for row in rows:
        if row[-1] <= day(1998, 9, 2):
            groups.setdefault((chr(row[4]), chr(row[5])), []).append(row)
    for (flag, status), group in sorted(groups.items()):
        count = len(group)
        quantity, price = (sum(row[k] for row in group) for k in (0, 1))
        yield {
            "flag": flag,
            "status": status,
            "quantity": quantity,
            "price": price,
            "discounted": sum(row[1] * (100 - row[2]) for row in group),
            "charge": sum(row[1] * (100 - row[2]) * (100 + row[3]) for row in group),
            "mean_quantity": pytest.approx(quantity / count, rel=1e-12),
            "mean_price": pytest.approx(price / count, rel=1e-12),
            "mean_discount": pytest.approx(sum(row[2] for row in group) / count, rel=1e-12),
            "count": count,
        }


def forecast(rows):
    """Q6 in plain Python."""
    return sum(
        price * discount
        for quantity, price, discount, _tax, _flag, _status, shipped in rows
        if day(1994, 1, 1) <= shipped < day(1995, 1, 1) and 5 <= discount <= 7 and quantity < 24
    )


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("layout", ["rows", "columns"])
def test_both_queries(tpch, rows, layout, threads):
    items = ChunkArray(tpch.LineItem, rows, layout=layout)
    found = tpch.pricing_summary(items, threads)
    assert found == list(summary(rows))
    assert [(group["flag"], group["status"]) for group in found] == [*map(tuple, ("AF", "NF", "NO", "RF"))]
    assert tpch.revenue_forecast(items, threads) == forecast(rows) > 0


def test_bounds(tpch):
    """What lies on the edge of a condition, and just beyond it."""

    def row(quantity=23, price=100, discount=6, shipped=SUMMER):
        return quantity, price, discount, 8, ord("A"), ord("F"), shipped

    inside = [row(), row(discount=5), row(discount=7), row(shipped=day(1994, 1, 1)), row(shipped=day(1994, 12, 31))]
    outside = [row(quantity=24), row(discount=4), row(discount=8), row(shipped=day(1993, 12, 31))]
    outside.append(row(shipped=day(1995, 1, 1)))
    assert tpch.revenue_forecast(ChunkArray(tpch.LineItem, inside)) == 100 * (6 + 5 + 7 + 6 + 6)
    assert tpch.revenue_forecast(ChunkArray(tpch.LineItem, outside)) == 0
    late = [row(shipped=day(1998, 9, 2)), row(shipped=day(1998, 9, 3))]
    (group,) = tpch.pricing_summary(ChunkArray(tpch.LineItem, late))
    assert (group["count"], group["charge"]) == (1, 100 * 94 * 108)


def test_no_rows(tpch):
    items = ChunkArray(tpch.LineItem)
    assert tpch.pricing_summary(items) == []
    assert tpch.revenue_forecast(items) == 0


def test_alone():
    count = scaled(2000, least=200)
    lines = run("tpch", count)
    assert lines[0] == "%d rows" % count
    assert [line[:4] for line in lines[1:-1]] == ["A F:", "N F:", "N O:", "R F:"]
    assert lines[-1].startswith("discounts of small orders in 1994: ")
