"""A request's way in: who asks, for what, and the desk behind it."""

from collections.abc import Callable
from typing import Protocol

from gengfu.kernel import (
    Actor,
    Codec,
    Desk,
    Forbidden,
    Purpose,
    Reader,
    Refused,
    Role,
    SignInNeeded,
)


class Door(Protocol):
    """One request: its actor, its declared purpose, and how it reaches the desk."""

    @property
    def actor(self) -> Actor | None: ...
    @property
    def purpose(self) -> Purpose: ...
    @property
    def language(self) -> str: ...
    @property
    def codec(self) -> Codec: ...
    async def do[T](self, job: Callable[[Desk], T]) -> T:
        """Run a job at a desk; durable when this returns."""
        ...

    async def look[T](self, job: Callable[[Reader], T]) -> T:
        """Read what is committed."""
        ...

    def words(self, refused: Refused) -> str:
        """Return what a refusal says, in the language of this request."""
        ...

    def runtime[T](self, kind: type[T]) -> T:
        """Return a capability's running part; raises Unavailable before its start."""
        ...


def acts_as(door: Door, roles: tuple[Role, ...], purpose: Purpose) -> bool:
    """Tell whether whoever asks holds one of these roles for a purpose."""
    return door.actor is not None and door.actor.role_for(roles, purpose) is not None


def admit(door: Door, roles: tuple[Role, ...], purpose: Purpose) -> None:
    """Refuse whoever may not use this route; no roles means it is public."""
    if not roles:
        return
    if door.actor is None:
        raise SignInNeeded("sign in first")
    if door.purpose != purpose:
        raise Forbidden(f"this is done for {purpose}, not for {door.purpose}")
    if door.actor.role_for(roles, purpose) is None:
        raise Forbidden(f"this needs {' or '.join(roles)} for {purpose}")
