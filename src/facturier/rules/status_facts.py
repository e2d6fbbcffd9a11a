"""What the rules of status messages need to know about one message, computed once."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from facturier.lifecycle.messages import PPF

if TYPE_CHECKING:
    from facturier.lifecycle.acknowledgement import Acknowledgement, Decision, Detail, Reference

CHORUS_PRO = "9999"
"""Number, under scheme 0238, of the platform of public buyers."""


class StatusFacts:
    """The status message under check and what is derived from it."""

    syntax = ""
    categories: frozenset[str] = frozenset()

    def __init__(self, document: Acknowledgement) -> None:
        self.invoice = document
        """The document under check, under the name that the runner of all books gives it."""

    @cached_property
    def phases(self) -> tuple[str, ...]:
        """Each MDT-77 that stands in the file."""
        held = (decision.type_code for decision in self.invoice.decisions)
        return tuple(code for code in held if code is not None)

    @cached_property
    def status_codes(self) -> frozenset[str]:
        """Each MDT-105 that stands in the file."""
        return frozenset(
            reference.status_code
            for decision in self.invoice.decisions
            for reference in decision.references
            if reference.status_code is not None
        )

    @cached_property
    def to_ppf(self) -> bool:
        """Whether the public portal (0238, 0000, role DFH) is the only recipient with a number."""
        recipients = self.invoice.recipients
        numbers = [one for party in recipients for one in party.identifiers]
        return (
            len(numbers) == 1
            and (numbers[0].scheme, numbers[0].value) == (PPF.scheme, PPF.identifier)
            and any(party.role == PPF.role for party in recipients)
        )

    @cached_property
    def sender_numbers(self) -> tuple[str, ...]:
        """Platform numbers (scheme 0238) of the sender."""
        sender = self.invoice.sender
        held = sender.identifiers if sender else ()
        return tuple(one.value for one in held if one.scheme == PPF.scheme)

    @cached_property
    def _decisions(self) -> dict[int, Decision]:
        """The decision around each reference, which is known by its identity."""
        return {
            id(reference): decision
            for decision in self.invoice.decisions
            for reference in decision.references
        }

    @cached_property
    def _references(self) -> dict[int, Reference]:
        """The reference around each detail, which is known by its identity."""
        return {
            id(detail): reference
            for decision in self.invoice.decisions
            for reference in decision.references
            for detail in reference.details
        }

    def phase_of(self, reference: Reference) -> str | None:
        """Return MDT-77 above a referenced document."""
        return self._decisions[id(reference)].type_code

    def status_of(self, detail: Detail) -> str | None:
        """Return MDT-105 above a detail."""
        return self._references[id(detail)].status_code
