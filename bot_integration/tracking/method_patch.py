"""A door in front of one object's coroutine method, that can be taken away again."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

Method: TypeAlias = Callable[..., Awaitable[Any]]


def wrap_method(target: object, name: str, wrap: Callable[[Method], Method]) -> Callable[[], None]:
    """Call ``wrap(original)`` instead of a coroutine method, on this object only; return what puts everything back.

    A subclass's override is what is wrapped. Where somebody else has wrapped the method after us, ours can't be
    taken out from beneath: it then stays, and only passes the calls on.
    """
    original: Method = getattr(target, name)
    before = vars(target).get(name)
    wrapped = wrap(original)
    wanted = True

    @functools.wraps(original)
    async def door(*args: Any, **kwargs: Any) -> Any:
        return await (wrapped if wanted else original)(*args, **kwargs)

    def put_back() -> None:
        nonlocal wanted
        wanted = False
        if vars(target).get(name) is not door:
            return
        if before is None:
            delattr(target, name)
        else:
            setattr(target, name, before)

    setattr(target, name, door)
    return put_back
