"""Debian trees in the cache folder, for interpreters that this machine does not have.

Mirror, proxy, certificates and apt's own settings are those that this machine uses for its own packages;
$CHUNKARRAY_DEBIAN_MIRROR names another mirror.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

from rows import CI, Unavailable, cache_folder, make, program, run

# The settings of apt that have to do with how packages are reached. The rest is about the machine's own system.
CARRIED = re.compile(r"Acquire::(http|https|ftp|Retries|ForceIPv4|ForceIPv6|Check-Date|Check-Valid-Until)(::|\s)")


def folder(name: str) -> Path:
    return cache_folder() / "chroots" / name


def inside(name: str) -> list[str]:
    """The words that, put before a command, run it inside the tree."""
    return [str(cache_folder() / "chroot-run"), str(folder(name))]


def bare(name: str) -> list[str]:
    """The same for apt-get, which must not reach the machine's own files."""
    return [str(cache_folder() / "chroot-run"), "--bare", str(folder(name))]


def make_tree(name: str, suite: str, wanted: list[list[str]], log: Path) -> Path:
    """The tree of this name: a Debian suite with as many of the wanted groups of packages as it has."""

    def fill(tree: Path) -> None:
        if os.geteuid() != 0:
            raise Unavailable(f"only root can unpack Debian {suite}; run as root, or name an interpreter of your own")
        install_runner()
        # debootstrap mounts things in the tree: in a namespace of its own they go when it goes, however it ends.
        private = [program("unshare", "util-linux", log), "--mount", "--propagation", "private"]
        bootstrap = [program("debootstrap", "debootstrap", log), "--variant=minbase", suite, str(tree), *mirror()]
        run([*private, *bootstrap], log, env=bootstrap_environment())
        (tree / ".chunkarray-root").write_text(f"{suite}\n")
        (tree / "etc/apt/apt.conf.d/90machine").write_text(carried_settings())
        apt = [*bare(name), "apt-get", "-o", "APT::Sandbox::User=root"]
        run([*apt, "update"], log)
        install = [*apt, "install", "-y", "--no-install-recommends"]
        groups = [available(name, group) for group in wanted]
        together = sorted({package for group in groups for package in group})
        try:
            run([*install, *together], log)
        except Unavailable:
            for group in groups:  # a row whose packages can't be had takes only itself out
                try:
                    run([*install, *group], log)
                except Unavailable as error:
                    print(f"{suite}: {error}")
        run([*apt, "clean"], log)

    return make(folder(name), {"suite": suite, "packages": wanted}, fill)


def install_runner() -> None:
    """Puts chroot-run into the cache, so that launchers live on without this checkout."""
    target = cache_folder() / "chroot-run"
    source = CI / "chroot-run"
    if not target.exists() or target.read_bytes() != source.read_bytes():
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f".chroot-run.{os.getpid()}")
        shutil.copy(source, fresh)
        fresh.rename(target)


def mirror() -> list[str]:
    """Where this machine's own Debian packages come from; nothing leaves the choice to debootstrap."""
    if named := os.environ.get("CHUNKARRAY_DEBIAN_MIRROR"):
        return [named]
    if not shutil.which("apt-get"):
        return []
    asked = ["apt-get", "indextargets", "--format", "$(LABEL)|$(REPO_URI)", "Created-By: Packages"]
    for line in subprocess.run(asked, capture_output=True, text=True).stdout.splitlines():
        label, _, uri = line.partition("|")
        if label == "Debian" and uri.startswith("http"):
            return [uri.rstrip("/")]
    return []


def carried_settings() -> str:
    if not shutil.which("apt-config"):
        return ""
    lines = subprocess.run(["apt-config", "dump"], capture_output=True, text=True).stdout.splitlines()
    return "".join(f"{line}\n" for line in lines if CARRIED.match(line))


def bootstrap_environment() -> dict[str, str]:
    """debootstrap downloads by wget, which knows nothing of apt's proxy."""
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    if shutil.which("apt-config"):
        asked = ["apt-config", "shell", "http_proxy", "Acquire::http::Proxy", "https_proxy", "Acquire::https::Proxy"]
        for line in subprocess.run(asked, capture_output=True, text=True).stdout.splitlines():
            name, _, value = line.partition("=")
            env.setdefault(name, "".join(shlex.split(value)))
    return env


def available(name: str, group: list[str]) -> list[str]:
    """The group, its `python3.N` replaced by the nearest that the tree's suite has."""
    asked = [*bare(name), "apt-cache", "pkgnames", "python3."]
    names = subprocess.run(asked, capture_output=True, text=True).stdout.split()
    minors = {int(match[1]) for each in names if (match := re.fullmatch(r"python3\.(\d+)-venv", each))}

    def nearest(match: re.Match) -> str:
        return f"python3.{nearest_minor(int(match[1]), minors)}"

    return [re.sub(r"^python3\.(\d+)", nearest, package) if minors else package for package in group]


def nearest_minor(wanted: int, minors: set[int]) -> int:
    """Of two that are equally near, the newer."""
    return min(minors, key=lambda minor: (abs(minor - wanted), -minor))


def command(name: str, wanted: str, nearest: bool) -> str:
    """The path, inside the tree, of the interpreter that was installed for a row."""
    bin_ = folder(name) / "usr/bin"
    if nearest:
        minors = {int(m[1]) for path in bin_.iterdir() if (m := re.fullmatch(r"python3\.(\d+)", path.name))}
        minors = {minor for minor in minors if (folder(name) / f"usr/share/doc/python3.{minor}-venv").exists()}
        if minors:
            wanted = f"/usr/bin/python3.{nearest_minor(int(wanted.rpartition('.')[2]), minors)}"
    if not (bin_ / Path(wanted).name).exists():
        raise Unavailable(f"Debian {name} has no {wanted}")
    return wanted
