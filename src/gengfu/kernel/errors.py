"""What can go wrong, sorted by who must act."""

from typing import ClassVar


class GengfuError(Exception):
    """Base of every error this platform raises; `code` is stable and documented."""

    code: ClassVar[str] = "error"


class Refused(GengfuError):
    """The request was understood and declined; the person asking can act on it."""

    code = "refused"


class NotFound(Refused):
    """No such thing, or none that this actor may know of."""

    code = "not-found"


class Erased(NotFound):
    """It was here; its key was destroyed and nobody can read it again."""

    code = "erased"


class Forbidden(Refused):
    """The actor's role or declared purpose does not allow this."""

    code = "forbidden"


class WrongStage(Refused):
    """The case is not at a stage from which this move starts."""

    code = "wrong-stage"


class Stale(Refused):
    """The case has moved on since the person asking last saw it."""

    code = "stale"


class RuleBroken(Refused):
    """A rule of the capability forbids this move now."""

    code = "rule-broken"


class BadInput(Refused):
    """What was given cannot be read; the message names the place."""

    code = "bad-input"


class Unavailable(GengfuError):
    """Something we depend on is down; try again."""

    code = "unavailable"


class Corrupt(GengfuError):
    """Stored evidence does not verify; stop and call a human."""

    code = "corrupt"


class Malformed(GengfuError):
    """A capability declares something that cannot be; found at start or in tests."""

    code = "malformed"


class SignInNeeded(Forbidden):
    """Nobody is signed in, and this needs somebody."""

    code = "sign-in-needed"
