"""From records to declarations in C and C++."""

import re

from ..model import NOTHING, Bits, Bytes, Nested, Repeated, Scalar, Text, Union

_KEYWORDS = frozenset(
    "alignas alignof and and_eq asm auto bitand bitor bool break case catch char class compl concept const consteval "
    "constexpr constinit const_cast continue co_await co_return co_yield decltype default delete do double dynamic_cast "
    "else enum explicit export extern false float for friend goto if inline int long mutable namespace new noexcept not "
    "not_eq nullptr operator or or_eq private protected public register reinterpret_cast requires restrict return short "
    "signed sizeof static static_assert static_cast struct switch template this thread_local throw true try typedef "
    "typeid typename typeof typeof_unqual union unsigned using virtual void volatile wchar_t while xor xor_eq "
    # Not words of the language, but names that the declarations need or that compilers replace.
    "linux unix offsetof NULL uint8_t uint16_t uint32_t uint64_t int8_t int16_t int32_t int64_t size_t".split()
)
_FLOATS = {"F4": "float", "F8": "double"}
_INDENT = "    "


def to_c(layout):
    """The declaration of a struct of this layout in C11, with those of the structs inside of it.

    It is packed by #pragma pack, which GCC, Clang and MSVC take; padding is written out, and each size and offset is
    asserted. A comment says where each member lies and what it is here: C has no byte order, so big-endian numbers are
    to be swapped. Bits of a big-endian unit of several bytes are one member, whose comment says which bits they are;
    others are bit fields, for little-endian machines. Names that C does not take are changed.
    """
    return _Writer(is_cpp=False).text(layout)


def to_cpp(layout):
    """The same in C++11, with an enum class for each field whose values have names."""
    return _Writer(is_cpp=True).text(layout)


class _Writer:
    def __init__(self, is_cpp):
        self.is_cpp = is_cpp
        self.names = {}  # layout -> name of its struct
        self.taken = set()
        self.parts = []
        self.asserts = []

    def text(self, layout):
        name = self.struct(layout)
        includes = ("<cstddef>", "<cstdint>") if self.is_cpp else ("<stdbool.h>", "<stddef.h>", "<stdint.h>")
        lines = ["/* %s: %d bytes. Numbers are little-endian where nothing else is said. */" % (name, layout.size)]
        lines += ["#include %s" % each for each in includes]
        lines += ["", "#pragma pack(push, 1)", ""]
        for part in self.parts:
            lines += [*part, ""]
        lines += ["#pragma pack(pop)", "", *self.asserts, ""]
        return "\n".join(lines)

    def struct(self, layout):
        """The name of a layout's struct, which is declared first."""
        if layout in self.names:
            return self.names[layout]
        members = _Members()
        name = self.names[layout] = _identifier(layout.name, self.taken)
        self.asserts.append(self.assertion("sizeof(%s)" % self.typed(name), layout.size, name))
        for unit in _units(layout.fields):
            if isinstance(unit[0].type, Bits):
                self.bits(unit, members, name)
            elif unit[0].is_padding:
                label = _identifier("_pad%d" % unit[0].offset, members.names)
                members.add("uint8_t", "%s[%d]" % (label, unit[0].size), unit[0].offset, "padding")
            else:
                label = self.member(unit[0], members, name)
                place = "offsetof(%s, %s)" % (self.typed(name), label)
                self.asserts.append(self.assertion(place, unit[0].offset, "%s.%s" % (name, label)))
        self.parts.append(["struct %s {" % name, *members.lines(), "};"])
        return name

    def typed(self, name):
        return name if self.is_cpp else "struct " + name

    def assertion(self, what, number, words):
        return '%s(%s == %d, "%s");' % ("static_assert" if self.is_cpp else "_Static_assert", what, number, words)

    def member(self, field, members, record):
        """Adds a field that is no bits, and gives its name."""
        label = _identifier(field.name, members.names)
        type, suffix = self.type(field, members.names, record, label)
        members.add(type, label + suffix, field.offset, _comment(field, label))
        return label

    def type(self, field, names, record, label):
        """(what stands before the name of a member, what behind it)."""
        type = field.type
        if isinstance(type, Text):
            return "char", "[%d]" % type.size
        if isinstance(type, Bytes):
            return "uint8_t", "[%d]" % type.size
        if isinstance(type, Union):
            inner = _Members()
            for each in type.layout.fields:
                if isinstance(each.type, Bits):
                    self.bits([each], inner, record)
                else:
                    self.member(each, inner, "%s_%s" % (record, label))
            return "\n".join(["union {", *inner.lines(), "}"]), ""
        if isinstance(type, Repeated):
            return self.element(type.element), "".join("[%d]" % extent for extent in type.shape)
        if field.members is not None:
            named = self.enum(field, record, label)
            # An enum of its own type has no byte order either, and its constants would not be the stored numbers.
            if self.is_cpp and not type.is_big_endian:
                return named, ""
        return self.element(type), ""

    def element(self, type):
        if isinstance(type, Nested):
            return self.typed(self.struct(type.layout))
        assert isinstance(type, Scalar)
        return _number(type)

    def enum(self, field, record, label):
        """Declares the names of a field's values, and gives the enum's name."""
        unit = field.type.unit if isinstance(field.type, Bits) else field.type
        name = _identifier("%s_%s" % (record, label), self.taken)
        taken = set()
        head = "enum class %s : %s {" % (name, _number(unit)) if self.is_cpp else "enum %s {" % name
        lines = [head]
        for key, member in field.members.__members__.items():
            key = _identifier(key if self.is_cpp else "%s_%s" % (name, key), taken)
            lines.append("%s%s = %d," % (_INDENT, key, member.value))
        self.parts.append([*lines, "};"])
        return name

    def bits(self, unit, members, record):
        """The bits of a unit, from the least significant one on, as compilers for little-endian machines place them."""
        scalar = unit[0].type.unit
        if scalar.is_big_endian:
            label = _identifier("_".join(field.name for field in unit), members.names)
            said = ["%s %s" % (_span(field), field.name) for field in unit]
            members.add(_number(scalar), label, unit[0].offset, "%s, big-endian: %s" % (scalar.name, ", ".join(said)))
            self.asserts.append(
                self.assertion(
                    "offsetof(%s, %s)" % (self.typed(record), label), unit[0].offset, "%s.%s" % (record, label)
                )
            )
            return
        end = 0
        for field in sorted(unit, key=lambda field: field.shift):
            if field.shift > end:
                members.add("uint%d_t" % (8 * scalar.size), ": %d" % (field.shift - end), unit[0].offset, "unused")
            label = _identifier(field.name, members.names)
            type = _number(field.type.unit)
            if field.members is not None:
                self.enum(field, record, label)
            members.add(type, "%s : %d" % (label, field.type.width), unit[0].offset, _comment(field, label))
            end = field.shift + field.type.width
        if end < 8 * scalar.size:
            members.add("uint%d_t" % (8 * scalar.size), ": %d" % (8 * scalar.size - end), unit[0].offset, "unused")


class _Members:
    """The members of a struct as lines, comments under one another."""

    def __init__(self):
        self.names = set()
        self.rows = []

    def add(self, type, name, offset, comment):
        self.rows.append(("%s %s;" % (type, name), "/* %4d  %s */" % (offset, comment.replace("*/", "* /"))))

    def lines(self):
        width = max(len(row[0].rpartition("\n")[2]) for row in self.rows)
        for code, comment in self.rows:
            *before, last = code.split("\n")
            for line in before:
                yield _INDENT + line
            yield "%s%s  %s" % (_INDENT, last.ljust(width), comment)


def _units(fields):
    """The fields in lists: bits of one unit together, each other field alone."""
    units = []
    for field in fields:
        last = units[-1][0] if units else field
        if (
            last is not field
            and isinstance(field.type, Bits)
            and isinstance(last.type, Bits)
            and last.offset == field.offset
        ):
            units[-1].append(field)
        else:
            units.append([field])
    return units


def _number(scalar):
    if scalar.kind == "BOOL":
        return "bool"
    if scalar.kind == "F":
        return _FLOATS[scalar.name.lstrip(">")]
    return "%s%d_t" % ("uint" if scalar.kind in "UB" else "int", 8 * scalar.size)


def _comment(field, label):
    said = [field.type.name]
    if isinstance(field.type, Bits):
        said[0] += ", " + _span(field)
    element = field.type.element if isinstance(field.type, Repeated) else field.type
    if isinstance(element, Scalar) and element.is_big_endian:
        said.append("big-endian")
    if field.constant is not NOTHING:
        said.append("always %r" % (field.constant,))
    if label != field.name:
        said.append("%r" % field.name)
    return ", ".join(said)


def _span(field):
    low, high = field.shift, field.shift + field.type.width - 1
    return "bit %d" % low if low == high else "bits %d-%d" % (high, low)


def _identifier(name, taken):
    """A name that C takes and that is not taken yet; then it is."""
    made = re.sub("[^A-Za-z0-9_]", "_", name) or "_"
    if made[0].isdigit() or made in _KEYWORDS:
        made = "_" + made
    count, first = 1, made
    while made in taken:
        count += 1
        made = "%s_%d" % (first, count)
    taken.add(made)
    return made
