"""The stubs say what there is."""

import ast
import inspect
import os

import pytest

import chunkarray
from support import DOOR, HOST, OF_THE_BINARY

FOLDER = os.path.dirname(chunkarray.__file__)


def parameters_of(arguments):
    """The names of a stub's parameters but self, each with whether it can only be passed by position."""
    by_position = [(argument.arg, True) for argument in arguments.posonlyargs]
    others = [*arguments.args, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg]
    return (by_position + [(argument.arg, False) for argument in others if argument])[1:]


def classes_of(stub):
    """A stub's syntax tree and, of each class in it, the members, inherited ones too, and the methods' parameters."""
    with open(os.path.join(FOLDER, stub), encoding="utf-8") as file:
        tree = ast.parse(file.read())
    classes = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            members = classes[node.name] = {}
            for base in node.bases:
                members.update(classes.get(getattr(base, "id", None), {}))
            for member in node.body:
                if isinstance(member, ast.FunctionDef):
                    overloaded = any(getattr(d, "id", "") in ("overload", "property") for d in member.decorator_list)
                    members[member.name] = None if overloaded else parameters_of(member.args)
                elif isinstance(member, ast.AnnAssign):
                    members[member.target.id] = None
    return tree, classes


def public(cls):
    return {name for name in dir(cls) if not name.startswith("_")}


def inherited(cls):
    """The public names that a class has from classes that are not ours."""
    foreign = [base for base in cls.__mro__ if not base.__module__.startswith("chunkarray")]
    return set().union(*map(public, foreign))


PACKAGE = {name: cls for name, cls in classes_of("__init__.pyi")[1].items() if not name.startswith("_")}


def test_the_marker_for_type_checkers():
    assert os.path.exists(os.path.join(FOLDER, "py.typed"))


@pytest.mark.parametrize("name", sorted(PACKAGE))
def test_the_stub_of_a_class_has_what_the_class_has(name):
    cls, stub = getattr(chunkarray, name), PACKAGE[name]
    ours = {member for member in stub if not member.startswith("_")}
    assert ours - inherited(cls) == public(cls) - inherited(cls)
    assert not [member for member in stub if not hasattr(cls, member)]


@pytest.mark.parametrize("name", ["Chain", "ChunkArray", "Log", "Slice"])
def test_parameters(name):
    cls, checked = getattr(chunkarray, name), 0
    for member, parameters in PACKAGE[name].items():
        if parameters is None or member.startswith("__"):
            continue
        try:
            signature = inspect.signature(getattr(cls, member))
        except (ValueError, TypeError):  # native methods of some interpreters have none
            continue
        found = [(p.name, p.kind is p.POSITIONAL_ONLY) for p in signature.parameters.values()]
        if not isinstance(inspect.getattr_static(cls, member), classmethod):
            found = found[1:]
        assert found == parameters, member
        checked += 1
    assert checked > 5


def test_the_module():
    tree, _ = classes_of("__init__.pyi")
    stubbed = {
        node.name
        for node in tree.body
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and not node.name.startswith("_")
    }
    stubbed |= {
        alias.asname for node in tree.body if isinstance(node, ast.ImportFrom) and node.level for alias in node.names
    }
    stubbed |= {node.target.id for node in tree.body if isinstance(node, ast.AnnAssign) and node.target.id[0] != "_"}
    assert stubbed == set(chunkarray.__all__)
    for name in chunkarray.__all__:
        assert getattr(chunkarray, name).__doc__


def test_the_native_module():
    import chunkarray._core as core

    tree, classes = classes_of("_core.pyi")
    elsewhere = {"__iter__", "__buffer__"}  # a native iterator is the own host's; buffers need no method before 3.12
    elsewhere |= OF_THE_BINARY if HOST == "python" else set()
    elsewhere |= {"adopt"} if DOOR != "subclass" else set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name not in elsewhere:
            assert callable(getattr(core, node.name))
    for name, members in classes.items():
        cls = getattr(core, name)
        assert public(cls) == {member for member in members if not member.startswith("_")}
        assert not [member for member in members if member not in elsewhere and not hasattr(cls, member)]
    stubbed = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    more = {"Appender", "ArrayIterator", "spec"}  # the own host's on CPython, and what PyPy's own HPy leaves behind
    found = {name for name in dir(core) if not name.startswith("_") and not inspect.ismodule(getattr(core, name))}
    assert found <= stubbed | more
