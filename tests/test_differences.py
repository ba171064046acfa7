"""The closed list of differences from list and array.array is true, and is the one that the documentation prints."""

import os

import pytest

from differences import DIFFERENCES, as_markdown

PAGE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "docs", "differences.md")


@pytest.mark.parametrize("name, words, holds", DIFFERENCES, ids=[name for name, *_ in DIFFERENCES])
def test_a_difference(name, words, holds):
    assert holds() is True
    assert words.endswith(".")


@pytest.mark.skipif(not os.path.exists(PAGE), reason="only the tests are here, not the repository")
def test_the_page():
    with open(PAGE, encoding="utf-8") as file:
        assert as_markdown() in file.read()
