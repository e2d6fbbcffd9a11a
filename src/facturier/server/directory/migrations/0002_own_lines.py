"""The addresses of the dossiers served here are published as soon as they are there."""

from django.db import migrations

PUBLISH = """
CREATE FUNCTION directory_publish(address text, dossier_siren text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    today date := (clock_timestamp() AT TIME ZONE 'Europe/Paris')::date;
    unit text := CASE WHEN address ~ '^[0-9]{9}(_|$)' THEN left(address, 9) ELSE dossier_siren END;
    rest text := CASE WHEN address ~ '^[0-9]{9}_' THEN substr(address, 11) ELSE '' END;
    place text := CASE WHEN rest ~ '^[0-9]{14}(_|$)' AND left(rest, 9) = unit
                       THEN left(rest, 14) ELSE '' END;
    code text := CASE WHEN place <> '' THEN substr(rest, 16) ELSE '' END;
BEGIN
    INSERT INTO directory_line (about, key, own, recorded_at, identifier, siren, siret, routing,
                                routing_scheme, suffix, platform, nature, start)
    VALUES (lower(address), lower(address) || '|' || today || '|D', true, clock_timestamp(), address,
            unit, place, code, CASE WHEN code <> '' THEN '0224' ELSE '' END,
            CASE WHEN place = '' THEN rest ELSE '' END, '', 'D', today)
    -- taken up again on the day on which it was ended
    ON CONFLICT (key, own) WHERE replaced_at IS NULL DO UPDATE SET "end" = NULL;
END $$;

CREATE FUNCTION directory_withdraw(address text) RETURNS void LANGUAGE sql AS $$
    WITH ended AS (
        UPDATE directory_line SET replaced_at = clock_timestamp()
        WHERE own AND replaced_at IS NULL AND "end" IS NULL AND about = lower(address)
        RETURNING *)
    INSERT INTO directory_line (about, key, own, recorded_at, identifier, siren, siret, routing,
                                routing_scheme, suffix, platform, nature, start, "end")
    SELECT about, key || '|' || extract(epoch FROM clock_timestamp()), own, clock_timestamp(),
           identifier, siren, siret, routing, routing_scheme, suffix, platform, nature, start,
           (clock_timestamp() AT TIME ZONE 'Europe/Paris')::date
    FROM ended
$$;

CREATE FUNCTION directory_describe(dossier_siren text, dossier_siret text, title text,
                                   street text, more text, code text, town text, country text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO directory_legalunit (about, key, own, recorded_at, siren, name, status, kind,
                                     diffusion)
    VALUES (dossier_siren, dossier_siren, true, clock_timestamp(), dossier_siren, title, 'A', 'A', '')
    ON CONFLICT (key, own) WHERE replaced_at IS NULL DO UPDATE SET name = excluded.name;
    IF dossier_siret <> '' THEN
        INSERT INTO directory_facility (about, key, own, recorded_at, siret, siren, name, status,
            kind, diffusion, line_1, line_2, line_3, city, post_code, subdivision, country)
        VALUES (dossier_siret, dossier_siret, true, clock_timestamp(), dossier_siret, dossier_siren,
                title, 'A', 'P', '', street, more, '', town, code, '', country)
        ON CONFLICT (key, own) WHERE replaced_at IS NULL DO UPDATE SET
            name = excluded.name, line_1 = excluded.line_1, line_2 = excluded.line_2,
            city = excluded.city, post_code = excluded.post_code, country = excluded.country;
    END IF;
END $$;

CREATE FUNCTION directory_dossier_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND (TG_OP = 'DELETE'
            OR NEW.electronic_address <> OLD.electronic_address) THEN
        PERFORM directory_withdraw(OLD.electronic_address);
    END IF;
    IF TG_OP = 'INSERT'
            OR (TG_OP = 'UPDATE' AND NEW.electronic_address <> OLD.electronic_address) THEN
        PERFORM directory_publish(NEW.electronic_address, NEW.siren);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM directory_describe(NEW.siren, NEW.siret, NEW.name, NEW.address_line,
                                   NEW.address_line_2, NEW.post_code, NEW.city, NEW.country_code);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER published AFTER INSERT OR UPDATE OR DELETE ON firm_dossier
    FOR EACH ROW EXECUTE FUNCTION directory_dossier_changed();

SELECT directory_publish(electronic_address, siren),
       directory_describe(siren, siret, name, address_line, address_line_2, post_code, city,
                          country_code)
FROM firm_dossier;
"""
UNDO = """
DROP TRIGGER published ON firm_dossier;
DROP FUNCTION directory_dossier_changed();
DROP FUNCTION directory_describe(text, text, text, text, text, text, text, text);
DROP FUNCTION directory_withdraw(text);
DROP FUNCTION directory_publish(text, text);
"""


class Migration(migrations.Migration):
    dependencies = [("directory", "0001_initial"), ("firm", "0004_find_by_siren")]
    operations = [migrations.RunSQL(PUBLISH, UNDO)]
