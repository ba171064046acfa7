"""python examples/tpch.py [ROWS]: two queries of TPC-H, a benchmark of databases, as pipelines over records.

Q1 sums up what was shipped until a day, for each kind of item; Q6 asks what fewer discounts would have brought in. The
rows are made up, spread as the benchmark's specification spreads them. `python benches tpch` runs the same queries on
the 6,001,215 rows that the benchmark's own generator makes, beside databases.

Sums of money are whole cents, and rates whole hundredths, so that all sums are exact.
"""

import datetime
import random
import sys

from chunkarray import ChunkArray, Record

EPOCH = datetime.date(1970, 1, 1)


def days(year, month, day):
    """A date as the number of days since 1970-01-01."""
    return (datetime.date(year, month, day) - EPOCH).days


LineItem = Record(
    "LineItem",
    quantity="U1",
    price="S8",  # cents, for the whole quantity
    discount="U1",  # hundredths
    tax="U1",  # hundredths
    flag="U1",  # a letter: R for what was returned, A for what was kept, N for what is too new to tell
    status="U1",  # a letter: O for what is to be shipped, F for what has been
    shipped="S4",  # days since 1970-01-01
)


def pricing_summary(items, threads=0):
    """Q1: a dict for each pair of flag and status. Sums of money are in cents, with two digits more for each rate."""
    until = days(1998, 12, 1) - 90
    groups = (
        items.using(threads=threads)
        .filter(lambda r: r.shipped <= until)
        .group_by(("flag", "status"))
        .agg(
            quantity=lambda r: r.quantity.sum(),
            price=lambda r: r.price.sum(),
            discounted=lambda r: (r.price * (100 - r.discount)).sum(),
            charge=lambda r: (r.price * (100 - r.discount) * (100 + r.tax)).sum(),
            mean_quantity=lambda r: r.quantity.mean(),
            mean_price=lambda r: r.price.mean(),
            mean_discount=lambda r: r.discount.mean(),
            count="count",
        )
    )
    found = [group.asdict() for group in groups]
    for group in found:
        group.update(flag=chr(group["flag"]), status=chr(group["status"]))
    return sorted(found, key=lambda group: (group["flag"], group["status"]))


def revenue_forecast(items, threads=0):
    """Q6: what the discounts of small orders came to in 1994, in hundredths of a cent."""
    begin, end = days(1994, 1, 1), days(1995, 1, 1)
    return (
        items.using(threads=threads)
        .filter(lambda r: (r.shipped >= begin) & (r.shipped < end))
        .filter(lambda r: (r.discount >= 5) & (r.discount <= 7) & (r.quantity < 24))
        .map(lambda r: r.price * r.discount)
        .sum()
    )


def made_up(count, seed=1):
    """`count` rows, spread as in the benchmark's specification, one after the other."""
    chance = random.Random(seed)
    first, last, today = days(1992, 1, 1), days(1998, 8, 2), days(1995, 6, 17)
    for _ in range(count):
        part, quantity = chance.randint(1, 200_000), chance.randint(1, 50)
        price = 90_000 + part // 10 % 20_001 + 100 * (part % 1000)
        shipped = chance.randint(first, last) + chance.randint(1, 121)
        received = shipped + chance.randint(1, 30)
        flag = chance.choice("RA") if received <= today else "N"
        status = "O" if shipped > today else "F"
        rates = chance.randint(0, 10), chance.randint(0, 8)
        yield (quantity, quantity * price, *rates, ord(flag), ord(status), shipped)


def main(count=100_000):
    items = ChunkArray(LineItem, made_up(count), layout="columns")
    print("%d rows" % len(items))
    for group in pricing_summary(items):
        line = "%(flag)s %(status)s: %(count)d of %(quantity)d pieces" % group
        print("%s, %.2f, less discounts %.2f" % (line, group["price"] / 100, group["discounted"] / 10_000))
    print("discounts of small orders in 1994: %.2f" % (revenue_forecast(items) / 10_000))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
