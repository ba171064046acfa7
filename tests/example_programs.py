"""The programs in examples/, loaded as modules or run by themselves."""

import importlib.util
import os

import pytest

from support import run_python

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "examples")

needs_examples = pytest.mark.skipif(
    not os.path.isdir(FOLDER), reason="needs examples, the checkout's folder of that name"
)


def load(name):
    spec = importlib.util.spec_from_file_location("example_" + name, os.path.join(FOLDER, name + ".py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(name, *arguments):
    """The lines that a program prints."""
    return run_python(None, os.path.join(FOLDER, name + ".py"), *map(str, arguments)).stdout.splitlines()
