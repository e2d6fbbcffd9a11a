"""Vérifie un certificat de Facturier (exhaustivité, purge) : sa signature, et ce qu'il dit.

Ce fichier se suffit : Python 3.10 ou plus récent, rien à installer, rien n'est envoyé nulle part.

    python3 verify_certificate.py certificat.json [--cle EMPREINTE] [--archive DOSSIER]

La signature est Ed25519 (RFC 8032) sur le JSON canonique de « certificate ». Elle prouve que qui
tient la clé l'a signé ; comparez l'empreinte de la clé à celle que le cabinet vous a donnée
autrement (--cle). Avec une archive exportée (dossier), les fichiers que le certificat nomme y sont
cherchés un par un ; ceux qu'un certificat de purge nomme n'y sont plus, et c'est ce qu'il dit.

Réponses : 0 authentique, 1 altéré ou autre clé, 2 ce n'est pas un certificat.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

AUTHENTIC, ALTERED, NO_CERTIFICATE = 0, 1, 2
FORMAT = "facturier-certificat/1"
PURGE = "facturier-purge/1"
VERDICTS = {
    "complete": "COMPLET : rien ne manque",
    "open": "rien ne manque, du travail reste",
    "lacking": "INCOMPLET : des pièces manquent",
}

# Edwards25519 (RFC 8032, 5.1): -x² + y² = 1 + dx²y² modulo P; points as (X, Y, Z, T), T = XY/Z.
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
NEUTRAL = (0, 1, 1, 0)
KEY_SIZE, SIGNATURE_SIZE = 32, 64  # bytes
Point = tuple[int, int, int, int]


def canonical(value: Any) -> bytes:
    """Return the only way to write `value` as JSON: sorted keys, no blanks, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def fingerprint(public_key: bytes) -> str:
    """Return the SHA-256 of a public key: what a person compares."""
    return hashlib.sha256(public_key).hexdigest()


def is_signed(message: bytes, signature: bytes, public_key: bytes) -> bool:
    """Return whether `signature` is Ed25519's of `message` by the holder of `public_key`."""
    if len(signature) != SIGNATURE_SIZE or len(public_key) != KEY_SIZE:
        return False
    scalar = int.from_bytes(signature[32:], "little")
    key = _point(public_key)
    if key is None or scalar >= ORDER:
        return False
    drawn = hashlib.sha512(signature[:32] + public_key + message).digest()
    share = int.from_bytes(drawn, "little") % ORDER
    x, y, z, t = key
    found = _sum(_times(scalar, _base()), _times(share, (P - x, y, z, P - t)))
    return _bytes(found) == signature[:32]


def _base() -> Point:
    found = _point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    assert found is not None
    return found


def _point(written: bytes) -> Point | None:
    """Return the point that 32 bytes say: y, and in the last bit the parity of x."""
    number = int.from_bytes(written, "little")
    y, odd = number & (2**255 - 1), number >> 255
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and odd):
        return None
    x = P - x if x & 1 != odd else x
    return x, y, 1, x * y % P


def _bytes(point: Point) -> bytes:
    x, y, z, _ = point
    inverse = pow(z, -1, P)
    x, y = x * inverse % P, y * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _sum(one: Point, other: Point) -> Point:
    """Add two points; the formula holds for doubling too (the curve is complete)."""
    a = (one[1] - one[0]) * (other[1] - other[0])
    b = (one[1] + one[0]) * (other[1] + other[0])
    c, d = 2 * D * one[3] * other[3], 2 * one[2] * other[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(number: int, point: Point) -> Point:
    found = NEUTRAL
    while number:
        if number & 1:
            found = _sum(found, point)
        point, number = _sum(point, point), number >> 1
    return found


def verify(signed: dict[str, Any], key: str = "", archive: Path | None = None) -> list[str]:
    """Return what is wrong with a certificate; nothing when it is authentic.

    Raises `ValueError`, `KeyError` or `TypeError` when it is no certificate.
    """
    said = signed["certificate"]
    if said["format"] not in {FORMAT, PURGE}:
        raise ValueError(f"format inconnu : {said['format']}")
    public_key = bytes.fromhex(signed["public_key"])
    faults = []
    if not is_signed(canonical(said), bytes.fromhex(signed["signature"]), public_key):
        faults.append("signature fausse : le certificat a été modifié, ou la signature")
    if key and key.lower() != fingerprint(public_key):
        faults.append(f"clé {fingerprint(public_key)}, au lieu de celle que vous attendez, {key}")
    for piece in said.get("pieces", ()) if archive else ():
        name, about = piece["sha256"], piece["number"] or piece["name"]
        path = (archive or Path()) / "blobs" / name
        if not name:
            continue
        if not path.exists():
            faults.append(f"{about} : blobs/{name} manque dans l'archive")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != name:
            faults.append(f"{about} : blobs/{name} est modifié")
    return faults


def told(signed: dict[str, Any]) -> list[str]:
    """Return what the certificate says, in words."""
    said = signed["certificate"]
    if said["format"] == PURGE:
        return _of_purge(said, fingerprint(bytes.fromhex(signed["public_key"])))
    lines = [
        f"{said['dossier']['name']} ({said['dossier']['siren']}), mois {said['month']}",
        f"établi le {said['made_at']} par {said['made_by'] or 'la comparaison de nuit'}",
        f"clé : {fingerprint(bytes.fromhex(signed['public_key']))}",
        f"{len(said['pieces'])} pièce(s), {len(said['gaps'])} écart(s)",
        VERDICTS[said["verdict"]],
    ]
    for gap in said["gaps"]:
        about = gap["number"] or gap["name"] or gap["connector"]
        lines.append(f"  {about} : {gap['label']} → {gap['remedy']}")
    return lines


def _of_purge(said: dict[str, Any], key: str) -> list[str]:
    return [
        f"{said['dossier']['name']} ({said['dossier']['siren']}), purge du {said['made_at'][:10]}",
        f"proposée par {said['proposed_by']}, confirmée par {said['confirmed_by']}",
        f"clé : {key}",
        f"{len(said['documents'])} pièce(s), {len(said['files'])} fichier(s) retiré(s)",
        *(f"  {one['number'] or one['id']} du {one['date']}, à conserver jusqu'au {one['until']}"
          for one in said["documents"]),
    ]  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Verify the certificate that the command line names; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("certificat", type=Path, help="fichier .json")
    parser.add_argument("--cle", default="", help="empreinte de la clé, reçue autrement")
    parser.add_argument("--archive", type=Path, help="archive exportée (dossier) à comparer")
    options = parser.parse_args(arguments)
    try:
        signed = json.loads(options.certificat.read_bytes())
        faults = verify(signed, options.cle, options.archive)
        lines = told(signed)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        sys.stderr.write(f"{options.certificat} : ce n'est pas un certificat lisible ({error}).\n")
        return NO_CERTIFICATE
    verdict = "CERTIFICAT ALTÉRÉ OU D'UNE AUTRE CLÉ" if faults else "Certificat authentique"
    sys.stdout.write("\n".join((*lines, *faults, verdict, "")))
    return ALTERED if faults else AUTHENTIC


if __name__ == "__main__":
    sys.exit(main())
