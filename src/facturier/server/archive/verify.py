"""Vérifie une archive exportée par Facturier, dossier ou fichier zip, et nomme ce qui a changé.

Ce fichier se suffit : Python 3.10 ou plus récent, rien à installer, rien n'est envoyé nulle part.

    python3 verify.py ARCHIVE [--tete EMPREINTE]

Réponses : 0 archive intacte, 1 archive altérée, 2 ce n'est pas une archive ou elle est illisible.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import zipfile
import zlib
from collections import Counter
from contextlib import suppress
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

GENESIS = "0" * 64  # what the first envelope of a chain gives as the hash of the one before
SUMS, MANIFEST, STATEMENT = "SHA256SUMS", "manifest.jsonl", "archive.json"
UNREADABLE = (OSError, EOFError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error)
MALFORMED = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
INTACT, ALTERED, NO_ARCHIVE = 0, 1, 2
KEYS = {"first": int, "last": int, "opening": str, "head": str}


class Link(NamedTuple):
    """What the chain needs of an envelope."""

    rank: int
    previous: str
    hash: str
    month: str
    kind: str
    blobs: list[str]


def canonical(value: Any) -> bytes:
    """Return the only way to write `value` as JSON: sorted keys, no blanks, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(data: bytes) -> str:
    """Return the SHA-256 of `data`."""
    return hashlib.sha256(data).hexdigest()


class Archive:
    """The files of a folder or of a zip, under their names inside the archive."""

    def __init__(self, path: Path) -> None:
        self.twice: list[str] = []
        self._zip = None if path.is_dir() else zipfile.ZipFile(path)
        if self._zip is None:
            found = [one for one in path.rglob("*") if not one.is_dir() or one.is_symlink()]
            self._where: dict[str, Any] = {one.relative_to(path).as_posix(): one for one in found}
        else:
            entries = [one for one in self._zip.infolist() if not one.is_dir()]
            names = [one.filename for one in entries]
            tops = {name.split("/", 1)[0] + "/" for name in names if "/" in name}
            top = min(tops) if tops and not {MANIFEST, SUMS} & set(names) else ""
            self._where = {one.filename.removeprefix(top): one for one in entries}
            self.twice = [one.removeprefix(top) for one, n in Counter(names).items() if n > 1]
        self.names = set(self._where)
        self._digests: dict[str, str] = {}

    def read(self, name: str) -> bytes | None:
        """Return the bytes of a file; None when it is absent or cannot be unpacked."""
        try:
            where = self._where[name]
            return self._zip.read(where) if self._zip else bytes(where.read_bytes())
        except (KeyError, *UNREADABLE):
            return None

    def digest_of(self, name: str) -> str:
        """Return the SHA-256 of a file, read once; empty when it cannot be read."""
        if name not in self._digests:
            self._digests[name] = "" if (data := self.read(name)) is None else digest(data)
        return self._digests[name]


class Report:
    """What was found; the first word about a thing holds."""

    def __init__(self) -> None:
        self.faults: dict[str, str] = {}
        self.notes: list[str] = []
        self.fault = self.faults.setdefault


def verify(path: Path, head: str = "") -> Report:
    """Return what is wrong with the archive at `path`; its chain must end with `head` if given."""
    archive, report = Archive(path), Report()
    if not archive.names & {SUMS, MANIFEST, STATEMENT}:
        raise ValueError("ni SHA256SUMS, ni manifest.jsonl, ni archive.json")
    report.faults |= dict.fromkeys(archive.twice, "présent deux fois dans le zip")
    _files(archive, report)
    statement, chain = _statement(archive, report), _envelopes(archive, report)
    _order(chain, statement, report)
    _links(chain, statement, head, report)
    _bytes(archive, chain, report)
    _seals(archive, chain, report)
    report.notes.append(f"{len(chain)} enveloppe(s), {len(archive.names)} fichier(s)")
    return report


def _files(archive: Archive, report: Report) -> None:
    """Compare the files with their list, unless that is absent or altered: its end seals it."""
    body, _, own = (archive.read(SUMS) or b"").rpartition(b"# ")
    if own != digest(body).encode() + b"\n":
        report.fault(SUMS, "manquant" if SUMS not in archive.names else "modifié")
        return
    sums = {name: one for one, name in (line.split("  ", 1) for line in body.decode().splitlines())}
    extra = archive.names - set(sums) - {SUMS}
    found = {name: archive.digest_of(name) for name in extra}
    for name, expected in sorted(sums.items()):
        new_name = next((one for one in sorted(found) if found[one] == expected), "")
        if name not in archive.names:
            report.fault(name, f"renommé en {new_name}" if new_name else "manquant")
            extra.discard(new_name)
        elif archive.digest_of(name) != expected:
            report.fault(name, "modifié : son contenu n'a plus l'empreinte annoncée")
    for name in sorted(extra):
        report.fault(name, "ajouté : aucun fichier de ce nom n'a été exporté")


def _statement(archive: Archive, report: Report) -> dict[str, Any]:
    """Return what the export says of itself: first, last, opening, head; nothing if unreadable."""
    try:
        read = json.loads(archive.read(STATEMENT) or b"")
        return {key: kind(read[key]) for key, kind in KEYS.items()}
    except MALFORMED:
        report.fault(STATEMENT, "modifié : illisible" if STATEMENT in archive.names else "manquant")
        return {}


def _envelopes(archive: Archive, report: Report) -> list[Link]:
    found: list[Link] = []
    for number, line in enumerate((archive.read(MANIFEST) or b"").split(b"\n")[:-1], 1):
        try:
            read = json.loads(line)
            envelope, told = read["envelope"], str(read["hash"])
            rank, blobs = int(envelope["sequence"]), [one["sha256"] for one in envelope["files"]]
            if digest(canonical(envelope)) != told or canonical(read) != line:
                document, status = envelope.get("document") or {}, envelope.get("status") or {}
                piece = f"pièce {document.get('number') or document.get('id')}," if document else ""
                about = (piece or "sans pièce,", str(envelope.get("kind")), status.get("code"))
                report.fault(f"enveloppe n° {rank}", f"modifiée ({' '.join(filter(None, about))})")
        except MALFORMED:
            report.fault(f"{MANIFEST}, ligne {number}", "modifiée : illisible")
            continue
        previous, month, kind = (str(envelope.get(one)) for one in ("previous", "month", "kind"))
        found.append(Link(rank, previous, told, month, kind, blobs))
    return found


def _order(chain: list[Link], statement: dict[str, Any], report: Report) -> None:
    ranks = [link.rank for link in chain]
    first = statement.get("first", min(ranks, default=1))
    last = statement.get("last", max(ranks, default=0))
    kept = list(dict.fromkeys(one for one in ranks if first <= one <= last))
    for before, after in pairwise([first - 1, *sorted(kept), last + 1]):
        if after > before + 1:
            until = f" à {after - 1}" if after > before + 2 else ""
            report.fault(f"enveloppe n° {before + 1}{until}", "manquante")
    for rank, times in Counter(ranks).items():
        if times > 1 or rank not in kept:
            report.fault(f"enveloppe n° {rank}", f"ajoutée : l'export va de {first} à {last}")
    for place, rank in zip(sorted(kept), kept, strict=True):
        if place != rank:
            report.fault(f"enveloppe n° {rank}", f"déplacée : elle est à la place de la n° {place}")


def _links(chain: list[Link], statement: dict[str, Any], head: str, report: Report) -> None:
    """Compare the hash of each envelope with what the next one, or the statement, says of it."""
    announced = {link.rank - 1: link.previous for link in chain}
    if statement:
        announced[statement["last"]] = statement["head"]
        if announced.get(statement["first"] - 1, statement["opening"]) != statement["opening"]:
            report.fault(STATEMENT, "la première enveloppe ne suit pas l'empreinte d'ouverture")
    for link in chain:
        if announced.get(link.rank, link.hash) != link.hash:
            report.fault(f"enveloppe n° {link.rank}", "réécrite : la suite en annonce une autre")
    end = max(chain, key=lambda link: link.rank).hash if chain else GENESIS
    if head and head.lower() != end:
        report.fault("tête de la chaîne", f"{end} au lieu de l'empreinte notée {head}")


def _bytes(archive: Archive, chain: list[Link], report: Report) -> None:
    """Compare what the envelopes name with what is there, whatever SHA256SUMS says."""
    named = {f"blobs/{sha256}": link.rank for link in reversed(chain) for sha256 in link.blobs}
    purged = _purged(archive, chain)
    gone = Counter(purged[one] for one in named.keys() & purged.keys() - archive.names)
    report.notes += [f"{count} fichier(s) purgé(s) {how}" for how, count in sorted(gone.items())]
    for name, rank in named.items():
        if name not in archive.names | purged.keys():
            report.fault(name, f"manquant : l'enveloppe n° {rank} l'annonce")
        elif name in archive.names and f"blobs/{archive.digest_of(name)}" != name:
            report.fault(name, "modifié : son contenu n'a plus l'empreinte de son nom")
    for name in sorted(one for one in archive.names - set(named) if one.startswith("blobs/")):
        report.fault(name, "ajouté : aucune enveloppe ne l'annonce")


def _purged(archive: Archive, chain: list[Link]) -> dict[str, str]:
    """Return what certificates of purge name: those of the chain, or beside a month of it."""
    names = [one for one in sorted(archive.names) if one.startswith("purges/")]
    names += [f"blobs/{one}" for link in chain if link.kind == "purged" for one in link.blobs]
    found: dict[str, str] = {}
    for name in names:
        with suppress(*MALFORMED):  # an altered one excuses nothing, and is named elsewhere
            said = json.loads(archive.read(name) or b"")["certificate"]
            how = f"le {said['made_at'][:10]}, certificat {name}"
            found |= {f"blobs/{one['sha256']}": how for one in said["files"]}
    return found


def _seals(archive: Archive, chain: list[Link], report: Report) -> None:
    hashes, months = {one.rank: one.hash for one in chain}, {one.month for one in chain}
    sealed = {one for one in archive.names if one.startswith("sceaux/") and one.endswith(".json")}
    for name in sorted(sealed):
        data = archive.read(name) or b""
        try:
            seal = json.loads(data)
            month, last, head = seal["month"], int(seal["last"]), seal["head"]
        except MALFORMED:
            report.fault(name, "modifié : illisible")
            continue
        if hashes.get(last) != head:
            what = "réécrite" if last in hashes else "manquante, chaîne tronquée"
            report.fault(f"enveloppe n° {last}", f"{what} : le sceau de {month} en fait foi")
        _timestamp(archive, name, month, digest(data), report)
    unsealed = (one for one in sorted(months)[:-1] if f"sceaux/{one}.json" not in sealed)
    report.notes += [f"{one} : mois non scellé" for one in unsealed]


def _timestamp(archive: Archive, seal: str, month: str, imprint: str, report: Report) -> None:
    name = seal.removesuffix(".json") + ".tsr"
    if (token := archive.read(name)) is None:
        report.notes.append(f"{month} : scellé, non horodaté")
        return
    try:
        told, moment = stamped(token)
    except (ValueError, IndexError):
        report.fault(name, "modifié : ce n'est plus un jeton d'horodatage")
        return
    if told != imprint:
        report.fault(seal, "modifié : ce n'est pas ce que l'autorité a horodaté")
    report.notes.append(f"{month} : scellé, horodaté le {moment:%d/%m/%Y à %H:%M:%S} UTC")


def stamped(token: bytes) -> tuple[str, datetime]:
    """Return imprint and time of an RFC 3161 answer; its signature: see LISEZMOI.md."""
    marker = bytes.fromhex("060b2a864886f70d0109100104")  # id-ct-TSTInfo
    at = token.index(marker) + len(marker)
    at = _inside(token, _inside(token, at)[0])[0]  # [0] and OCTET STRING around TSTInfo
    at, part = _inside(token, at)[0], {}
    for name in ("version", "policy", "imprint", "serial number", "time"):
        part[name] = _inside(token, at)
        at = part[name][1]
    value, value_end = _inside(token, _inside(token, part["imprint"][0])[1])
    moment = token[slice(*part["time"])].decode().rstrip("Z").split(".")[0]
    return token[value:value_end].hex(), datetime.strptime(moment + "+0000", "%Y%m%d%H%M%S%z")


def _inside(der: bytes, at: int) -> tuple[int, int]:
    """Return where the content of the DER element at `at` begins and ends."""
    length, start = der[at + 1], at + 2
    if length & 0x80:
        length, start = int.from_bytes(der[start : (end := start + (length & 0x7F))], "big"), end
    if start + length > len(der):
        raise ValueError("DER tronqué")
    return start, start + length


def main(arguments: list[str] | None = None) -> int:
    """Verify the archive that the command line names; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("archive", type=Path, help="dossier ou fichier zip")
    parser.add_argument("--tete", default="", help="empreinte de tête, notée ailleurs qu'ici")
    options = parser.parse_args(arguments)
    try:
        report = verify(options.archive, options.tete)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        sys.stderr.write(f"{options.archive} : ce n'est pas une archive lisible ({error}).\n")
        return NO_ARCHIVE
    lines = [f"{name} : {said}" for name, said in report.faults.items()]
    verdict = f"ARCHIVE ALTÉRÉE : {len(lines)} anomalie(s)" if lines else "Archive intacte"
    sys.stdout.write("\n".join((*report.notes, *lines, verdict, "")))
    return ALTERED if lines else INTACT


if __name__ == "__main__":
    sys.exit(main())
