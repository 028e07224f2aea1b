"""Who acts, in which role, for which purpose."""

from dataclasses import dataclass
from functools import cache
from typing import NewType

ActorId = NewType("ActorId", str)
Role = NewType("Role", str)
"""What somebody is trusted to do; capabilities declare the ones they know."""
Purpose = NewType("Purpose", str)
"""Why somebody reads or writes; every request declares exactly one."""

CLOCKWORK = Role("clockwork")
"""The platform itself, when a clock runs out or a subscription fires."""
AUDITOR = Role("auditor")
OVERSIGHT = Purpose("oversight")
OF_THE_CASE = Purpose("of-the-case")
"""Stands for the purpose of the case that a task or a keeping is about."""


@dataclass(frozen=True, slots=True)
class Actor:
    """An authenticated person or service with the grants it holds.

    `represents` names the agency or unit on whose behalf the actor signs.
    """

    id: ActorId
    grants: frozenset[tuple[Role, Purpose]]
    represents: str | None = None

    def role_for(self, roles: tuple[Role, ...], purpose: Purpose) -> Role | None:
        """Return the first of `roles` this actor holds for the purpose."""
        for role in roles:
            if (role, purpose) in self.grants:
                return role
        return None


@cache
def clockwork(*purposes: Purpose) -> Actor:
    """Return the platform as an actor for these purposes."""
    return Actor(ActorId("clockwork"), frozenset((CLOCKWORK, p) for p in purposes))
