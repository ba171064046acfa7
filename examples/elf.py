"""The header and the section table of an ELF file: of the interpreter that runs this.

    python elf.py [FILE]

It reads the sections straight into an array of records, sums a column of it, changes the entry point in a copy by name,
and shows the header's bytes. 64 bits and little-endian, as on x86-64 and most ARM machines.
"""

import os
import sys
import tempfile

from chunkarray import U2, U4, U8, ChunkArray, Const, Enum, Flags, Record, hexdump


class Header(Record):
    magic = Const("B1[4]", b"\x7fELF")
    width = Const("U1", 2)  # 64 bits
    order = Const("U1", 1)  # little-endian
    ident_version: "U1"
    system = Enum("U1", SYSV=0, LINUX=3, FREEBSD=9)
    _: "pad[8]"
    kind = Enum("U2", RELOCATABLE=1, EXECUTABLE=2, SHARED=3, CORE=4)
    machine = Enum("U2", X86=3, ARM=40, X86_64=62, AARCH64=183, RISCV=243)
    version: U4
    entry: U8
    segments_at: U8
    sections_at: U8
    flags: U4
    size: U2
    segment_size: U2
    segments: U2
    section_size: U2
    sections: U2
    names: U2  # the section that has the names of the others


class Section(Record):
    name: U4
    kind = Enum(
        "U4", NULL=0, PROGBITS=1, SYMTAB=2, STRTAB=3, RELA=4, HASH=5, DYNAMIC=6, NOTE=7, NOBITS=8, DYNSYM=11,
        INIT_ARRAY=14, FINI_ARRAY=15, GNU_HASH=0x6FFFFFF6, VERNEED=0x6FFFFFFE, VERSYM=0x6FFFFFFF,
    )  # fmt: skip
    flags = Flags("U8", WRITE=1, ALLOC=2, EXECUTE=4, MERGE=16, STRINGS=32, INFO_LINK=64, TLS=1024)
    address: U8
    offset: U8
    size: U8
    link: U4
    info: U4
    alignment: U8
    entry_size: U8


class Name(Record):
    text: "TEXTZ"


def candidates():
    """The interpreter, or where that is a script, other programs."""
    yield sys.executable
    yield "/proc/self/exe"
    yield "/bin/sh"


def is_elf(path):
    try:
        with open(path, "rb") as file:
            return file.read(6) == b"\x7fELF\2\1"
    except (OSError, TypeError):
        return False


def read(path):
    """The header, the sections and their names."""
    with open(path, "rb") as file:
        header = Header.parse(file.read(Header.size))
        file.seek(header.sections_at)
        sections = ChunkArray(Section)
        sections.fromfile(file, header.sections)
        texts = sections[header.names]
        file.seek(texts.offset)
        texts = file.read(texts.size)
    return header, sections, [Name.parse(texts, at).text for at in sections["name"]]


def main(path=None):
    path = path or next(filter(is_elf, candidates()), None)
    if path is None:
        sys.exit("no ELF file found here")
    header, sections, names = read(path)
    print("%s: %s for %s, entry %#x" % (os.path.basename(path), header.kind.name, header.machine.name, header.entry))
    print("%d sections of %d bytes each, from %#x on" % (header.sections, Section.size, header.sections_at))
    for name, section in list(zip(names, sections))[:40]:
        kind = getattr(section.kind, "name", "%#x" % section.kind)
        flags = "".join(letter for bit, letter in ((1, "w"), (2, "a"), (4, "x")) if section.flags & bit)
        print("  %-20s %-10s %-3s %#10x %10d bytes" % (name[:20], kind, flags, section.offset, section.size))
    in_file = sum(section.size for section in sections if section.kind != 8)
    print("%d bytes in sections, the largest of them has %d" % (in_file, max(sections["size"])))

    with open(path, "rb") as file:
        start = bytearray(file.read(4096))
    before = bytes(start)
    header.entry += 0x10
    start[: Header.size] = bytes(header)
    copy = os.path.join(tempfile.mkdtemp(), "changed.elf")
    with open(copy, "wb") as file:
        file.write(start)
    with open(copy, "rb") as file:
        changed = file.read()
    os.remove(copy)
    places = [k for k in range(len(before)) if before[k] != changed[k]]
    print("the entry point moved to %#x: only bytes %s differ" % (Header.parse(changed).entry, places))
    hexdump(before[: Header.size], Header)


if __name__ == "__main__":
    main(*sys.argv[1:2])
