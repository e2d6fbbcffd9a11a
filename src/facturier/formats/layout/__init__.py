"""The layout of a readable invoice: French words and figures, one neutral sheet, two ways to draw.

``reading`` shows each value in French and remembers which ones were placed; ``sheet`` arranges
them as a French firm would and puts what is left under « Autres données », so that no datum is
ever hidden; ``web`` draws the sheet as HTML, ``printed`` as PDF (template ``invoice.typ``).
"""
