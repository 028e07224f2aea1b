"""How the gazetteer reads words: folding, tokens and what people abbreviate.

Two spellings of one name must meet: accents go, case goes, punctuation parts words,
every Chinese character is a word of its own. Abbreviations are *classes*: any member
stands for any other when a query is matched, while the surface form stays in the index
so that ranking can still tell "Puente" from "Poniente" (both are written "Pte").
"""

import re
import unicodedata

LONGEST_QUERY = 160
"""Characters of a query that are read; nobody types a longer place."""

_CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_TOKEN = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")
_CJK_CHARACTER = re.compile(rf"[{_CJK}]")
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th|o|a|er|ro|do|ra|da|号|路)?\Z")
_LETTERS_WITHOUT_ACCENT = str.maketrans(
    {"ø": "o", "đ": "d", "ł": "l", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "'": ""}
    | dict.fromkeys("’ʼ`´ºª°", "")
)

_CLASSES = """
ave av ave. avd avda avenue avenida
blvd bl bvd blv boulevard bulevar bulevard
st str saint street sn san
sta santa
dr dra drive doctor doctora
ct court corte
pl place plaza plz pza plza
ln lane
rd road
ter tr terr terrace terraza
wy way
al aly alley
cir cr circle circulo
pkwy pky parkway parque pque
sq square
hwy highway
fwy freeway
expy expressway
rte rt route ruta
cno cam cmno camino
ctra carr carretera
psje pje pj psj pasaje passage
cl calle c
cjon callejon
gral gen general
pdte pte presidente
pte poniente
pte puente
ote oriente
prof profesor profesora
cap cptn capitan
cnel crnl coronel
tte tnte teniente
sgto sargento
alm almte almirante
cdte cmdte comandante
pob poblacion
vlla villa
ntra nuestra
sra senora
hosp hospital
univ universidad university
esc escuela school
col colegio
mt mount
ft fort
n north norte
s south sur
e east este
w west oeste
jr junior
sr senior
rua r
trav tv tva travessa
rod rodovia
"""


def _read_classes() -> dict[str, frozenset[str]]:
    """Word -> every word that it may stand for, by its classes."""
    found: dict[str, set[str]] = {}
    for line in _CLASSES.strip().splitlines():
        words = line.split()
        for word in words:
            found.setdefault(word, set()).update(words)
    return {word: frozenset(words - {word}) for word, words in found.items()}


ABBREVIATIONS = _read_classes()
"""Word -> the other words of its classes (both directions)."""

GENERIC = frozenset(ABBREVIATIONS) - {"san", "santa", "saint", "doctor", "general"}
"""Words that say what a thing is and seldom which one it is."""

_FILLER = "de del la las los el the of le da do das dos di du des"
FILLER = frozenset(_FILLER.split())
"""Words people leave out."""


def _fold_rare(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return unicodedata.normalize("NFKC", bare).translate(_LETTERS_WITHOUT_ACCENT)


def folded(text: str) -> str:
    """Lower case without accents or ordinal signs; full-width becomes plain."""
    if text.isascii():
        return text.lower().replace("'", "").replace("`", "")
    return _fold_rare(text)


def tokens(folded_text: str) -> list[str]:
    """Words of a folded text; every Chinese character is one."""
    return _TOKEN.findall(folded_text)


def has_cjk(text: str) -> bool:
    """Whether any Chinese character is in it."""
    return not text.isascii() and _CJK_CHARACTER.search(text) is not None


def number_of(token: str) -> str | None:
    """Read the figure of "16", "16th" or "16o"; None for a word."""
    match = _ORDINAL.match(token) if token[0].isdigit() else None
    return match[1].lstrip("0") or "0" if match else None


def query_text(text: str) -> str:
    """Cut a query to a length, drop control characters, join spaces."""
    printable = "".join(
        " " if unicodedata.category(c)[0] in "CZ" else c for c in text[:LONGEST_QUERY]
    )
    return " ".join(printable.split())
