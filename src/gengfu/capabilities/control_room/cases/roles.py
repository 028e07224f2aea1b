"""Who works in and with a control room, and for what."""

from gengfu.kernel import AUDITOR, Purpose, Role

RESPONSE = Purpose("emergency-response")

CALL_TAKER = Role("call-taker")
DISPATCHER = Role("dispatcher")
COMMANDER = Role("commander")
CREW = Role("crew")
AGENCY_OFFICER = Role("agency-officer")
CALLER = Role("caller")
"""A resident on the public report page, or an agency's feed speaking for one."""

ROLES = (CALL_TAKER, DISPATCHER, COMMANDER, CREW, AGENCY_OFFICER, CALLER)
DESK_ROLES = (DISPATCHER, CALL_TAKER, COMMANDER)
DISPATCH_ROLES = (DISPATCHER, COMMANDER)
HOLDERS = (COMMANDER, AUDITOR)
"""Who may hold words from erasure, and release them."""
ERASERS = (COMMANDER,)
"""Who may have words erased before their time, as a resident asks at the desk."""
