"""A door in front of one object's method, that can be taken away again."""

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
    wrapped = wrap(original)
    wanted = True

    @functools.wraps(original)
    async def door(*args: Any, **kwargs: Any) -> Any:
        return await (wrapped if wanted else original)(*args, **kwargs)

    def stop() -> None:
        nonlocal wanted
        wanted = False

    return _put(target, name, door, stop)


def overhear(target: object, name: str, hear: Callable[..., None]) -> Callable[[], None]:
    """Call ``hear`` with the arguments of every call of a plain method, before it, on this object only.

    Return what puts everything back, as far as :func:`wrap_method` can.
    """
    original: Callable[..., Any] = getattr(target, name)
    wanted = True

    @functools.wraps(original)
    def door(*args: Any, **kwargs: Any) -> Any:
        if wanted:
            hear(*args, **kwargs)
        return original(*args, **kwargs)

    def stop() -> None:
        nonlocal wanted
        wanted = False

    return _put(target, name, door, stop)


def _put(target: object, name: str, door: Callable[..., Any], stop: Callable[[], None]) -> Callable[[], None]:
    before = vars(target).get(name)

    def put_back() -> None:
        stop()
        if vars(target).get(name) is not door:
            return
        if before is None:
            delattr(target, name)
        else:
            setattr(target, name, before)

    setattr(target, name, door)
    return put_back
