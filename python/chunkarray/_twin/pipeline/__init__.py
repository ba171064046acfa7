"""Kernel: programs over elements, as in the crate pipelines, one element after the other.

`program` reads and checks the text, `operations` are what happens to values, `reductions` what comes of them.
"""

from .kernel import Kernel

__all__ = ["Kernel"]
