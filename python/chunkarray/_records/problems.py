"""What can be wrong with the bytes of a message, on its way from the field that met it to the one who reads."""


class Problem(Exception):
    """Something is wrong in one field. On its way out, each level puts its own name in front.

    words       what is wrong, as it follows the field's name: " is cut off at offset 8: ..."
    path        the parts of the field's name, innermost first
    needs       for data that ends too early: the offset up to which there would have to be data at least; else None
    """

    def __init__(self, words, needs=None):
        super().__init__(words)
        self.words = words
        self.path = []
        self.needs = needs

    def within(self, name):
        """Notes whose field it was, and gives itself."""
        self.path.append(name)
        return self

    @property
    def where(self):
        """The field's full name: "Png.chunks[2].data"."""
        parts = self.path[::-1]
        return "".join(part if part.startswith("[") or not k else "." + part for k, part in enumerate(parts))

    def error(self):
        """The ValueError for it."""
        text = self.where + self.words
        return ValueError(text) if self.needs is None else CutOff(text, self.needs)


class CutOff(ValueError):
    """The data ends inside of a message.

    needs    how far the data would have to go for what is known of the message, in bytes from the data's start
    """

    __module__ = __package__.partition(".")[0]
    __slots__ = ("needs",)

    def __init__(self, text, needs):
        super().__init__(text)
        self.needs = needs
