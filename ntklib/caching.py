"""Results kept from call to call, of functions whose arguments cannot all be hashed."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, TypeVar, TypeVarTuple

Arguments = TypeVarTuple("Arguments")
R = TypeVar("R")


def hashable(value: Any) -> bool:
    """Return whether a value can be a key.

    >>> hashable((1, "a")), hashable(([1], "a"))
    (True, False)
    """
    try:
        hash(value)
    except TypeError:
        return False
    return True


def remembered(most: int) -> Callable[[Callable[[*Arguments], R]], Callable[[*Arguments], R]]:
    """Keep the latest `most` results of a function of positional arguments.

    An activation may hold a reader's own callable, which need not be hashable: a call with such an
    argument is computed each time.
    """

    def decorate(function: Callable[[*Arguments], R]) -> Callable[[*Arguments], R]:
        kept = lru_cache(maxsize=most)(function)

        @wraps(function)
        def call(*args: *Arguments) -> R:
            if hashable(args):
                return kept(*args)
            return function(*args)

        return call

    return decorate
