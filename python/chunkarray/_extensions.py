"""What C code finds behind an object that it was handed."""


class Extensible:
    """An object of the binary's, or one that holds it, with a table for programs in C.

    _c_object()           the native object, made ready to be changed by C code
    _unseen               whether C code may change it, without telling
    """

    __slots__ = ()

    @property
    def __chunkarray_c__(self):
        """A PyCapsule named "chunkarray.extensions": the functions and memory behind the object, for programs in C.

        It holds a `const chunkarray_extensions *` (chunkarray.h, see get_include()), a list of ids with a pointer each:
        TABLE the table of all functions, HANDLE the object's handle, DTYPE the name of the dtype; for arrays HEADER,
        which says where the elements lie, and PUSH, AT and SET, the functions for elements of its type.
        The table is valid while the object lives, and the capsule does not keep it; a handle may be used longer, and is
        refused then. As C can't wake Python, wait() and follow() look every 10 ms from the first use on, and an array
        keeps its memory until it goes, whatever close() and shrink() say.
        RuntimeError where there is no binary (CHUNKARRAY_HOST=python).
        """
        make = getattr(self._c_object(), "_extensions", None)
        if make is None:
            raise RuntimeError("__chunkarray_c__ needs the binary, and CHUNKARRAY_HOST=python does without it")
        capsule = make()
        # Who sleeps already looks again, and sleeps for 10 ms at most from now on.
        waiters = getattr(self, "_waiters", None)
        for waiter in list(waiters or ()):
            waiter.wake()
        return capsule

    @property
    def _unseen(self):
        return getattr(self._native, "_exported", False)

    def _c_object(self):
        return self._native
