"""Builds the wheel: one binary for every interpreter.

All that is special stands here: the binary's file name (PyPy's HPy wants `.hpy0` in it), a wheel
tag that names a platform but neither an interpreter nor a version, and the licences of the crates
in the binary.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_ext import build_ext
from setuptools_rust import Binding, RustExtension

sys.path.insert(0, str(Path(__file__).with_name("ci")))
from licences import third_party  # noqa: E402 (which has to be found first)


class BuildExtension(build_ext):
    def get_ext_filename(self, fullname):
        return os.path.join(*fullname.split(".")) + ".hpy0.so"


class Wheel(bdist_wheel):
    # CHUNKARRAY_PLAT: what the binary was really built for, such as manylinux_2_17_x86_64.
    platform = os.environ.get("CHUNKARRAY_PLAT")

    def get_tag(self):
        return "py3", "none", self.platform or super().get_tag()[2]

    def write_wheelfile(self, folder, *arguments, **options):
        super().write_wheelfile(folder, *arguments, **options)
        try:
            text = third_party(*[] if self.platform else ["--offline"])
        except (OSError, LookupError, subprocess.CalledProcessError) as error:
            if self.platform:  # what others are given says what it is made from
                raise
            print("the wheel does not list the licences of the crates in it: %s" % error)
            return
        licences = Path(folder, "licenses")
        licences.mkdir(exist_ok=True)
        licences.joinpath("THIRD-PARTY-LICENSES").write_text(text, encoding="utf-8")


def version():
    """The workspace's version, which is written once, in Cargo.toml."""
    manifest = Path(__file__).with_name("Cargo.toml").read_text()
    return re.search(r'\[workspace\.package\]\nversion = "(.+)"', manifest).group(1)


setup(
    version=version(),
    rust_extensions=[RustExtension("chunkarray._core", path="Cargo.toml", binding=Binding.NoBinding)],
    cmdclass={"build_ext": BuildExtension, "bdist_wheel": Wheel},
)
