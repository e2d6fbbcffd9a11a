# ruff: noqa: D106 - Meta is configuration of Django
"""What the API remembers of programs: how many requests each made lately."""

from __future__ import annotations

from django.db import models


class RateWindow(models.Model):
    """Requests of one program in the current period and in the one before."""

    client = models.OneToOneField(
        "allauth_idp_oidc.Client", models.CASCADE, primary_key=True, related_name="rate"
    )
    period = models.BigIntegerField()
    """Number of the current period since the epoch."""
    count = models.IntegerField()
    previous = models.IntegerField()

    class Meta:
        verbose_name = "nombre d'appels"

    def __str__(self) -> str:
        return f"{self.client_id} : {self.count}"
