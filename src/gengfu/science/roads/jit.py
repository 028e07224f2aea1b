"""The typed seam to Numba: kernels compile on their first call, not on import.

Importing Numba takes about a second, so a command that only prints help must not
pay for it. A `Kernel` stands in for the compiled function until it is called; then
it and every kernel it calls are replaced by Numba dispatchers. Machine code is kept
in Numba's cache on disk, so a second start only loads it.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any, cast

from .problem import Longs

_TO_READ, _KEEP, _DATA = 0, 3, 1


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

        It is shown last, when all that it calls has been replaced, so that threads
        which come first at once each have a whole one; kernels call each other one way.
        """
        if self._dispatcher is None:
            numba = cast("Any", import_module("numba"))
            make = numba.njit(nogil=True, cache=True)
            made = cast("Callable[P, R]", _by_types_alone(make(self._function)))
            function = cast("Any", self._function)
            names = cast("dict[str, object]", function.__globals__)
            for name in function.__code__.co_names:
                value = names.get(name)
                if isinstance(value, Kernel) and value is not self:
                    names[name] = cast("Kernel[..., object]", value).ready()
                elif value is prefetch:
                    names[name] = _prefetch_instruction()
            names[function.__name__] = made
            self._dispatcher = made
        return self._dispatcher


def kernel[**P, R](function: Callable[P, R]) -> Kernel[P, R]:
    """Mark a function as a kernel: arrays and numbers in, no Python objects."""
    return Kernel(function)


def _by_types_alone(dispatcher: Any) -> object:
    """Let what calls a kernel have it compiled for its types, not for each constant.

    Numba would compile it anew for every number or truth that stands in a call, and for
    what a counter is before its loop is looked at.
    """
    types = cast("Any", import_module("numba.core.types"))
    template = dispatcher.get_call_template

    def general(args: tuple[object, ...], kws: dict[str, object]) -> object:
        plain = {name: types.unliteral(value) for name, value in kws.items()}
        return template(tuple(types.unliteral(value) for value in args), plain)

    dispatcher.get_call_template = general
    return dispatcher


def prefetch(array: Longs, index: int) -> None:
    """Begin to load an element that is read later; only kernels can.

    A plain load would do the same and make the processor wait for it in the end.
    """
    raise RuntimeError(f"element {index} of {len(array)}: not in a kernel")


def _prefetch_instruction() -> object:
    """Make the machine instruction known to Numba in the place of `prefetch`."""
    extending = cast("Any", import_module("numba.extending"))
    types = cast("Any", import_module("numba.core.types"))
    ir = cast("Any", import_module("llvmlite.ir"))

    def typed(_context: object, array: object, _index: object) -> object:
        def code(context: Any, builder: Any, signature: Any, args: Any) -> object:
            data = context.make_array(signature.args[0])(context, builder, args[0]).data
            number = ir.IntType(32)
            place = ir.IntType(8).as_pointer()
            shape = ir.FunctionType(ir.VoidType(), [place, number, number, number])
            fetch = builder.module.declare_intrinsic("llvm.prefetch", [place], shape)
            at = builder.bitcast(builder.gep(data, [args[1]]), place)
            hints = [ir.Constant(number, hint) for hint in (_TO_READ, _KEEP, _DATA)]
            builder.call(fetch, [at, *hints])
            return context.get_dummy_value()

        return types.void(array, types.int64), code

    return extending.intrinsic(typed)
