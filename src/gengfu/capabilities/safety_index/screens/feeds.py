"""What is new, for readers of feeds: RSS 2.0 and JSON Feed 1.1, from publications.

Both name whole addresses only, so both need the portal's public address. Without it
JSON Feed leaves its links out, as it may, and so does RSS, though its channel ought to
have one: a made-up address would lead nowhere.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from gengfu.surface import Speech

from .area import Reading, read
from .bands import counted, pick
from .shelf import Issued, Shelf

MOST_ITEMS = 24
RSS = "application/rss+xml; charset=utf-8"
JSON_FEED = "application/feed+json"
STOPS = (".", "。")
"""What ends a sentence in English and in Chinese."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One issue of a month, in words."""

    id: str
    link: str
    title: str
    text: str
    issued: Issued


@dataclass(frozen=True, slots=True)
class Feed:
    """The newest issues; `site` is the address before every path, if it is known.

    `asked` is the language in the feed's own address, `language` its name in feeds.
    """

    title: str
    about: str
    site: str
    language: str
    asked: str
    items: Sequence[Item]

    def rss(self) -> bytes:
        """Write RSS 2.0."""
        lines = [
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>',
            _tag("title", self.title),
            _tag("description", self.about),
            _tag("language", self.language),
        ]
        if self.site:
            own = quoteattr(f"{self.site}/portal/feed.xml?lang={self.asked}")
            lines += [
                _tag("link", f"{self.site}/portal?lang={self.asked}"),
                f'<atom:link rel="self" type="application/rss+xml" href={own}/>',
            ]
        if self.items:
            last = max(item.issued.published_at for item in self.items)
            lines.append(_tag("lastBuildDate", format_datetime(last)))
        for item in self.items:
            when = format_datetime(item.issued.published_at)
            lines += [
                "<item>",
                _tag("title", item.title),
                *([_tag("link", item.link)] if item.link else []),
                f'<guid isPermaLink="false">{escape(item.id)}</guid>',
                _tag("pubDate", when),
                _tag("description", item.text),
                "</item>",
            ]
        return "\n".join([*lines, "</channel></rss>", ""]).encode()

    def json(self) -> bytes:
        """Write JSON Feed 1.1."""
        feed: dict[str, Any] = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": self.title,
            "description": self.about,
            "language": self.language,
        }
        if self.site:
            feed["home_page_url"] = f"{self.site}/portal?lang={self.asked}"
            feed["feed_url"] = f"{self.site}/portal/feed.json?lang={self.asked}"
        feed["items"] = [
            {
                "id": item.id,
                **({"url": item.link} if item.link else {}),
                "title": item.title,
                "content_text": item.text,
                "date_published": item.issued.published_at.isoformat(),
            }
            for item in self.items
        ]
        return json.dumps(feed, ensure_ascii=False, indent=1).encode()


def feed(shelf: Shelf, speech: Speech, city: str) -> Feed:
    """Say the newest issues, corrections among them, newest first."""
    zh, site = speech.language == "zh", shelf.site()
    names = shelf.atlas().names
    notes = sorted(shelf.issues(), key=lambda note: note.published_at, reverse=True)
    items = [
        _item(issued, read(issued.publication, names, zh=zh), speech, site)
        for note in notes[:MOST_ITEMS]
        for issued in (shelf.publication(note.period, note.issue),)
    ]
    return Feed(
        speech.t("portal.feed.title", city=city),
        speech.t("portal.feed.about", city=city),
        site,
        "zh-Hans" if zh else speech.language,
        speech.language,
        items,
    )


def month(speech: Speech, period: str) -> str:
    """Write a month in words."""
    year, number = period.split("-")
    return speech.t(f"portal.month.{number}", year=year)


def _item(issued: Issued, reading: Reading, speech: Speech, site: str) -> Item:
    publication = issued.publication
    when = month(speech, publication.period)
    kind = "item" if publication.corrects is None else "correction"
    said = [band_summary(reading, speech)]
    if publication.corrects is not None:
        why = pick(publication.corrects.why, zh=reading.zh)
        first = speech.t("portal.corrected", issue=publication.issue, why=why)
        said.insert(0, first if first.endswith(STOPS) else first + STOPS[reading.zh])
    if publication.simulated:
        said.append(speech.t("portal.simulated"))
    return Item(
        id=f"urn:sha256:{issued.sha256}",
        link=f"{site}/portal?period={publication.period}&lang={speech.language}"
        if site
        else "",
        title=speech.t(f"portal.feed.{kind}", month=when),
        text=" ".join(said),
        issued=issued,
    )


def band_summary(reading: Reading, speech: Speech) -> str:
    """Say in one sentence how many places have which band."""
    lines = [reading.line(place) for place in reading.publication.places]
    counts = counted([line.band for line in lines], list(reading.bands.values()))
    told = [
        speech.t(
            "portal.band_count",
            band=one.band.word or speech.t("portal.no_score"),
            n=one.places,
        )
        for one in counts
        if one.places
    ]
    bands = speech.t("portal.listing").join(told)
    return speech.t("portal.city_bands", n=len(lines), bands=bands)


def _tag(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"
