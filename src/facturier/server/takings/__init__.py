"""Takings without invoice of each dossier: days of tills, typed, phoned in or read from files.

:mod:`.models` keeps each day as it was said and every correction behind it; :mod:`.keeping` records
days, refuses the second record of one and books them; :mod:`.imports` reads files of tills;
:mod:`.told` gives declarations what they tell; :mod:`.chasing` names the days nobody told. What
decides is :mod:`facturier.reporting`.
"""
