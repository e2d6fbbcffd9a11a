"""Fields of the forms of several pages."""

from __future__ import annotations

from django import forms


class DayField(forms.DateField):
    """A day, typed or chosen in the browser's calendar."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
