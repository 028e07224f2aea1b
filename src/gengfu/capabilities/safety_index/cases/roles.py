"""Who works on the safety index, who reads it, and for what."""

from gengfu.kernel import AUDITOR, Purpose, Role

STATISTICS = Purpose("public-statistics")

STATISTICIAN = Role("statistician")
"""Compiles publications and hands signals to stations."""
INDEX_AUDITOR = Role("index-auditor")
"""Audits how calls become records: never whoever compiled the figures."""
STATION_OFFICER = Role("station-officer")
"""Checks signals for the station it stands for."""
COMMANDER = Role("commander")
RESIDENT = Role("resident")
"""Anybody: reads what is published, and nothing else."""

ROLES = (STATISTICIAN, INDEX_AUDITOR, STATION_OFFICER, COMMANDER, RESIDENT)
STAFF = (STATISTICIAN, INDEX_AUDITOR, COMMANDER)
STAFF_READERS = (*STAFF, AUDITOR)
READERS = (RESIDENT, *STAFF, STATION_OFFICER, AUDITOR)
"""Who may read the portal: everybody."""
