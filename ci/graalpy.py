"""GraalPy from Maven: its jars, its just-in-time compiler, and the JDK that runs both."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import chroots
from rows import Unavailable, cache_folder, make, program, run

JDK = "25"  # GraalPy 25's compiler is of this JDK; GraalPy 24.2 runs on it interpreted

# The Debian tree that has this JDK, for a machine without one.
JDK_SUITE = "trixie"
JDK_PACKAGES = ["openjdk-25-jre-headless"]

# What the compiler needs on the module path, where it replaces what the JDK brings.
COMPILER_MODULES = ["compiler", "truffle-compiler", "collections", "word", "nativeimage", "jniutils"]

# What most processes import.
USED = "array, asyncio, collections, ctypes, dataclasses, hypothesis, io, json, random, struct, subprocess, threading"

DEPENDENCY = """\
<dependency><groupId>{0}</groupId><artifactId>{1}</artifactId><version>{2}</version><type>{3}</type></dependency>
"""
POM = """\
<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion>
<groupId>local</groupId><artifactId>graalpy</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
{}</dependencies>
</project>
"""


def find_jdk() -> Path | None:
    """The home of a JDK 25 of this machine."""
    homes = [Path(os.environ[name]) for name in ("JAVA25_HOME", "JAVA_HOME") if os.environ.get(name)]
    if java := shutil.which("java"):
        homes.append(Path(java).resolve().parent.parent)
    homes += sorted(Path("/usr/lib/jvm").glob("*")) + sorted((Path.home() / ".sdkman/candidates/java").glob("*"))
    for home in homes:
        release = home / "release"
        if (home / "bin/java").exists() and release.exists():
            if re.search(rf'^JAVA_VERSION="{JDK}[."]', release.read_text(), re.MULTILINE):
                return home.resolve()
    return None


def java(wanted: list[list[str]], log: Path) -> list[str]:
    """The words that run a JDK 25: the machine's own, or Debian's inside its tree."""
    if home := find_jdk():
        return [str(home / "bin/java")]
    try:
        tree = chroots.make_tree(JDK_SUITE, JDK_SUITE, wanted, log)
    except Unavailable as error:
        raise Unavailable(
            f"no JDK {JDK} was found: set JAVA{JDK}_HOME to one, or let Debian's be unpacked: {error}"
        ) from None
    for path in sorted((tree / "usr/lib/jvm").glob(f"java-{JDK}-openjdk-*/bin/java")):
        return [*chroots.inside(JDK_SUITE), str(Path("/") / path.relative_to(tree))]
    raise Unavailable(f"no JDK {JDK} was found, and Debian {JDK_SUITE} has none: set JAVA{JDK}_HOME to one")


def jars(release: str, jit: bool, log: Path) -> Path:
    """The folder with GraalPy in lib/ and, for the JIT, its compiler in jit/."""
    wanted = [
        ("org.graalvm.polyglot", "python-community", release, "pom"),
        ("org.graalvm.python", "python-launcher", release, "jar"),
    ]
    if jit:
        wanted.append(("org.graalvm.compiler", "compiler", release, "jar"))

    def fill(folder: Path) -> None:
        (folder / "pom.xml").write_text(POM.format("".join(DEPENDENCY.format(*each) for each in wanted)))
        lib = folder / "lib"
        maven = [program("mvn", "maven", log), "--batch-mode", "--quiet"]
        run([*maven, "dependency:copy-dependencies", f"-DoutputDirectory={lib}"], log, cwd=folder)
        if jit:
            (folder / "jit").mkdir()
            for module in COMPILER_MODULES:
                shutil.copy(lib / f"{module}-{release}.jar", folder / "jit")
            # On the class path the compiler would be loaded a second time.
            (lib / f"compiler-{release}.jar").unlink()

    return make(cache_folder() / "graalpy" / release, wanted, fill)


def start(java_words: list[str], folder: Path, executable: Path, options: list[str]) -> list[str]:
    """The words that start this GraalPy; `executable` is what it takes itself to be, and finds its packages by."""
    words = [*java_words, *options, "--illegal-native-access=allow", "--sun-misc-unsafe-memory-access=allow"]
    words.append(f"-Dpolyglot.engine.userResourceCache={folder}/resources")
    words += ["-cp", f"{folder}/lib/*", "com.oracle.graal.python.shell.GraalPythonMain"]
    return [*words, "--experimental-options", f"--python.Executable={executable}"]


def compiled(folder: Path) -> list[str]:
    """The options for its just-in-time compiler. With a module path of its own, Java takes no prepared classes."""
    return ["-XX:+UnlockExperimentalVMOptions", "-XX:+EnableJVMCI", f"--upgrade-module-path={folder}/jit"]


def interpreted(classes: str) -> list[str]:
    """The options for running without it, from classes that were prepared, or while they are."""
    return [classes, "-Xlog:disable", "-Dpolyglot.engine.WarnInterpreterOnly=false"]


def from_classes(prepared: Path) -> list[str]:
    return interpreted(f"-XX:AOTCache={prepared}")


def quickly(prepared: Path) -> list[str]:
    """The options for a process that lives for seconds, most of which Java's good compiler would take for itself."""
    return [*from_classes(prepared), "-XX:TieredStopAtLevel=1"]


def prepare_classes(java_words: list[str], folder: Path, executable: Path, prepared: Path, log: Path) -> None:
    """Keeps the classes that starting needs as Java has them in memory: a start then takes a fifth of the time."""
    options = interpreted(f"-XX:AOTCacheOutput={prepared}")
    run([*start(java_words, folder, executable, options), "-c", f"import {USED}"], log)
