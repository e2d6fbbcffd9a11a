"""Flows for the concentrator to judge."""

from dataclasses import replace
from datetime import date

from facturier.formats.cdar import read_status
from facturier.formats.flux1 import write_flux1
from facturier.network.portal import PortalFlow
from facturier.reporting.envelope import Interface, archive_name, pack, unpack
from facturier.reporting.extract import Profile, extract
from facturier.rules.examples import example

DAY = date(2026, 11, 2)


def regulatory(number="FA-1", syntax="ubl", profile=Profile.BASE, **changes):
    """One flux 1 file: bytes."""
    invoice = replace(example("standard"), number=number, issue_date=DAY, **changes)
    return write_flux1(extract(invoice, profile).invoice, syntax)[0]


def flow(number, files, interface=Interface.F1_UBL, application="AAA123"):
    """A flow as a platform sends it."""
    name = archive_name(interface, application, f"{interface[3:7]}{number:015d}")
    return PortalFlow(name=name, content=pack(files))


def messages(content):
    """The messages of an answer, in the order of their files."""
    return [read_status(data).message for data in unpack(content).values()]
