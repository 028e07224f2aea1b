"""Who works in and with a control room, and for what."""

from gengfu.kernel import Purpose, Role

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
