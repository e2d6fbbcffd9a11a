"""The tables of statuses and reasons say what the norm's public parts say."""

from datetime import UTC, datetime

import pytest

from facturier.lifecycle.messages import Event
from facturier.lifecycle.reasons import FORMER_CODES, REASONS
from facturier.lifecycle.statuses import STATUSES, Duty, Phase, Side, reason, status
from facturier.lifecycle.transitions import fold

# Retyped from the Schematron BR-FR-CDV 1.4.0 (CL-06 and CL-09), not read from the table under test.
CODES = [*range(200, 215), 220, 221, *range(224, 229)]
CODES += [250, 251, 300, 301, 400, 401, 500, 501, 601]

LISTS = {
    200: "NON_TRANSMISE",
    206: "AUTRE CMD_ERR SIRET_ERR CODE_ROUTAGE_ERR REF_CT_ABSENT REF_ERR PU_ERR REM_ERR QTE_ERR "
    "ART_ERR MODPAI_ERR QUALITE_ERR LIVR_INCOMP",
    207: "AUTRE COORD_BANC_ERR TX_TVA_ERR MONTANTTOTAL_ERR CALCUL_ERR NON_CONFORME DOUBLON "
    "DEST_INC DEST_ERR TRANSAC_INC EMMET_INC CONTRAT_TERM DOUBLE_FACT CMD_ERR ADR_ERR SIRET_ERR "
    "CODE_ROUTAGE_ERR REF_CT_ABSENT REF_ERR PU_ERR REM_ERR QTE_ERR ART_ERR MODPAI_ERR QUALITE_ERR "
    "LIVR_INCOMP",
    208: "JUSTIF_ABS COORD_BANC_ERR CMD_ERR SIRET_ERR CODE_ROUTAGE_ERR REF_CT_ABSENT REF_ERR",
    210: "TX_TVA_ERR MONTANTTOTAL_ERR CALCUL_ERR NON_CONFORME DOUBLON DEST_ERR TRANSAC_INC "
    "EMMET_INC CONTRAT_TERM DOUBLE_FACT CMD_ERR ADR_ERR REF_CT_ABSENT",
    213: "MONTANTTOTAL_ERR CALCUL_ERR DOUBLON DEST_INC ADR_ERR REJ_SEMAN REJ_UNI REJ_COH REJ_ADR "
    "REJ_CONT_B2G REJ_REF_PJ REJ_ASS_PJ",
    221: "ROUTAGE_ERR",
    251: "REJ_SEMAN REJ_UNI REJ_COH",
    301: "REJ_SEMAN REJ_UNI REJ_COH REJ_PER",
    401: "REJ_RG REJ_HAB REJ_COH REJ_VAL_INC",
    501: "IRR_VIDE_F IRR_TYPE_F IRR_SYNTAX IRR_TAILLE_PJ IRR_NOM_PJ IRR_VID_PJ IRR_EXT_DOC "
    "IRR_TAILLE_F IRR_ANTIVIRUS IRR_NOM_F",
    601: "REJ_INC REJ_INEX REJ_RG REJ_HAB REJ_ENCAISSEMENT",
}
B2G = "RETRAIT_MAN_SERV ST_CT_NON_DECLAR SUPPR_COMP_AVOIR TRANSF_PMNT_REGIE AUTRE COORD_BANC_ERR "
B2G += "LIVR_INCOMP"
FLOW = "IRR_TAILLE IRR_UNICITE IRR_VIDE IRR_FORM IRR_TYPE IRR_CODE_INTER IRR_EXTRAC IRR_CODE_APP"
COUNTS = {206: 13, 207: 26, 208: 7, 210: 13, 213: 12, 501: 10}


def test_the_table_holds_the_31_codes_of_the_norm():
    assert list(STATUSES) == CODES
    assert len(CODES) == 31


@pytest.mark.parametrize("code", CODES)
def test_each_status_admits_the_reasons_of_the_norm(code):
    assert set(status(code).reasons) == set(LISTS.get(code, "").split())
    assert len(status(code).reasons) == len(set(status(code).reasons))


@pytest.mark.parametrize(("code", "count"), COUNTS.items())
def test_the_lists_have_their_known_length(code, count):
    assert len(status(code).reasons) == count


def test_the_public_side_has_longer_lists():
    assert set(status(210).public_reasons) == {*LISTS[210].split(), *B2G.split()}
    assert len(status(210).public_reasons) == 20
    assert set(status(501).public_reasons) == {*LISTS[501].split(), *FLOW.split()}
    assert len(status(501).public_reasons) == 18
    assert [one.code for one in STATUSES.values() if one.public_reasons] == [210, 501]


def test_the_global_list_of_reasons_has_51_codes():
    platform_codes = [code for code in LISTS if code not in {251, 301, 401, 601}]
    union = {word for code in platform_codes for word in LISTS[code].split()}
    union |= {*B2G.split(), "CONTACT_ACHTR"}
    assert len(union) == 51
    portal = {"REJ_PER", "REJ_RG", "REJ_HAB", "REJ_VAL_INC", "REJ_INC", "REJ_INEX"}
    assert set(REASONS) == union | portal | {"REJ_ENCAISSEMENT"} | set(FLOW.split())


def test_reasons_are_required_where_the_rule_says():
    required = {code for code, one in STATUSES.items() if one.reason_required}
    assert required == {206, 207, 208, 210, 213, 501} | {251, 301, 401, 601}


def test_four_statuses_are_owed_to_the_public_portal():
    assert {code: one.duty for code, one in STATUSES.items() if one.duty is not Duty.NEVER} == {
        200: Duty.ALWAYS,
        210: Duty.ALWAYS,
        212: Duty.VAT_ON_PAYMENT,
        213: Duty.ALWAYS,
    }
    assert status(212).owed_to_ppf(vat_due_on_payment=True)
    assert not status(212).owed_to_ppf(vat_due_on_payment=False)
    assert status(210).owed_to_ppf(vat_due_on_payment=False)
    assert not status(205).owed_to_ppf(vat_due_on_payment=True)


@pytest.mark.parametrize(
    ("side", "codes"),
    [
        (Side.SELLER_PLATFORM, [200, 201, 213, 500, 501]),
        (Side.BUYER_PLATFORM, [202, 203, 213, 221, 500, 501, 601]),
        (Side.BUYER, [204, 205, 206, 207, 208, 210, 211]),
        (Side.SELLER, [209, 211, 212, 220, 224, 225, 226, 227]),
        (Side.FACTOR, [225, 226, 227, 228]),
        (Side.VALIDATOR, [214]),
        (Side.PPF, [250, 251, 300, 301, 400, 401, 500, 501, 601]),
    ],
)
def test_each_side_has_its_statuses(side, codes):
    assert [code for code, one in STATUSES.items() if side in one.by] == codes
    assert side.label


def test_phases_and_object_statuses_follow_the_rule_lists():
    allowed = {
        Phase.TRANSMISSION: {"8", "10", "43", "48", "51", ""},
        Phase.TREATMENT: {"1", "5", "37", "39", "45", "46", "47", "49", "50", ""},
        Phase.PPF: {""},
    }
    for one in STATUSES.values():
        assert one.object_status in allowed[one.phase]
    transmission = {code for code, one in STATUSES.items() if one.phase is Phase.TRANSMISSION}
    assert transmission == {200, 201, 202, 203, 213, 221}
    assert [code for code, one in STATUSES.items() if one.terminal] == [213]


def test_every_status_a_person_gives_has_words_for_its_button():
    assert all(one.action and one.label and one.label_en for one in STATUSES.values())


def test_an_unknown_status_is_shown_not_hidden():
    unknown = status(999)
    assert (unknown.label, unknown.known, unknown.phase) == (
        "Statut inconnu 999",
        False,
        Phase.UNKNOWN,
    )
    assert not unknown.invoice_phase


@pytest.mark.parametrize("code", REASONS)
def test_every_reason_says_what_is_wrong_and_what_to_do(code):
    one = reason(code)
    assert one.code == code
    assert one.known
    assert one.label
    assert "_" not in one.label
    assert one.cause.endswith(".")
    assert one.remedy.endswith(".")


@pytest.mark.parametrize(("old", "new"), FORMER_CODES.items())
def test_former_spellings_are_explained_under_their_own_code(old, new):
    assert old not in REASONS
    assert (reason(old).code, reason(old).label) == (old, REASONS[new].label)


def test_an_unknown_reason_is_shown_not_hidden():
    assert reason("XYZ").label == "Motif inconnu XYZ"
    assert not reason("XYZ").known


def test_a_duplicate_tells_the_seller_to_keep_the_first_invoice():
    assert "garde la première" in reason("DOUBLON").remedy


def test_each_status_of_treatment_has_its_speaker_here_or_says_why_not():
    parties = {Side.SELLER, Side.BUYER}
    for one in STATUSES.values():
        if one.phase is Phase.TREATMENT:
            assert bool(parties & set(one.by)) is not bool(one.heard_only), one.code


def test_what_a_third_party_says_is_heard():
    sent = [(200, Side.SELLER_PLATFORM), (202, Side.BUYER_PLATFORM), (203, Side.BUYER_PLATFORM)]
    day = datetime(2026, 11, 20, tzinfo=UTC)
    for code, side in ((214, Side.VALIDATOR), (228, Side.FACTOR)):
        events = [Event(code=one, side=who, at=day) for one, who in (*sent, (code, side))]
        assert fold(events).latest == code
