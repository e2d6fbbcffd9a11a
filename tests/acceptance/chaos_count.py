"""What must hold after chaos: everything once, on both sides, in the books and at the portal."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor

from tests.acceptance.firm_for_chaos import siren
from tests.acceptance.installation import ROOT

SAID = """
SELECT d.id, d.number, f.siren, array_agg(e.code)
FROM documents_document d JOIN firm_dossier f ON f.id = d.dossier_id
JOIN documents_event e ON e.document_id = d.id
GROUP BY d.id, d.number, f.siren
"""
BRING_FORWARD = (
    "UPDATE documents_flow SET not_before = now() WHERE state = 'pending' AND not_before > now()",
    "UPDATE documents_message SET not_before = now() WHERE state = 'pending'",
    "UPDATE connections_connection SET not_before = now() WHERE not_before > now()",
    "UPDATE connections_arrival SET not_before = now() WHERE NOT is_taken AND not_before > now()",
    "UPDATE portal_portalflow SET not_before = now() WHERE state = 'pending'",
    "UPDATE portal_portalfile SET not_before = now() WHERE state = 'pending'",
)
POLL_NOW = "UPDATE connections_connection SET poll_at = now()"
LEFT = {
    "flux en attente": "SELECT count(*) FROM documents_flow WHERE state = 'pending'",
    "flux en quarantaine": "SELECT count(*) FROM documents_flow WHERE state = 'quarantined'",
    "messages non remis": "SELECT count(*) FROM documents_message WHERE state <> 'sent'",
    "plis non relevés": "SELECT count(*) FROM documents_envelope WHERE taken_at IS NULL",
    "arrivées non prises": "SELECT count(*) FROM connections_arrival WHERE NOT is_taken",
    "fichiers dus au portail sans réponse": "SELECT count(*) FROM portal_portalfile"
    " WHERE state NOT IN ('accepted') AND NOT (interface = 'FFE0654A' AND state = 'receivable')",
    "flux du portail en attente": "SELECT count(*) FROM portal_portalflow"
    " WHERE direction = 'out' AND state NOT IN ('receivable', 'sent')",
    "documents sans leur preuve": "SELECT count(*) FROM documents_document d WHERE (SELECT"
    " count(*) FROM archive_proofenvelope p WHERE p.document_id = d.id AND p.kind = 'document')"
    " <> 1",
    "statuts sans leur preuve": "SELECT (SELECT count(*) FROM documents_event)"
    " - (SELECT count(*) FROM archive_proofenvelope WHERE kind = 'status')",
    "remises sans leur preuve": "SELECT (SELECT count(*) FROM documents_message"
    " WHERE kind = 'invoice' AND state = 'sent')"
    " - (SELECT count(*) FROM archive_proofenvelope WHERE kind = 'delivered')",
    "statuts dits deux fois": "SELECT count(*) FROM (SELECT FROM documents_event"
    " GROUP BY transmission_id, code, side HAVING count(*) > 1) twice",
}
"""What is left, in each database; 0 everywhere at the end."""
RECORDS = """
SELECT d.number, f.siren, d.direction, d.state, d.accepted,
    (SELECT count(*) FROM books_entry b WHERE b.document_id = d.id),
    (SELECT string_agg(e.code, ' ' ORDER BY e.code) FROM documents_event e
     WHERE e.document_id = d.id AND e.side <> 'ppf')
FROM documents_document d JOIN firm_dossier f ON f.id = d.dossier_id
"""
REJECTED = "213"
FROM_RECEPTION = {"204", "205", "206", "207", "208", "209", "210", "211", "212"}


def left(both):
    """Return what is not finished, or that the databases say is wrong, in words."""
    wrong = []
    for one in both:
        for what, question in LEFT.items():
            ((count,),) = one.ask(question)
            if count:
                wrong.append(f"{one.name} : {count} {what}")
    return wrong


def differences(both, deposited, folder):
    """Return what the two sides and the portal do not tell alike, in words."""
    return _records(both, deposited) + _portal(folder, deposited)


def _records(both, deposited):
    """Compare the records of each invoice: its depositor's, its platform's, its receiver's."""
    found = defaultdict(list)
    for one in both:
        for number, owner, direction, *rest in one.ask(RECORDS):
            found[number, one.number, owner, direction].append(rest)
    known = {number for number, *_ in found}
    wrong = [f"{number} est là sans avoir été déposée" for number in known - deposited.keys()]
    for number, sale in deposited.items():
        wrong += _of_one(found, number, sale)
    return wrong


def _places(sale):
    """Yield installation, SIREN and direction of each record that this sale must have."""
    seller, buyer = (siren(sale.home, sale.pair, role) for role in ("seller", "buyer"))
    own, other = ("issued", "received") if sale.is_sold else ("received", "issued")
    yield 1 - sale.home, seller, own
    yield sale.home, seller, own
    yield sale.home, buyer, other


def _of_one(found, number, sale):
    wrong, states, histories = [], set(), set()
    for place in _places(sale):
        rows = found[(number, *place)]
        good = [row for row in rows if row[0] != REJECTED]
        first = sale.depositor[0] == place[0] and place[2] == "issued"
        most = 2 if sale.is_double and first else 1
        if len(good) != 1 or len(rows) != most:
            wrong.append(
                f"{number} : {len(good)} fois (et {len(rows) - len(good)} rejet) en {place}"
            )
            continue
        ((state, accepted, entries, codes),) = good
        if entries != 1 or (place[2] == "issued" and not accepted):
            wrong.append(f"{number} : {entries} écriture(s) en {place}, déposée : {accepted}")
        states.add(state)
        histories.add(" ".join(one for one in (codes or "").split() if one in FROM_RECEPTION))
    wanted = expected(sale)
    if not wrong and states != {wanted[-1] if wanted else "203"}:
        wrong.append(f"{number} : statuts {sorted(states)}, attendu {wanted or '203'}")
    if not wrong and histories != {" ".join(wanted)}:
        wrong.append(f"{number} : histoires {sorted(histories)}, attendu {wanted}")
    return wrong


def expected(sale):
    """Return the statuses that the parties say of it, in order."""
    if sale.is_double:
        return []
    paid = [212] if sale.is_paid and 205 in sale.said else []
    return [str(code) for code in (*sale.said, *paid)]


def _portal(folder, deposited):
    """Compare with what the concentrator accepted: the flux 1 of each invoice, once."""
    store = sqlite3.connect(f"file:{folder}/concentrator/concentrateur.sqlite?mode=ro", uri=True)
    try:
        rows = store.execute("SELECT number, taken FROM objects WHERE subject = 'f1'").fetchall()
    finally:
        store.close()
    taken = Counter(number for number, is_taken in rows if is_taken)
    return [
        f"{number} : {taken[number]} fois acceptée par le concentrateur"
        for number in sorted({*deposited, *taken})
        if taken[number] != 1 or number not in deposited
    ] + [f"{number} : refusée par le concentrateur" for number, is_taken in rows if not is_taken]


def archives(both, folder):
    """Export and verify every archive; return what is not intact."""
    every = [
        (one, access["dossiers"][0], folder / f"archive-{one.name}-{who}")
        for one in both
        for who, access in one.accesses.items()
    ]
    with ThreadPoolExecutor(2) as two:
        return [said for said in two.map(lambda given: _archive(*given), every) if said]


def _archive(one, owner, output):
    """Export and verify one archive; return what is said against it, if anything."""
    for command in (("archive", owner, "-o", str(output)), ("verify", str(output))):
        done = subprocess.run(
            [sys.executable, "-m", "facturier.cli", *command], env=one.environment,
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            return f"{one.name} {owner} {command[0]} : {done.stdout} {done.stderr}"
    return ""
