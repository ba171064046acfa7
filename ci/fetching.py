"""Fetches many rows at a time."""

from __future__ import annotations

import concurrent.futures
import time

from environments import Fetcher
from rows import Row, Unavailable


def order(wanted: list[Row]) -> list[Row]:
    """What takes longest first, and then one row of each tree before the rows that share it."""
    trees: set[str] = set()
    first, shared = [], []
    for row in sorted(wanted, key=lambda row: row.from_ != "source"):
        tree = row.suite or row.release or row.id
        (shared if tree in trees else first).append(row)
        trees.add(tree)
    return first + shared


def fetch(fetcher: Fetcher, wanted: list[Row], at_a_time: int = 4) -> dict[str, dict | str]:
    """Fetches rows; for each id what the interpreter says of itself, or the text of why it could not be had.

    Much of fetching is waiting for the network, so more rows than cores are on their way.
    """

    def one(row: Row) -> dict | str:
        start = time.monotonic()
        try:
            said = fetcher.fetch(row)
        except Unavailable as error:
            print(f"{row.id}: not fetched: {error}", flush=True)
            return str(error)
        seconds = time.monotonic() - start
        print(f"{row.id}: {said['implementation']} {said['version']} ({seconds:.0f} s)", flush=True)
        return said

    ordered = order(wanted)
    with concurrent.futures.ThreadPoolExecutor(at_a_time) as pool:
        return dict(zip((row.id for row in ordered), pool.map(one, ordered)))
