"""An interpreter built from a Debian suite's source package, inside a tree of that suite."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import chroots
from rows import Row, Unavailable, cache_folder, locked, make, remove, run


def built(row: Row, log: Path) -> Path:
    """The prefix that the row's interpreter is installed in."""
    prefix = cache_folder() / "builds" / f"{row.source}-{row.id}"
    recipe = {"suite": row.suite, "source": row.source, "configure": row.configure, "packages": row.build_packages}

    def fill(prefix: Path) -> None:
        # A tree of its own: the compiler has no business where interpreters run, and goes when it has done its work.
        workshop = f"{row.suite}-build"
        with locked(chroots.folder(workshop).with_name(f"{workshop}-use")):
            remove(chroots.folder(workshop))
            chroots.make_tree(workshop, row.suite, [row.build_packages], log)
            try:
                compile_in(workshop, row, prefix, log)
            finally:
                remove(chroots.folder(workshop))

    return make(prefix, recipe, fill)


def compile_in(workshop: str, row: Row, prefix: Path, log: Path) -> None:
    tree = chroots.folder(workshop)
    source_list = (tree / "etc/apt/sources.list").read_text()
    (tree / "etc/apt/sources.list.d/source.list").write_text(source_list.replace("deb ", "deb-src ", 1))
    within = chroots.inside(workshop)
    build = tree / "var/tmp-build"
    build.mkdir()
    at = "/var/tmp-build"
    apt = "apt-get -o APT::Sandbox::User=root"
    bare = chroots.bare(workshop)
    run([*bare, "sh", "-ec", f"cd {at}; {apt} update; {apt} source --download-only {row.source}"], log)
    archives = sorted(build.glob("*.orig.tar.*[!c]"))
    if not archives:
        raise Unavailable(f"Debian {row.suite} gave no source of {row.source}")
    run(
        [*within, "sh", "-ec", f"mkdir {at}/src; tar -C {at}/src --strip-components=1 -xf {at}/{archives[0].name}"], log
    )
    options = " ".join(row.configure)
    jobs = len(os.sched_getaffinity(0))
    steps = f"cd {at}/src; ./configure --quiet --prefix={prefix} {options}; make -s -j{jobs}; make -s install"
    run([*within, "nice", "sh", "-ec", steps], log)
    # Static library and tests are most of its size.
    for waste in [*prefix.glob("lib/python*/config-*/*.a"), *prefix.glob("lib/*.a"), *prefix.glob("lib/python*/test")]:
        shutil.rmtree(waste) if waste.is_dir() else waste.unlink()
