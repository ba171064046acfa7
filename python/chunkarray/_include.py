"""Where the C and C++ headers are."""

import os


def get_include():
    """The folder of chunkarray.h and chunkarray.hpp, for a compiler's option -I."""
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "include")
