"""The firm: cabinets, the dossiers they keep, the people and what each may see."""
