"""python -m chunkarray: what chunkarray runs on here, and commands that show types, functions, bytes and layouts."""

import os
import sys

_USAGE = """usage: python -m chunkarray [about]              what chunkarray runs on here
       python -m chunkarray dtypes              the types of elements, and how they are written
       python -m chunkarray abi                 the C functions in the binary
       python -m chunkarray abi --explain NAME  one of them: arguments, registers, who owns what, errors
       python -m chunkarray pipelines           how each operation of a pipeline runs, on each type
       python -m chunkarray tour [FILE|FOLDER]  see it at work, on real data
       python -m chunkarray hexdump FILE [--record SPEC]  what the bytes of a file mean; --help tells more
       python -m chunkarray layout SPEC         where each field of a record lies
"""


def main(arguments):
    """Runs the command that `arguments` name; gives the exit status."""
    command = arguments[0] if arguments else "about"
    if command == "about" and len(arguments) <= 1:
        from ._about import about

        found = about()
        width = max(map(len, found))
        for name, value in found.items():
            print("%-*s  %s" % (width, name.replace("_", " "), {True: "yes", False: "no"}.get(value, value)))
        return 0
    if command == "dtypes" and len(arguments) == 1:
        from ._dtype_list import show

        show()
        return 0
    if command == "abi" and (len(arguments) == 1 or (len(arguments) == 3 and arguments[1] == "--explain")):
        from ._abi_listing import show

        return show(*arguments[2:])
    if command == "pipelines" and len(arguments) == 1:
        from ._pipeline.grid import show

        show()
        return 0
    if command == "tour" and len(arguments) <= 2:
        from ._tour import tour

        return tour(*arguments[1:])
    if command in ("hexdump", "layout"):
        from ._hexdump import command as pictures

        return getattr(pictures, command)(arguments[1:])
    asked = command in ("-h", "--help", "help")
    print(_USAGE, end="", file=sys.stdout if asked else sys.stderr)
    return 0 if asked else 2


def run(arguments):
    """main(), beside a reader that may leave before the end, as `head` does: exit status 1 then, as Python's own."""
    try:
        status = main(arguments)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # What is still buffered has to go somewhere when Python flushes it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
