"""UC1, UC3 and UC4 of XP Z12-014 V1.4, lived through by two dossiers and the concentrator.

The seller deposits the official invoice, each side says on its page what the example says, in its
order and at its instants; then every message that left is laid beside the official file. What may
differ is in :data:`DIFFERENCES`, and nothing else.
"""

from __future__ import annotations

import time
from collections import Counter
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from lxml import etree
from tests.network.conftest import NUMBERS, SECRETS, Running, free_port
from tests.reporting.test_extract import SCHEMAS, schema
from tests.server.conftest import person

from facturier import rules
from facturier.findings import Outcome
from facturier.formats.cdar import read_status
from facturier.formats.directory import Header, LegalUnit
from facturier.formats.directory_export import written_export
from facturier.invoice.terms import values
from facturier.reporting.envelope import Interface
from facturier.reporting.extract import Profile
from facturier.server import clock, sight
from facturier.server.documents import store
from facturier.server.documents.deposit import deposit
from facturier.server.documents.models import Document, Event
from facturier.server.firm.models import Cabinet, Dossier, Membership
from facturier.server.jobs.work import work_through
from facturier.server.portal.models import PortalAnswer, PortalFile
from facturier.server.portal.tasks import exchange

pytestmark = pytest.mark.django_db(transaction=True)
PARIS = ZoneInfo("Europe/Paris")
SELLER, BUYER = "100000009", "200000008"

DIFFERENCES = {
    "MDT-4": "identifier of the message: each platform makes its own",
    "MDT-5": "name of the message: the examples write the name of their file",
    "MDT-8": "the examples make the message minutes after the decision, we in the same second",
    "MDT-19": "number of the sending platform: 0003 and 0005 there, ours here",
    "MDT-20": "name of the sending platform, free words: we leave it out",
    "MDT-39": "the examples say VENDEUR and ACHETEUR; we say the names of the invoice (BT-27, 44)",
    "MDT-58": "the same names",
    "MDT-106": "label of the status (MDT-105 is compared): Mise_à_disposition there, whole here",
    "MDT-114": "label of the reason (MDT-113 is compared): a no-break space leads it there",
    "MDT-122": "label of the requested action (MDT-121 is compared): other capitals",
    "MDT-124-2": "BR-FR-CDV-16 in force numbers each detail; 211 and 212 of the examples have none",
    "MDT-126": "G7.25: a comment explains a refusal; the example has none",
    "MDT-132": "role SE of the seller, optional (MDT-129 is compared): we say it",
    "MDT-211": "name of a contested datum (MDT-206 is compared): Taux TVA there, the term's here",
    "MDT-219": "day of the payment: the examples say it of 211 only, we of 212 too",
    "MDT-SELLER-NAME": "name of the seller, optional (MDT-129 is compared): we say it",
}
"""Terms of a message that need not be equal, and why."""

RENAMED = {
    ("MDT-57", "0238:9998"): ("MDT-57", "0238:0000"),  # BR-FR-CDV-02 in force: 0000 is the PPF
    ("MDT-38", "0238:0003"): ("MDT-38", "0238:0042"),  # number of the platform: ours
    ("MDT-73", "200000008"): ("MDT-73", "0225:200000008"),  # the example forgets the scheme once
}
"""What an example says, and what stands for it here."""

SLIPS = {
    "203": {"MDT-78": "both arrive at once here; the example waits fifteen minutes"},
    "F202500010": {
        "MDT-91": "the invoice is a 384 (BT-3); its statuses in the example speak of a 380",
        "MDT-95": "its statuses in the example date its deposit and receipt a day before its issue",
    },
}
"""What differs for one status, or for one invoice, only."""

NOT_IN_THE_EXAMPLES = {201: "optional: our platform tells its own seller that the invoice left"}


@pytest.fixture(scope="module")
def concentrator(tmp_path_factory):
    running = Running(tmp_path_factory.mktemp("concentrateur"), free_port())
    running.start()
    header = Header(produced_at=datetime(2025, 7, 1, tzinfo=PARIS), extent="C")
    companies = (
        LegalUnit(siren=SELLER, name="VENDEUR", status="A", kind="A", presence="I", instance=1),
        LegalUnit(siren=BUYER, name="ACHETEUR", status="A", kind="A", presence="I", instance=2),
    )
    known = "".join(written_export(header, companies)).encode()
    assert running.ask("POST", "/simulation/directory", data=known).json() == {"records": 2}
    yield running
    running.kill()


class Stage:
    """Seller and buyer of the examples, each with a page, and the clock of the examples."""

    def __init__(self, client, folder):
        self.client = client
        self.folder = folder
        self.cabinet = Cabinet.objects.create(name="Cabinet Simulé", siren=SELLER)
        self.someone = person("expert@exemple.fr", "Claire Expert")
        Membership.objects.create(
            person=self.someone, cabinet=self.cabinet, role="expert_comptable"
        )
        self.seller = self._dossier("LE VENDEUR", SELLER, f"{SELLER}_STATUTS")
        self.buyer = self._dossier("LE CLIENT", BUYER, BUYER)
        client.force_login(self.someone)

    def _dossier(self, name, siren, address):
        return Dossier.objects.create(
            cabinet=self.cabinet, name=name, siren=siren, electronic_address=address,
            is_simulation=True,
        )  # fmt: skip

    def work(self):
        while work_through(self.seller.pk) + work_through(self.buyer.pk):
            pass

    def deposit(self, name, *, at, received):
        """Deposit an official invoice at an instant; the buyer's platform works at another."""
        data = next(self.folder.rglob(name)).read_bytes()
        with clock.set_to(at):
            deposit(self.seller, data, name=name, channel="page")
            work_through(self.seller.pk)
        with clock.set_to(received):
            self.work()

    def say(self, number, code, at, **filled):
        """Say a status on the page of the side that may, as a person does."""
        dossier = self.seller if code in {209, 212, 220} else self.buyer
        document = Document.objects.get(dossier=dossier, number=number)
        address = reverse("say", args=[dossier.pk, document.pk, code])
        with clock.set_to(at):
            answer = self.client.post(address, {"confirme": "on", **filled})
            assert answer.status_code == 302, answer.content.decode()
            assert answer.url == reverse("document", args=[dossier.pk, document.pk])
            self.work()


@pytest.fixture
def stage(wide_sight, client, shared, settings, concentrator):  # noqa: ARG001
    settings.PORTAL_URL = concentrator.url
    settings.PORTAL_APPLICATION, settings.PORTAL_SECRET = "AAA123", SECRETS["AAA123"]
    settings.PORTAL_WAIT, settings.PLATFORM_NUMBER = 0, NUMBERS["AAA123"]
    return Stage(client, shared / "official" / "fnfe-1.4.0" / "examples")


def at(text):
    return datetime.strptime(text, "%Y%m%d%H%M").replace(tzinfo=PARIS)


# --- the three lives


def uc1(stage):
    stage.deposit("UC1*CII*.xml", at=at("202507011510"), received=at("202507011610"))
    stage.say("F202500003", 204, at("202507011800"))
    stage.say("F202500003", 205, at("202507021000"))
    stage.say("F202500003", 211, at("202507301000"), paye="12000", jour="2025-07-30")
    stage.say("F202500003", 212, at("202508021000"), montant_0="12000", jour="2025-08-02")


def uc3(stage):
    stage.deposit("UC3*UBL*.xml", at=at("202507011510"), received=at("202507011610"))
    stage.say("F202500005", 210, at("202507011800"), motif="TX_TVA_ERR")


def uc4(stage):
    stage.deposit("UC4_*CII*.xml", at=at("202507011510"), received=at("202507011610"))
    stage.say(
        "F202500006", 207, at("202507011800"), motif="TX_TVA_ERR", action="NIN",
        donnee="BT-152", facture="10", attendu="20",
    )  # fmt: skip
    stage.deposit("UC4b*INVCORR*CII*.xml", at=at("202507021510"), received=at("202507021610"))
    stage.say("F202500006", 220, at("202507021605"))
    stage.say("F202500010", 204, at("202507021800"))
    stage.say("F202500010", 205, at("202507031000"))
    stage.say("F202500010", 211, at("202507301000"))
    stage.say("F202500010", 212, at("202508021000"), montant_0="12000", jour="2025-08-02")


LIVES = {"UC1": uc1, "UC3": uc3, "UC4": uc4}


# --- what left, and what should have


def terms_of(data):
    """Return what a message says, as (term, value), as often as it says it."""
    held = ((one.term.id, _plain(one.value)) for one in values(read_status(data).document))
    return Counter(RENAMED.get(one, one) for one in held)


def _plain(value):
    """Return a value as words: equal numbers are equal, an identifier keeps its scheme."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    scheme = getattr(value, "scheme", None)
    return f"{scheme}:{value.value}" if scheme else str(getattr(value, "value", value))


def key(data):
    """Return the invoice, the status, and the recipients by their roles."""
    said = read_status(data).message
    return said.invoice_number, said.status_code, tuple(sorted(r.role for r in said.recipients))


def in_order(messages):
    """Return messages as their key to their bytes, each once, in the order of the decisions."""
    found = {key(one): one for one in messages}
    assert len(found) == len(messages)
    return dict(sorted(found.items(), key=lambda one: _when(one[1])))


def _when(data):
    said = read_status(data).message
    return said.decided_at, said.invoice_number, said.status_code


def official(folder, name):
    return in_order([path.read_bytes() for path in folder.joinpath(name).rglob("*-CDV-*.xml")])


def ours():
    """Return every message that left: between the platforms, and to the public portal."""
    said = Event.objects.exclude(source=None).exclude(code__in=NOT_IN_THE_EXAMPLES)
    portal = PortalFile.objects.filter(interface=Interface.F6_MANDATORY.value)
    addresses = {*said.values_list("source", flat=True), *portal.values_list("stored", flat=True)}
    return in_order([store.get(one) for one in addresses])


def may_differ(number, code):
    return {*DIFFERENCES, *SLIPS.get(str(code), ()), *SLIPS.get(number, ())}


def test_the_messages_of_the_official_examples_leave_and_no_others(stage, shared):
    for live in LIVES.values():
        live(stage)
    made, used = ours(), set()
    expected = {name: official(stage.folder, name) for name in LIVES}
    assert {name: len(found) for name, found in expected.items()} == {"UC1": 9, "UC3": 6, "UC4": 15}
    assert sum(map(len, expected.values())) == len(made)
    for of_case in expected.values():
        numbers = {which[0] for which in of_case}
        own = {which: data for which, data in made.items() if which[0] in numbers}
        assert statuses(own) == statuses(of_case)
        used |= differences(of_case, own)
    assert used == {*DIFFERENCES, *SLIPS["203"], *SLIPS["F202500010"]}, "a row excuses nothing"
    for data in made.values():
        assert rules.check(read_status(data)).outcome is Outcome.VALID
    assert_the_portal_takes_it_all(shared / "official/dgfip-v3.2/xsd/flux1")


def differences(expected, made):
    """Return the terms that differ somewhere; each must be allowed to."""
    differing = set()
    for which, data in expected.items():
        theirs, own = terms_of(data), terms_of(made[which])
        found = {term for term, _ in (theirs - own) + (own - theirs)}
        assert found <= may_differ(*which[:2]), (which, theirs - own, own - theirs)
        differing |= found
    return differing


def statuses(messages):
    """Return (invoice, status, recipients) in their order, each side's and the portal's apart."""
    peer = [which for which in messages if which[2] != ("DFH",)]
    return peer, sorted(which for which in messages if which[2] == ("DFH",))


def assert_the_portal_takes_it_all(schemas):
    """Flux 1 and 6 are valid and accepted; invoices between platforms go into no flux 10."""
    deadline = time.monotonic() + 8
    while not is_answered():
        exchange()
        assert time.monotonic() < deadline, left_over()
        time.sleep(0.05)
    with sight.of_portal():
        assert not PortalAnswer.objects.filter(code__in=("251", "501", "601")).exists()
        files = list(PortalFile.objects.all())
    sent = Counter(one.interface for one in files)
    issued = Document.objects.filter(direction="issued").count()
    assert sent.pop(Interface.F6_MANDATORY.value)
    assert sum(sent.values()) == issued
    assert set(sent) == {Interface.F1_UBL.value, Interface.F1_CII.value}
    for one in files:
        if one.interface in sent:
            root = etree.fromstring(store.get(one.stored_id))
            schema(schemas / SCHEMAS[Profile.BASE, etree.QName(root).localname]).assertValid(root)


def is_answered():
    with sight.of_portal():
        waiting = PortalFile.objects.exclude(state="accepted")
        return not waiting.exclude(state="receivable", interface="FFE0654A").exists()


def left_over():
    with sight.of_portal():
        return list(PortalFile.objects.values_list("name", "state", "last_error"))
