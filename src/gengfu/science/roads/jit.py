"""The typed seam to Numba: kernels compile on their first call, not on import.

Importing Numba takes about a second, so a command that only prints help must not
pay for it. A `Kernel` stands in for the compiled function until it is called; then
it and every kernel it calls are replaced by Numba dispatchers. Machine code is kept
in Numba's cache on disk, so a second start only loads it.
"""

from collections.abc import Callable
from importlib import import_module
from threading import RLock
from typing import Any, cast

_MAKING = RLock()


class Kernel[**P, R]:
    """A function that is compiled to machine code when it is first called."""

    __slots__ = ("_dispatcher", "_function")

    def __init__(self, function: Callable[P, R]) -> None:
        self._function = function
        self._dispatcher: Callable[P, R] | None = None

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return (self._dispatcher or self.ready())(*args, **kwargs)

    def ready(self) -> Callable[P, R]:
        """Return the Numba dispatcher, making it if this is the first use.

        Other threads see it only when all that it calls has been replaced.
        """
        with _MAKING:
            if self._dispatcher is None:
                numba = cast("Any", import_module("numba"))
                make = numba.njit(nogil=True, cache=True)
                made = cast("Callable[P, R]", make(self._function))
                function = cast("Any", self._function)
                names = cast("dict[str, object]", function.__globals__)
                names[function.__name__] = made
                for name, value in list(names.items()):
                    if isinstance(value, Kernel):
                        names[name] = cast("Kernel[..., object]", value).ready()
                self._dispatcher = made
            return self._dispatcher


def kernel[**P, R](function: Callable[P, R]) -> Kernel[P, R]:
    """Mark a function as a kernel: arrays and numbers in, no Python objects."""
    return Kernel(function)
