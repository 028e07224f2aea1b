"""What a screen needs to know about the city once, at its start."""

from dataclasses import dataclass

from gengfu.capabilities.control_room.rules.types import IncidentType, Question
from gengfu.surface import Town

from .rulebook import Rulebook


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedView:
    """A code with its words."""

    code: str
    name: str
    name_zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostView:
    """A station or street post."""

    id: str
    name: str
    name_zh: str
    kind: str
    agency: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyListView:
    """An agency that can be asked."""

    id: str
    name: str
    name_zh: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionView:
    """One answer of a choice."""

    value: str
    label: str
    label_zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionView:
    """What the call taker asks."""

    id: str
    text: str
    text_zh: str
    kind: str
    options: tuple[OptionView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeView:
    """A type of incident with its questions."""

    code: str
    short: str
    name: str
    name_zh: str
    domain: str
    agency: str
    priority: int
    keywords: tuple[str, ...]
    keywords_zh: tuple[str, ...]
    advice: str
    advice_zh: str
    questions: tuple[QuestionView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideView:
    """A reason for sending others than recommended; some must be explained."""

    code: str
    name: str
    name_zh: str
    words: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeView:
    """How an incident ended, as it is offered, and what that says was found."""

    code: str
    name: str
    name_zh: str
    finding: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CityView:
    """Names, posts, agencies, types and kinds of units."""

    name: str
    name_zh: str
    bbox: tuple[float, float, float, float]
    center: tuple[float, float]
    timezone: str
    simulated: bool
    basemap: str | None
    areas_url: str
    notices: tuple[str, ...]
    areas: tuple[NamedView, ...]
    posts: tuple[PostView, ...]
    agencies: tuple[AgencyListView, ...]
    types: tuple[TypeView, ...]
    domains: tuple[NamedView, ...]
    unit_kinds: tuple[NamedView, ...]
    skills: tuple[NamedView, ...]
    override_reasons: tuple[OverrideView, ...]
    out_of_service_reasons: tuple[NamedView, ...]
    outcomes: tuple[OutcomeView, ...]


def city_view(town: Town, rulebook: Rulebook, *, simulated: bool) -> CityView:
    """Gather the city once; it does not change while the server runs."""
    catalogue, cards = rulebook.catalogue, rulebook.cards
    west, south, east, north = town.bbox
    posts = town.posts
    middle = (
        (sum(p.lon for p in posts) / len(posts), sum(p.lat for p in posts) / len(posts))
        if posts
        else ((west + east) / 2, (south + north) / 2)
    )
    return CityView(
        name=town.name,
        name_zh=town.name_zh,
        bbox=town.bbox,
        center=middle,
        timezone=town.timezone,
        simulated=simulated,
        basemap=None if town.basemap is None else "/city/basemap.pmtiles",
        areas_url="/api/v1/areas.geojson",
        notices=tuple(town.notices),
        areas=tuple(
            NamedView(code=code, name=name, name_zh=name_zh)
            for code, (name, name_zh) in town.area_names().items()
        ),
        posts=tuple(
            PostView(
                id=p.id,
                name=p.name,
                name_zh=p.name_zh,
                kind=p.kind,
                agency=p.agency,
                lon=p.lon,
                lat=p.lat,
            )
            for p in posts
        ),
        agencies=tuple(
            AgencyListView(id=a.id, name=a.name, name_zh=a.name_zh, kind=a.kind)
            for a in town.agencies
        ),
        types=tuple(map(_type_view, catalogue.kinds)),
        domains=tuple(
            NamedView(code=c, name=s.en, name_zh=s.zh)
            for c, s in catalogue.domains.items()
        ),
        unit_kinds=tuple(
            NamedView(code=c, name=s.en, name_zh=s.zh) for c, s in cards.kinds.items()
        ),
        skills=tuple(
            NamedView(code=c, name=s.en, name_zh=s.zh) for c, s in cards.skills.items()
        ),
        override_reasons=tuple(
            OverrideView(code=c, name=o.said.en, name_zh=o.said.zh, words=o.words)
            for c, o in rulebook.policy.overrides.items()
        ),
        out_of_service_reasons=tuple(
            NamedView(code=c, name=s.en, name_zh=s.zh)
            for c, s in rulebook.policy.out_of_service.items()
        ),
        outcomes=tuple(
            OutcomeView(code=c, name=o.said.en, name_zh=o.said.zh, finding=o.finding)
            for c, o in rulebook.policy.outcomes.items()
        ),
    )


def _type_view(kind: IncidentType) -> TypeView:
    return TypeView(
        code=kind.code,
        short=kind.short,
        name=kind.name.en,
        name_zh=kind.name.zh,
        domain=kind.domain,
        agency=kind.agency,
        priority=kind.priority,
        keywords=kind.keywords,
        keywords_zh=kind.keywords_zh,
        advice="" if kind.advice is None else kind.advice.en,
        advice_zh="" if kind.advice is None else kind.advice.zh,
        questions=tuple(map(_question_view, kind.questions)),
    )


def _question_view(question: Question) -> QuestionView:
    return QuestionView(
        id=question.id,
        text=question.said.en,
        text_zh=question.said.zh,
        kind=question.kind,
        options=tuple(
            OptionView(value=o.value, label=o.said.en, label_zh=o.said.zh)
            for o in question.options
        ),
    )
