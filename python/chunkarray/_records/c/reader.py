"""From declarations in C and C++ to records."""

from ..model import NOTHING
from ..placing import PlacedBits
from .expressions import evaluate
from .preprocessor import preprocessed
from .tokens import END, IDENTIFIER, PRAGMA, STRING, Cursor
from .types import Array, Enumeration, Number, Placement, Struct, Unmeasured

_QUALIFIERS = frozenset(
    "const volatile static extern inline constexpr register mutable restrict __restrict __restrict__ __extension__ "
    "__inline __inline__ __const __volatile__ _Noreturn typename final".split()
)
_WORDS = frozenset("signed unsigned char short int long float double void __signed__ __int128".split())
_ALIGNS = ("alignas", "_Alignas")
_ASSERTS = ("static_assert", "_Static_assert")
_WITHOUT_EFFECT = frozenset(
    "unused deprecated may_alias nonnull visibility used section warn_if_not_aligned designated_init cold hot pure "
    "const noreturn always_inline gnu_inline maybe_unused nodiscard no_unique_address format nonstring".split()
)
_LARGEST = 2**31 - 1  # bytes of a record


def _known_types():
    types = {"_Bool": Number("BOOL", 1), "bool": Number("BOOL", 1), "wchar_t": Number("S", 4)}
    for size in (1, 2, 4, 8):
        for kind, names in (
            ("U", "uint%d_t u_int%d_t __u%d u%d uint_least%d_t"),
            ("S", "int%d_t __s%d s%d int_least%d_t"),
        ):
            for name in names.split():
                types[name % (8 * size)] = Number(kind, size)
        # The kernel's: numbers whose byte order the type tells.
        if size > 1:
            types["__le%d" % (8 * size)] = Number("U", size, "<")
            types["__be%d" % (8 * size)] = Number("U", size, ">")
    types["__sum16"], types["__wsum"] = Number("U", 2, ">"), Number("U", 4)
    types["__aligned_u64"], types["__aligned_s64"] = Number("U", 8), Number("S", 8)
    for names, kind, size in (
        ("size_t uintptr_t uintmax_t ulong u_long", "U", 8),
        ("ssize_t ptrdiff_t intptr_t intmax_t off_t time_t", "S", 8),
        ("uint u_int char32_t", "U", 4),
        ("ushort u_short char16_t", "U", 2),
        ("uchar u_char char8_t", "U", 1),
    ):
        for name in names.split():
            types[name] = Number(kind, size)
    return types


def from_c(text, make, name=None, byte_order="<"):
    """The record class of a struct or union that `text` declares, with the offsets that GCC and Clang give it.

    name         its tag or typedef; without one it is the last one that the text declares
    byte_order   "<" or ">" for what a big-endian machine's compiler makes of the same text

    Understood: struct, union, enum, typedef, using, nested and unnamed ones, arrays, bit fields, alignas,
    __attribute__((packed, aligned(n), scalar_storage_order("big-endian"))), #pragma pack, #define and #if, constants,
    static_assert (which is checked), and the types of C and of <stdint.h>, with the sizes of 64-bit Linux and macOS.
    __be16 and the like are big-endian. char is text, pointers are raw addresses (B8). An unnamed union is a field
    `anonymous1`. Functions are left aside. `make` makes a record class of a layout. ValueError, with line and column,
    for what is not understood.
    """
    if not isinstance(text, str):
        raise TypeError("from_c takes C's text, a str, not %s" % type(text).__name__)
    if byte_order not in ("<", ">"):
        raise ValueError("byte_order is '<' or '>', not %r" % (byte_order,))
    try:
        reader = _Reader(preprocessed(text, byte_order), byte_order)
        reader.read()
        return reader.chosen(name).record(make)
    except RecursionError:
        raise ValueError("the declarations are nested too deep") from None


class _Attributes:
    """What attributes ask for."""

    __slots__ = ("packed", "align", "order")

    def __init__(self):
        self.packed = False
        self.align = None
        self.order = None

    def aligned(self, token, align):
        if align < 1 or align & (align - 1) or align > 2**16:
            raise token.error("an alignment is a power of two, not %d" % align)
        self.align = max(self.align or 1, align)


class _Reader:
    def __init__(self, tokens, byte_order):
        self.cursor = Cursor(tokens)
        self.order = byte_order
        self.pack = None
        self.packs = []
        self.types = _known_types()  # typedefs
        self.tags = {}  # tag -> Struct or Enumeration
        self.structs = {}  # name -> Struct, those that are complete and have a name
        self.last = None
        self.constants = {}

    def chosen(self, name):
        if name is None:
            if self.last is None:
                raise ValueError("the text declares no struct")
            self.last.name = self.last.name or "Record"
            return self.last
        if name not in self.structs:
            raise ValueError("the text declares no struct %r; it has %s" % (name, ", ".join(self.structs) or "none"))
        return self.structs[name]

    # Declarations

    def read(self):
        cursor, braces = self.cursor, 0
        while cursor.token.kind != END:
            if cursor.token.kind == PRAGMA:
                self.pragma(cursor.take())
            elif cursor.text == "extern" and cursor.tokens[cursor.at + 1].kind == STRING:
                cursor.take(), cursor.take()
                braces += cursor.takes("{")
            elif cursor.text == "namespace" or (cursor.text == "inline" and cursor.ahead(1) == "namespace"):
                cursor.takes("inline"), cursor.take()
                while cursor.token.kind == IDENTIFIER or cursor.text == "::":
                    cursor.take()
                cursor.expect("{", "behind the namespace")
                braces += 1
            elif braces and cursor.takes("}"):
                braces -= 1
            elif not cursor.takes(";"):
                self.declaration()
        if braces:
            raise cursor.token.error("'}' is missing")

    def pragma(self, token):
        action, size = token.value
        if action == "push":
            self.packs.append(self.pack)
        elif action == "pop":
            if not self.packs:
                raise token.error("#pragma pack(pop) without a push")
            self.pack = self.packs.pop()
            return
        if action != "push" or size:
            self.pack = size

    def declaration(self):
        cursor = self.cursor
        if cursor.text in _ASSERTS:
            self.static_assert()
            return
        if cursor.takes("using"):
            name = cursor.identifier("a name behind 'using'")
            cursor.expect("=", "behind the name")
            type, attributes = self.specifiers()
            self.types[name.text] = self.named(self.pointers(type), name)
            cursor.expect(";", "behind the type")
            return
        is_typedef = cursor.takes("typedef")
        constant = self.begins_constant()
        type, attributes = self.specifiers()
        while not cursor.takes(";"):
            name, declared, is_function = self.declarator(type)
            if is_function:
                self.function_ends()
                return
            after = self.attributes()
            if after.packed or after.align:
                raise name.error("packed and aligned belong between the '}' and the name")
            if is_typedef:
                self.types[name.text] = self.named(declared, name)
            elif cursor.takes("="):
                if not constant:
                    raise name.error("a variable with a value is not understood, but for const and constexpr")
                self.constants[name.text] = self.expression()
            if not cursor.takes(","):
                cursor.expect(";", "behind the declaration")
                return

    def begins_constant(self):
        cursor = self.cursor
        steps = 0
        while cursor.ahead(steps) in _QUALIFIERS:
            if cursor.ahead(steps) in ("const", "constexpr"):
                return True
            steps += 1
        return False

    def named(self, type, name):
        """The type of a typedef, which gives a struct without a tag its name."""
        if isinstance(type, Struct):
            type.name = type.name or name.text
            if type.size is not None:
                self.structs[name.text] = type
                self.last = type
        return type

    def function_ends(self):
        cursor = self.cursor
        while cursor.text not in (";", "{"):
            if cursor.token.kind == END:
                raise cursor.token.error("';' is missing behind the function")
            cursor.take()
        if cursor.text == "{":
            self.skip("{", "}")
        else:
            cursor.take()

    def skip(self, opening, closing):
        """Leaves aside what stands between these two marks."""
        first, depth = self.cursor.token, 0
        self.cursor.expect(opening, "here")
        depth = 1
        while depth:
            token = self.cursor.take()
            if token.kind == END:
                raise first.error("%r without a %r" % (opening, closing))
            depth += (token.text == opening) - (token.text == closing)

    def static_assert(self):
        token = self.cursor.take()
        self.cursor.expect("(", "behind %s" % token.text)
        holds = self.expression()
        if self.cursor.takes(","):
            while self.cursor.token.kind == STRING:
                self.cursor.take()
        self.cursor.expect(")", "behind the condition")
        self.cursor.expect(";", "behind the assertion")
        if not holds:
            raise token.error("this assertion does not hold here")

    # Types

    def specifiers(self):
        """(type, attributes) of what stands before the names of a declaration."""
        cursor, first = self.cursor, self.cursor.token
        words, type, attributes = [], None, _Attributes()
        while True:
            text = cursor.text
            if text in _QUALIFIERS:
                cursor.take()
            elif self.at_attributes():
                self.attributes(attributes)
            elif text in _WORDS:
                words.append(cursor.take().text.replace("__signed__", "signed"))
            elif type is not None or words:
                break
            elif text in ("struct", "union", "class"):
                type = self.struct(cursor.take())
            elif text == "enum":
                type = self.enum(cursor.take())
            elif text == "std" and cursor.ahead(1) == "::":
                cursor.take(), cursor.take()
                type = Number("B", 1) if cursor.text == "byte" else self.types.get(cursor.text)
                if type is None:
                    raise cursor.token.error("std::%s is not known" % cursor.token.text)
                cursor.take()
            elif text in self.types:
                type = self.types[cursor.take().text]
            elif isinstance(self.tags.get(text), (Struct, Enumeration)):
                type = self.tags[cursor.take().text]  # as in C++
            elif cursor.token.kind == IDENTIFIER:
                raise cursor.token.error("the type %s is not known" % text)
            else:
                raise cursor.token.error("a type is missing, here is %s" % cursor.token.shown)
        return type if type is not None else _basic(words, first), attributes

    def at_attributes(self):
        cursor = self.cursor
        return cursor.text in ("__attribute__", "__attribute", "__declspec") + _ALIGNS or (
            cursor.text == "[" and cursor.ahead(1) == "["
        )

    def attributes(self, found=None):
        """Takes attributes, if there are any, in any of their spellings."""
        found = found or _Attributes()
        cursor = self.cursor
        while self.at_attributes():
            word = cursor.take()
            if word.text in _ALIGNS:
                cursor.expect("(", "behind %s" % word.text)
                type = self.type_name()
                found.aligned(word, self.expression() if type is None else type.align)
                cursor.expect(")", "behind the alignment")
                continue
            closing = "]" if word.text == "[" else ")"
            doubled = word.text != "__declspec"
            cursor.expect("[" if closing == "]" else "(", "behind %s" % word.text)
            if doubled and closing == ")":
                cursor.expect("(", "behind %s" % word.text)
            while cursor.text != closing:
                if cursor.token.kind == END:
                    raise word.error("these attributes have no end")
                if not cursor.takes(","):
                    self.attribute(found)
            cursor.take()
            if doubled:
                cursor.expect(closing, "behind the attributes")
        return found

    def attribute(self, found):
        cursor = self.cursor
        token = cursor.identifier("an attribute")
        if cursor.text == "::":
            cursor.take()
            token = cursor.identifier("an attribute")
        name = token.text.strip("_")
        if name == "packed":
            found.packed = True
        elif name in ("aligned", "align"):
            align = 16
            if cursor.takes("("):
                type = self.type_name()
                align = self.expression() if type is None else type.align
                cursor.expect(")", "behind the alignment")
            found.aligned(token, align)
        elif name == "scalar_storage_order":
            cursor.expect("(", "behind it")
            found.order = {'"big-endian"': ">", '"little-endian"': "<"}.get(cursor.take().text)
            if found.order is None:
                raise token.error('an order is "big-endian" or "little-endian"')
            cursor.expect(")", "behind the order")
        elif name in _WITHOUT_EFFECT:
            if cursor.text == "(":
                self.skip("(", ")")
        else:
            raise token.error("the attribute %s is not understood" % token.text)

    def struct(self, keyword):
        cursor = self.cursor
        attributes = self.attributes()
        tag = cursor.take() if cursor.token.kind == IDENTIFIER else None
        cursor.takes("final")
        is_union = keyword.text == "union"
        struct = self.tags.get(tag.text) if tag else None
        if not isinstance(struct, Struct) or (struct.size is not None and cursor.text == "{"):
            if struct is not None and cursor.text == "{":
                raise tag.error("%s is declared twice" % tag.text)
            struct = Struct(tag.text if tag else None, is_union)
            if tag:
                self.tags[tag.text] = struct
        if cursor.text == ":":
            raise cursor.token.error("a struct that extends another one is not understood")
        if not cursor.takes("{"):
            if tag is None:
                raise cursor.token.error("'{' is missing behind %r" % keyword.text)
            return struct
        if struct.is_union != is_union:
            raise tag.error("%s is no %s" % (tag.text, keyword.text))
        declared = []
        while not cursor.takes("}"):
            if cursor.token.kind == END:
                raise keyword.error("this %s has no '}'" % keyword.text)
            self.members(declared)
        self.attributes(attributes)
        self.place(struct, declared, attributes, keyword)
        if tag:
            self.structs[tag.text] = struct
        self.last = struct
        return struct

    def members(self, declared):
        """The members of one declaration inside of a struct: (name, type, width of its bits, attributes, default)."""
        cursor = self.cursor
        if cursor.token.kind == PRAGMA:
            self.pragma(cursor.take())
            return
        if cursor.takes(";"):
            return
        if cursor.text in ("public", "private", "protected") and cursor.ahead(1) == ":":
            cursor.take(), cursor.take()
            return
        if cursor.text in _ASSERTS:
            self.static_assert()
            return
        first = cursor.token
        if cursor.text in ("static", "typedef", "using", "constexpr"):
            self.declaration()
            return
        type, attributes = self.specifiers()
        if cursor.takes(";"):
            # An unnamed struct or union, whose members belong to this one; or one that is only declared here.
            if isinstance(type, Struct) and type.name is None:
                declared.append((None, type, None, attributes, NOTHING, first))
            return
        while True:
            if cursor.text == ":":
                name, of = None, type
            else:
                name, of, is_function = self.declarator(type)
                if is_function:
                    raise name.error("%s is a function, which a struct of data doesn't have" % name.text)
                if isinstance(type, Struct):
                    type.name = type.name or name.text
            width = None
            if cursor.takes(":"):
                token = cursor.token
                width = self.expression()
                self.check_bits(of, width, name, token)
            own = self.attributes()
            own.packed = own.packed or attributes.packed
            own.align = max(own.align or 1, attributes.align or 1) if own.align or attributes.align else None
            default = self.expression() if cursor.takes("=") else NOTHING
            declared.append((name.text if name else None, of, width, own, default, name or first))
            if not cursor.takes(","):
                cursor.expect(";", "behind the member")
                return

    def check_bits(self, type, width, name, token):
        if getattr(type, "bits_kind", None) is None:
            raise token.error("bits of this type are not understood")
        if not 0 <= width <= 8 * type.size or (width == 0 and name is not None):
            raise token.error("%d bits do not fit a type of %d" % (width, 8 * type.size))

    def place(self, struct, declared, attributes, keyword):
        placement = Placement(struct.is_union, self.pack, attributes.packed)
        struct.order = attributes.order or self.order
        for name, type, width, own, default, token in declared:
            if type.size is None:
                raise token.error("%s is not complete" % (getattr(type, "name", None) or "void"))
            if width is None:
                offset = placement.add(type, own.align, own.packed)
                if placement.size > _LARGEST:
                    raise token.error("the %s is larger than %d bytes" % (keyword.text, _LARGEST))
                struct.add(name, type, offset, default)
                continue
            start = placement.add_bits(type, width, name is not None, own.align, own.packed)
            if name is not None:
                facts = {"members": type.members(struct.order), "default": default}
                struct.parts.append(
                    PlacedBits(name, type.bits_kind, start, width, struct.order == ">", placement.unit, **facts)
                )
        struct.size, struct.align = placement.end(attributes.align)
        if not struct.parts:
            raise keyword.error("this %s has no members" % keyword.text)

    def enum(self, keyword):
        cursor = self.cursor
        attributes = self.attributes()
        is_scoped = cursor.takes("class") or cursor.takes("struct")
        tag = cursor.take() if cursor.token.kind == IDENTIFIER else None
        number = None
        if cursor.takes(":"):
            number, _ = self.specifiers()
            if not isinstance(number, Number) or number.kind not in "US":
                raise keyword.error("an enum is of an integer type")
        if not cursor.takes("{"):
            if tag is not None and isinstance(self.tags.get(tag.text), Enumeration):
                return self.tags[tag.text]
            raise (tag or keyword).error("this enum is not declared")
        values, last = {}, -1
        while not cursor.takes("}"):
            name = cursor.identifier("a name of the enum")
            self.attributes()
            last = self.expression() if cursor.takes("=") else last + 1
            values[name.text] = last
            # Later ones may refer to earlier ones.
            self.constants["%s::%s" % (tag.text, name.text) if is_scoped and tag else name.text] = last
            if cursor.text != "}":
                cursor.expect(",", "behind the name")
        self.attributes(attributes)
        if not values:
            raise keyword.error("this enum has no names")
        number = number or (Number("S", 4) if is_scoped else _enum_type(values.values(), attributes.packed))
        low, high = (0, 256**number.size) if number.kind == "U" else (-(256**number.size) // 2, 256**number.size // 2)
        if min(values.values()) < low or max(values.values()) >= high:
            raise keyword.error("the values of this enum do not fit %d bytes" % number.size)
        made = Enumeration(number, values)
        if tag:
            self.tags[tag.text] = made
        return made

    # Names and what stands around them

    def declarator(self, type):
        """(the name's token, its type, whether it is a function)."""
        cursor = self.cursor
        type = self.pointers(type)
        if cursor.takes("("):
            # (*name)(...) and (*name)[n]: an address, whatever it is the address of.
            if self.pointers(None) is None:
                raise cursor.token.error("this declaration is not understood")
            name = cursor.identifier("a name")
            type = self.extents(Number("B", 8), name)
            cursor.expect(")", "behind the name")
            while cursor.text in ("(", "["):
                self.skip(cursor.text, ")" if cursor.text == "(" else "]")
            return name, type, False
        name = cursor.identifier("a name")
        if cursor.text == "(":
            self.skip("(", ")")
            return name, type, True
        return name, self.extents(type, name), False

    def pointers(self, type):
        """An address, if a * comes here, else `type`."""
        while self.cursor.text in ("*", "&", "const", "volatile", "restrict", "__restrict", "__restrict__"):
            if self.cursor.take().text in "*&":
                type = Number("B", 8)
        return type

    def extents(self, type, name):
        """`type` with the lengths that follow a name: [2][3]."""
        cursor, counts = self.cursor, []
        while cursor.text == "[" and cursor.ahead(1) != "[":
            bracket = cursor.take()
            count = None if cursor.text == "]" else self.expression()
            cursor.expect("]", "behind the length")
            counts.append((count, bracket))
        for count, bracket in reversed(counts):
            if type.size is None:
                raise bracket.error("the elements of %s are not complete" % name.text)
            if count is None:
                words = "%s has no length, so its record would have no fixed size" % name.text
                type = Unmeasured(type, bracket.error(words))
                continue
            if count < 0 or (count and not type.size):
                raise bracket.error("%s has %d elements" % (name.text, count))
            if not count:
                type = Unmeasured(type, bracket.error("%s has no elements" % name.text))
                continue
            if type.size * count > _LARGEST:
                raise bracket.error("%s is larger than %d bytes" % (name.text, _LARGEST))
            type = Array(type, count)
        return type

    def type_name(self):
        """The type that is written here, as in sizeof(int[3]), or None where none is."""
        cursor = self.cursor
        text = cursor.text
        known = text in _WORDS or text in self.types or text in ("struct", "union", "enum", "class")
        if not known and not isinstance(self.tags.get(text), (Struct, Enumeration)) and text != "std":
            return None
        token = cursor.token
        type, _ = self.specifiers()
        return self.extents(self.pointers(type), token)

    # Numbers

    def expression(self):
        return evaluate(self.cursor, self.value)

    def value(self, cursor):
        """The value of a name: a constant, sizeof, alignof or offsetof."""
        token = cursor.token
        if token.text in ("sizeof", "_Alignof", "alignof", "__alignof__", "offsetof", "__builtin_offsetof"):
            return self.measured(cursor.take())
        name = cursor.take().text
        while cursor.text == "::" and cursor.tokens[cursor.at + 1].kind == IDENTIFIER:
            cursor.take()
            name += "::" + cursor.take().text
        if name in ("true", "false"):
            return int(name == "true")
        return self.constants.get(
            name, self.constants.get(name.rpartition("::")[2] if name.startswith("std") else name)
        )

    def measured(self, word):
        cursor = self.cursor
        cursor.expect("(", "behind %s" % word.text)
        type = self.type_name()
        if type is None:
            raise cursor.token.error("a type is missing, here is %s" % cursor.token.shown)
        if type.size is None:
            raise word.error("the type is not complete")
        result = type.size if word.text == "sizeof" else type.align
        if word.text.endswith("offsetof"):
            cursor.expect(",", "behind the type")
            result, name = 0, cursor.identifier("a member")
            while True:
                offset = type.offset_of(name.text) if isinstance(type, Struct) else None
                if offset is None:
                    raise name.error("there is no member %s with an offset" % name.text)
                result += offset
                if not cursor.takes("."):
                    break
                type = next(part.type for part in type.parts if part.name == name.text)
                name = cursor.identifier("a member")
        cursor.expect(")", "behind the type")
        return result


def _basic(words, token):
    """The type of words such as unsigned long int."""
    rest = sorted(word for word in words if word not in ("signed", "unsigned", "int"))
    is_signed = "unsigned" not in words
    sizes = {(): 4, ("short",): 2, ("long",): 8, ("long", "long"): 8}
    plain = len(words) == len(rest)
    if tuple(rest) in sizes and words.count("int") < 2 and words.count("signed") + words.count("unsigned") < 2:
        return Number("S" if is_signed else "U", sizes[tuple(rest)])
    if rest == ["char"] and "int" not in words:
        return Number("TEXT" if plain else "S" if is_signed else "U", 1)
    if rest == ["float"] and plain:
        return Number("F", 4)
    if rest == ["double"] and plain:
        return Number("F", 8)
    if rest == ["void"] and plain:
        return Struct("void", False)  # never complete
    raise token.error("records have nothing for %s" % " ".join(words))


def _enum_type(values, packed):
    """The type that compilers give an enum."""
    low, high = min(values), max(values)
    for size in (1, 2, 4, 8) if packed else (4, 8):
        if low >= 0 and high < 256**size:
            return Number("U", size)
        if low < 0 and -(256**size) // 2 <= low and high < 256**size // 2:
            return Number("S", size)
    return Number("U" if low >= 0 else "S", 8)
