"""#define, #if and #pragma pack: from the words of a source to those that a compiler would see."""

from .expressions import evaluate
from .tokens import DIRECTIVE, END, IDENTIFIER, NUMBER, PRAGMA, Cursor, Token, number, words

_MOST_EXPANDED = 100_000  # words from macros in all: a few lines could ask for more than there is memory
# What compilers define about themselves, as far as headers with layouts ask for it.
_KNOWN = """
#define __STDC__ 1
#define __STDC_VERSION__ 201112L
#define __GNUC__ 12
#define __LP64__ 1
#define __ORDER_LITTLE_ENDIAN__ 1234
#define __ORDER_BIG_ENDIAN__ 4321
#define __LITTLE_ENDIAN 1234
#define __BIG_ENDIAN 4321
#define __BYTE_ORDER__ %(order)s
#define __BYTE_ORDER %(order)s
#define %(bits)s_ENDIAN_BITFIELD 1
"""


def preprocessed(source, byte_order):
    """The tokens of a source, macros replaced and #if decided, an END behind them.

    `#pragma pack` comes as a PRAGMA whose value is ("push", n), ("pop", None), ("set", n) or ("reset", None).
    #include is left aside: the types of the standard headers are known anyway.
    """
    reader = _Preprocessor()
    order, bits = ("1234", "__LITTLE") if byte_order == "<" else ("4321", "__BIG")
    reader.read(words(_KNOWN % {"order": order, "bits": bits}))
    tokens = words(source)
    return reader.read(tokens)


class _Preprocessor:
    def __init__(self):
        self.macros = {}  # name -> its words, or None for one with arguments
        self.conditions = []  # [the directive, whether it holds, whether any branch held, whether #else came]
        self.expanded = 0

    def read(self, tokens):
        seen = []
        for token in tokens:
            if token.kind == DIRECTIVE:
                seen += self.directive(token)
            elif token.kind == END or self.holds():
                seen += self.replaced(token, ())
        if self.conditions:
            raise self.conditions[-1][0].error("this #if has no #endif")
        return seen

    def holds(self):
        return all(condition[1] for condition in self.conditions)

    def replaced(self, token, inside):
        """What stands for a token where its macros are replaced; `inside` are those that are being replaced."""
        if token.kind != IDENTIFIER or token.text not in self.macros or token.text in inside:
            return [token]
        body = self.macros[token.text]
        if body is None:
            raise token.error("%s is a macro with arguments, which are not replaced here" % token.text)
        found = []
        for word in body:
            # It stands where the macro is used: errors point there.
            found += self.replaced(Token(word.kind, word.text, token.position, token.source), inside + (token.text,))
            self.expanded += 1
            if self.expanded > _MOST_EXPANDED:
                raise token.error("the macros grow beyond %d words" % _MOST_EXPANDED)
        return found

    def directive(self, token):
        if not token.value:
            return []
        word, rest = token.value[0], token.value[1:]
        name = word.text
        if name in ("if", "ifdef", "ifndef", "elif", "else", "endif"):
            self.condition(name, word, rest)
        elif not self.holds():
            return []
        elif name == "define":
            self.define(word, rest)
        elif name == "undef":
            self.macros.pop(rest[0].text if rest else "", None)
        elif name == "pragma":
            return self.pragma(word, rest)
        elif name == "error":
            raise word.error(" ".join(["#error"] + [token.text for token in rest]))
        elif name not in ("include", "line", "warning", "ident"):
            raise word.error("#%s is not understood" % name)
        return []

    def define(self, word, rest):
        if not rest or rest[0].kind != IDENTIFIER:
            raise word.error("#define without a name")
        name, body = rest[0], rest[1:]
        has_arguments = body and body[0].text == "(" and body[0].position == name.position + len(name.text)
        self.macros[name.text] = None if has_arguments else body

    def condition(self, name, word, rest):
        if name == "endif" or name == "else" or name == "elif":
            if not self.conditions or (self.conditions[-1][3] and name != "endif"):
                raise word.error("#%s without an #if" % name)
            if name == "endif":
                self.conditions.pop()
                return
            state = self.conditions[-1]
            state[1] = False
            outer = self.holds_around()
            state[1] = outer and not state[2] and (name == "else" or self.test(word, rest))
            state[2] = state[2] or state[1]
            state[3] = name == "else"
            return
        if not self.holds():
            test = False
        elif name == "if":
            test = self.test(word, rest)
        else:
            if not rest:
                raise word.error("#%s without a name" % name)
            test = (rest[0].text in self.macros) == (name == "ifdef")
        self.conditions.append([word, test, test, False])

    def holds_around(self):
        return all(condition[1] for condition in self.conditions[:-1])

    def test(self, word, rest):
        """Whether the expression of an #if holds. Names that stand for nothing are 0 there."""
        decided, cursor = [], Cursor(rest + [Token(END, "", word.position, word.source)])
        while cursor.token.kind != END:
            if not cursor.takes("defined"):
                decided += self.replaced(cursor.take(), ())
                continue
            bracket = cursor.takes("(")
            name = cursor.identifier("a name behind 'defined'")
            if bracket:
                cursor.expect(")", "behind the name")
            decided.append(Token(NUMBER, str(int(name.text in self.macros)), name.position, name.source))
        cursor = Cursor(decided + [cursor.token])
        value = evaluate(cursor, _zero)
        if cursor.token.kind != END:
            raise cursor.token.error("%s is not understood in #if" % cursor.token.shown)
        return bool(value)

    def pragma(self, word, rest):
        """#pragma pack in its forms: (), (n), (push), (push, n), (pop). Other pragmas say nothing about layouts."""
        if not rest or rest[0].text != "pack":
            return []
        parts = [each for token in rest for each in self.replaced(token, ())]
        texts = [token.text for token in parts]
        inner = [part for part in parts[2:-1] if part.text != ","]
        if texts[1:2] != ["("] or texts[-1] != ")" or len(inner) > 2:
            raise word.error("this #pragma pack is not understood")
        action = "set" if inner else "reset"
        if inner and inner[0].text in ("push", "pop"):
            action = inner.pop(0).text
        size = None
        if inner:
            size = number(inner[0]) if inner[0].kind == NUMBER else 0
            if len(inner) > 1 or action == "pop" or size not in (1, 2, 4, 8, 16):
                raise word.error("this #pragma pack is not understood; it packs to 1, 2, 4, 8 or 16")
        return [Token(PRAGMA, "#pragma pack", word.position, word.source, (action, size))]


def _zero(cursor):
    name = cursor.take()
    if cursor.text == "(":
        raise name.error("%s is a macro with arguments, which are not replaced here" % name.text)
    return 0
