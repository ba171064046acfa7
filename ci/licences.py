#!/usr/bin/env python3
"""The licences of what the binary is linked from: a list of the crates, and the texts that these come with.

    python ci/licences.py       prints what setup.py puts into the wheel

Everything is asked of cargo and read from the crates' own files at the time of the build. Nothing of it lies in the
repository.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "chunkarray-extension"
NAMES = ("LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE")

HEAD = """\
The licences of the software that chunkarray's binary module is made from.

chunkarray itself is under LICENSE-MIT or LICENSE-APACHE, as you choose. Its binary holds code of the following crates, under
the licences named here; their texts are below. It also holds code of Rust's standard library (MIT OR Apache-2.0,
https://github.com/rust-lang/rust).
"""


def linked_crates(*options):
    """The crates of others that are linked into the binary, by name and version, as `cargo metadata` describes them."""
    cargo = os.environ.get("CARGO", "cargo")
    host = subprocess.run([cargo, "-vV"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    (target,) = (line.split()[1] for line in host.splitlines() if line.startswith("host:"))
    asked = [cargo, "metadata", "--format-version=1", "--locked", "--filter-platform", target, *options]
    found = json.loads(subprocess.run(asked, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    packages = {package["id"]: package for package in found["packages"]}
    nodes = {node["id"]: node for node in found["resolve"]["nodes"]}
    left = [id for id, package in packages.items() if package["name"] == PACKAGE]
    seen = set()
    while left:
        id = left.pop()
        if id in seen or any("proc-macro" in target["kind"] for target in packages[id]["targets"]):
            continue
        seen.add(id)
        # Build scripts and tests are not linked.
        left += [one["pkg"] for one in nodes[id]["deps"] if any(kind["kind"] is None for kind in one["dep_kinds"])]
    others = [packages[id] for id in seen if packages[id]["source"] is not None]
    return sorted(others, key=lambda package: (package["name"], package["version"]))


def texts(package):
    """The licence files of a crate."""
    folder = Path(package["manifest_path"]).parent
    files = [path for path in folder.iterdir() if path.is_file() and path.name.upper().startswith(NAMES)]
    return [path.read_text(encoding="utf-8", errors="replace").strip() for path in sorted(files)]


def all_texts(packages):
    """The texts, each once, with the crates that they belong to."""
    found = {}
    for package in packages:
        own = texts(package)
        if not own and "Apache-2.0" in package["license"]:  # whose text names nobody, so that any crate's will do
            alike = [other for other in packages if other["license"] == package["license"]]
            own = next(filter(None, map(texts, alike)), [])
        if not own:
            raise LookupError("%s %s comes without the text of its licence" % (package["name"], package["version"]))
        for text in own:
            found.setdefault(text, []).append("%s %s" % (package["name"], package["version"]))
    return found


def third_party(*options):
    """The whole text. `options` are cargo's, such as --offline."""
    packages = linked_crates(*options)
    parts = [HEAD]
    for package in packages:
        where = package["repository"] or "https://crates.io/crates/" + package["name"]
        parts.append("%s %s: %s\n    %s\n" % (package["name"], package["version"], package["license"], where))
    for text, names in all_texts(packages).items():
        parts.append("%s\nThe licence of %s:\n\n%s\n" % ("-" * 78, ", ".join(names), text))
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(third_party())
