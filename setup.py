"""Builds the wheel: one binary for every interpreter.

All that is special stands here: the binary's file name (PyPy's HPy wants `.hpy0` in it), and a
wheel tag that names a platform but neither an interpreter nor a version.
"""

import os
import re
from pathlib import Path

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_ext import build_ext
from setuptools_rust import Binding, RustExtension


class BuildExtension(build_ext):
    def get_ext_filename(self, fullname):
        return os.path.join(*fullname.split(".")) + ".hpy0.so"


class Wheel(bdist_wheel):
    def get_tag(self):
        # CHUNKARRAY_PLAT: what the binary was really built for, such as manylinux_2_17_x86_64.
        platform = os.environ.get("CHUNKARRAY_PLAT") or super().get_tag()[2]
        return "py3", "none", platform


def version():
    """The workspace's version, which is written once, in Cargo.toml."""
    manifest = Path(__file__).with_name("Cargo.toml").read_text()
    return re.search(r'\[workspace\.package\]\nversion = "(.+)"', manifest).group(1)


setup(
    version=version(),
    rust_extensions=[RustExtension("chunkarray._core", path="Cargo.toml", binding=Binding.NoBinding)],
    cmdclass={"build_ext": BuildExtension, "bdist_wheel": Wheel},
)
