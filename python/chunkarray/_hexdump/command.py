"""python -m chunkarray hexdump and layout: pictures of files and of records from the command line."""

import argparse
import importlib
import importlib.util
import os
import re
import sys

_SPEC = """SPEC says which record:
  module:Class      a Record class of a module
  file.py:Class     one of a Python file, which is run
  "a: U1, b: >F4"   its fields, here and now; "pad[3]" as a type is padding, "U1:3" are bits
"""
_NAMED = re.compile(r"\S.*?:\w+(?:\.\w+)*")


class SpecError(ValueError):
    """A SPEC that names no record; its text says why."""


def record(spec, align=False):
    """The Record class that a SPEC means. SpecError if there is none."""
    from .. import Record

    if ": " not in spec and _NAMED.fullmatch(spec):
        return _named(spec)
    try:
        return Record("Record", spec, align=align or None)
    except (TypeError, ValueError, LookupError) as error:
        raise SpecError(_told(error)) from None


def _named(spec):
    """The Record class `place:Name` of a module or a file."""
    place, _colon, path = spec.rpartition(":")
    try:
        module = _run(place) if place.endswith(".py") else importlib.import_module(place)
    except Exception as error:  # whatever the module's own code raises
        hint = (
            ""
            if place.endswith(".py") or os.sep in place
            else '; a field alone is written with a blank: "%s: %s"' % (place, path)
        )
        raise SpecError("%s can't be imported: %s%s" % (place, _told(error), hint)) from None
    found = module
    for name in path.split("."):
        try:
            found = getattr(found, name)
        except AttributeError:
            raise SpecError("%s has no %s" % (place, path)) from None
    if not (isinstance(found, type) and hasattr(found, "__layout__")):
        raise SpecError("%s:%s is no Record class" % (place, path))
    return found


def _run(path):
    """The module that a Python file is, which may import its neighbours, as a program that is run may."""
    name = os.path.splitext(os.path.basename(path))[0]
    while name in sys.modules:
        name += "_"
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    spec = importlib.util.spec_from_file_location(name, path)
    # Known by its name, since annotations are looked up in the module of their class.
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _told(error):
    """An error's words, without the quotes that KeyError puts around them, and with its type where that tells more."""
    words = error.args[0] if isinstance(error, KeyError) and error.args else str(error)
    return (
        "%s" % words
        if isinstance(error, (ValueError, ImportError)) and words
        else "%s: %s" % (type(error).__name__, words)
    )


def _number(text):
    """A number of bytes, written as in Python: 4096, 0x1000. ValueError for others and for negative ones."""
    number = int(text, 0)
    if number < 0:
        raise ValueError(text)
    return number


_number.__name__ = "number of bytes"  # argparse says "invalid number of bytes value"


def _parser(command, description):
    parser = argparse.ArgumentParser(
        prog="python -m chunkarray %s" % command,
        description=description,
        epilog=_SPEC,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--align", action="store_true", help="a SPEC of fields is aligned as C compilers do")
    parser.add_argument("--width", type=_number, metavar="N", help="bytes in a row")
    parser.add_argument("--html", action="store_true", help="a page for browsers instead of text")
    return parser


def hexdump(arguments):
    """python -m chunkarray hexdump FILE. Gives the exit status."""
    parser = _parser("hexdump", "Shows what the bytes of a file mean.")
    parser.add_argument("file", metavar="FILE", help="a file, or - for standard input")
    parser.add_argument("--record", metavar="SPEC", help="the record that begins there, and again behind each one")
    parser.add_argument("--offset", type=_number, default=0, metavar="N", help="the first byte to show")
    parser.add_argument("--length", type=_number, metavar="N", help="how many bytes to show, all of them")
    given = parser.parse_args(arguments)

    def picture():
        from . import Hexdump

        what = sys.stdin.buffer if given.file == "-" else given.file
        chosen = None if given.record is None else record(given.record, given.align)
        made = Hexdump(what, chosen, start=given.offset, length=given.length, width=given.width)
        if given.offset > made._available:
            raise ValueError("--offset %d: there are %d bytes" % (given.offset, made._available))
        return made

    return _show("hexdump", picture, given.html)


def layout(arguments):
    """python -m chunkarray layout SPEC. Gives the exit status."""
    parser = _parser("layout", "Shows where each field of a record lies, and in which byte order.")
    parser.add_argument("spec", metavar="SPEC", help="the record")
    given = parser.parse_args(arguments)

    def picture():
        from . import LayoutPicture

        return LayoutPicture(record(given.spec, given.align).__layout__, given.width)

    return _show("layout", picture, given.html)


def _show(command, picture, html):
    """Prints a picture, or why there is none: exit status 1 then."""
    try:
        made = picture()
    except (OSError, ValueError) as error:
        print("python -m chunkarray %s: %s" % (command, error), file=sys.stderr)
        return 1
    if html:
        page = made.page()
        # A page says that it is UTF-8.
        getattr(sys.stdout, "reconfigure", lambda **_encoding: None)(encoding="utf-8", errors="backslashreplace")
        print(page, end="")
    else:
        made.show()
    return 0
