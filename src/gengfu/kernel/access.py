"""Who acts, in which role, for which purpose."""

from dataclasses import dataclass
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
        return next((r for r in roles if (r, purpose) in self.grants), None)


def clockwork(*purposes: Purpose) -> Actor:
    """Return the platform as an actor for these purposes."""
    return Actor(ActorId("clockwork"), frozenset((CLOCKWORK, p) for p in purposes))
