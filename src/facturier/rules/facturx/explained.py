"""What may stand where in a Factur-X profile, told: ``facturier explain FX-SCH-A-000028``.

The same id stands in several profiles, and often at several places of one.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

from facturier.findings import Severity
from facturier.invoice import terms as dictionary
from facturier.rules.facturx.saying import NAMES, term_at
from facturier.rules.facturx.structure import lines_of

_TIMES = {"just": "{} fois exactement", "min": "{} fois au moins", "max": "{} fois au plus"}
_SHOWN = 6
"""How many places are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StructureExplanation:
    """An assertion about what may stand where, told."""

    id: str
    profiles: tuple[str, ...]
    """The profiles that ask it, by the names people use."""
    places: tuple[str, ...]
    """What is asked, one sentence for each place."""
    severity: Severity = Severity.FATAL

    def __str__(self) -> str:
        more = len(self.places) - _SHOWN
        lines = [f"{self.id} — structure de Factur-X ({', '.join(self.profiles)})", ""]
        lines += self.places[:_SHOWN]
        lines += [f"… et {more} autres places."] if more > 0 else []
        lines += [
            "",
            "Gravité : bloquante : la facture est invalide.",
            "Remède : corrigez cet élément, ou choisissez le profil (BT-24) qui l'admet.",
        ]
        return "\n".join(lines)


def _named(path: str) -> str:
    id_ = term_at(path)
    return f"{path} ({id_}, {dictionary.label(id_)})" if id_ else path


def _sentence(path: str, ask: str) -> str:
    form, _, rest = ask.partition(" ")
    name = rest.split(" ")[0]
    if form == "code":
        what = _named(path) if name == "." else f"l'attribut {name[1:]} de {_named(path)}"
        return f"Le code dans {what} est dans la liste que ce profil admet."
    if form == "needs":
        return f"{_named(path)} porte un attribut {name[1:]}."
    return f"{_named(f'{path}/{name}')} figure {_TIMES[form[:-1]].format(form[-1])}."


def _asked() -> Iterator[tuple[str, str, str]]:
    """Yield id, profile and sentence of every assertion that has an id."""
    for profile, name in NAMES.items():
        for path, asks in lines_of(profile):
            for ask in asks:
                text, _, id_ = ask.rpartition(" ")
                if not ask.startswith("unused"):
                    yield id_, name, _sentence(path, text)


@functools.cache
def _by_id() -> dict[str, StructureExplanation]:
    profiles: dict[str, dict[str, None]] = {}
    places: dict[str, dict[str, None]] = {}
    for id_, profile, sentence in _asked():
        profiles.setdefault(id_, {})[profile] = None
        places.setdefault(id_, {})[sentence] = None
    return {
        id_: StructureExplanation(id=id_, profiles=tuple(profiles[id_]), places=tuple(places[id_]))
        for id_ in profiles
    }


def ids() -> tuple[str, ...]:
    """Return the id of every assertion about structure."""
    return tuple(_by_id())


def explained(id_: str) -> StructureExplanation | None:
    """Explain an assertion about structure; None when it is none."""
    return _by_id().get(id_)
