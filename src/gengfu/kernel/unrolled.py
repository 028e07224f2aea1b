"""Functions written out field by field.

Every move looks at each field of a case several times. A loop over forty names costs
several times what forty statements cost, and nobody wants to read forty statements:
so they are put together from the names of the fields when a class is first met, as
dataclasses make their initialisers.
"""

from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any


def function_of(text: str, **names: Any) -> Callable[..., Any]:
    """Return the one function that a text defines; it knows these names and no others.

    The text is made of the names of fields in our own classes, never of what is given.
    """
    code = compile(text, "<unrolled>", "exec")
    body = next(part for part in code.co_consts if isinstance(part, CodeType))
    return FunctionType(body, {"__builtins__": {}, **names})
