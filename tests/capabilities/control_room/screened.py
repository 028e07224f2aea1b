"""A way through the door for tests of screens, without HTTP."""

import asyncio
from dataclasses import dataclass

from rooms import CHIEF

from gengfu.capabilities.control_room.live.room import Room
from gengfu.web.details import in_language
from gengfu.web.i18n import words
from gengfu.web.pages import CityCard
from gengfu.web.templates import render


@dataclass
class Through:
    """A door that one person holds open."""

    running: object
    language: str = "en"
    actor: object = CHIEF

    async def look(self, job):
        return self.running.office.look(job)

    def words(self, refused):
        return in_language(str(refused), self.language)

    def runtime(self, kind):
        assert kind is Room
        return self.running.room


def filled(screen, running, language="en", **query):
    return asyncio.run(screen.fill(Through(running, language), query=query))


def shown(template, running, language, context, *, simulated=False):
    town = running.room.town
    card = CityCard(town.name, town.name_zh, town.timezone, simulated)
    more = {"city": card, "me": None, "page": "", "unit_id": ""} | dict(context)
    return render(template, words(language, town.timezone), theme="light", **more)
