"""The words of C: where each stands, and a cursor over them."""

import re

IDENTIFIER, NUMBER, STRING, CHARACTER, MARK, DIRECTIVE, PRAGMA, END = range(8)

_WORD = re.compile(
    r"""
    (?P<space>(?:[ \t\r\f\v]|\\\r?\n|//(?:\\\n|[^\n])*|/\*.*?\*/)+)
    | (?P<line>\n)
    | (?P<identifier>[A-Za-z_$][A-Za-z0-9_$]*)
    | (?P<number>\.?[0-9](?:[eEpP][+-]|[A-Za-z0-9_.'])*)
    | (?P<string>"(?:\\.|[^"\\\n])*")
    | (?P<character>'(?:\\.|[^'\\\n])+')
    | (?P<mark><<|>>|<=|>=|==|!=|&&|\|\||::|\.\.\.|[-+*/%&|^~!<>=?:;,.(){}\[\]#])
    """,
    re.VERBOSE | re.DOTALL,
)
_KINDS = {"identifier": IDENTIFIER, "number": NUMBER, "string": STRING, "character": CHARACTER, "mark": MARK}
_ESCAPES = {"n": 10, "t": 9, "r": 13, "0": 0, "a": 7, "b": 8, "f": 12, "v": 11}


class Token:
    """One word: its kind, its text, and where it stands in the source. `value` is what a PRAGMA asks for."""

    __slots__ = ("kind", "text", "position", "source", "value")

    def __init__(self, kind, text, position, source, value=None):
        self.kind = kind
        self.text = text
        self.position = position
        self.source = source
        self.value = value

    def error(self, words):
        """A ValueError that says where: "line 3, column 5: ..."."""
        line = self.source.count("\n", 0, self.position) + 1
        column = self.position - self.source.rfind("\n", 0, self.position)
        return ValueError("line %d, column %d: %s" % (line, column, words))

    @property
    def shown(self):
        return "the end" if self.kind == END else repr(self.text)


def words(source):
    """The tokens of a source in C. A directive (#define ...) is one token, whose value is the list of its words."""
    tokens, position, directive = [], 0, None
    while position < len(source):
        match = _WORD.match(source, position)
        if match is None or source.startswith("/*", position) and match.lastgroup == "mark":
            raise Token(MARK, source[position], position, source).error(_not_c(source, position))
        kind = match.lastgroup
        if kind == "line":
            directive = None
        elif kind != "space":
            token = Token(_KINDS[kind], match.group(), position, source)
            if directive is not None:
                directive.append(token)
            elif token.text == "#" and _begins_a_line(source, position):
                directive = []
                tokens.append(Token(DIRECTIVE, "#", position, source, directive))
            else:
                tokens.append(token)
        position = match.end()
    tokens.append(Token(END, "", len(source), source))
    return tokens


def _begins_a_line(source, position):
    return not source[source.rfind("\n", 0, position) + 1 : position].strip()


def _not_c(source, position):
    if source.startswith("/*", position):
        return "this comment has no end"
    if source[position] in "\"'":
        return "this text has no end"
    return "%r is nothing in C" % source[position]


class Cursor:
    """Where a reader is in a list of tokens, whose last one is an END."""

    __slots__ = ("tokens", "at")

    def __init__(self, tokens):
        self.tokens = tokens
        self.at = 0

    @property
    def token(self):
        return self.tokens[self.at]

    @property
    def text(self):
        """The text of the next token if it is a mark or an identifier; else ""."""
        token = self.tokens[self.at]
        return token.text if token.kind in (MARK, IDENTIFIER) else ""

    def ahead(self, steps):
        return self.tokens[min(self.at + steps, len(self.tokens) - 1)].text

    def take(self):
        token = self.tokens[self.at]
        if token.kind != END:
            self.at += 1
        return token

    def takes(self, text):
        """Takes the next token if it is this one."""
        if self.text == text:
            self.at += 1
            return True
        return False

    def expect(self, text, behind):
        if not self.takes(text):
            raise self.token.error("%s is missing %s, here is %s" % (repr(text), behind, self.token.shown))

    def identifier(self, what):
        if self.token.kind != IDENTIFIER:
            raise self.token.error("%s is missing, here is %s" % (what, self.token.shown))
        return self.take()


def number(token):
    """The value of a NUMBER: an int. ValueError with its place for others."""
    text = (
        token.text.replace("'", "").rstrip("uUlLzZ") if token.text[:2].lower() != "0x" else token.text.replace("'", "")
    )
    if text[:2].lower() == "0x":
        text = text.rstrip("uUlLzZ")
    try:
        if len(text) > 1 and text[0] == "0" and text.isdigit():
            return int(text, 8)
        return int(text, 0)
    except ValueError:
        raise token.error("%s is no integer" % token.text) from None


def character(token):
    """The value of a CHARACTER such as 'a' or '\\n'."""
    inner = token.text[1:-1]
    if len(inner) == 1 and ord(inner) < 128:
        return ord(inner)
    if inner[0] == "\\":
        if inner[1] == "x" and re.fullmatch("[0-9a-fA-F]{1,2}", inner[2:]):
            return int(inner[2:], 16)
        if re.fullmatch("[0-7]{1,3}", inner[1:]):
            return int(inner[1:], 8)
        if len(inner) == 2:
            return _ESCAPES.get(inner[1], ord(inner[1]))
    if len(inner) == 4 and inner.isascii():
        return int.from_bytes(inner.encode(), "big")  # 'RIFF', as compilers count it
    raise token.error("%s is no character" % token.text)
