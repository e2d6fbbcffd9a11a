"""Wake-up calls. A job says "this dossier has work"; what the work is stands in rows."""
