"""The signing keys of webhooks are sealed like every other secret."""

import base64
import hashlib

import facturier.server.firm.sealed
from cryptography.fernet import Fernet
from django.conf import settings
from django.db import migrations


def seal_anew(apps, schema_editor):
    """Open each key with the box that webhooks had of their own, seal it with the common one."""
    secret = hashlib.sha256(b"facturier webhook\0" + settings.SECRET_KEY.encode()).digest()
    former = Fernet(base64.urlsafe_b64encode(secret))
    rows = apps.get_model("api", "Webhook").objects.using(schema_editor.connection.alias)
    for one in rows.all():
        key = former.decrypt(one.sealed_key.encode())
        one.sealed_key = facturier.server.firm.sealed.seal(base64.b64encode(key).decode())
        one.save(update_fields=["sealed_key"])


class Migration(migrations.Migration):
    dependencies = [("api", "0004_requests")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE api_webhook ALTER COLUMN sealed_key TYPE text"
            " USING convert_from(sealed_key, 'UTF8')",
            "ALTER TABLE api_webhook ALTER COLUMN sealed_key TYPE bytea"
            " USING convert_to(sealed_key, 'UTF8')",
            state_operations=[
                migrations.AlterField(
                    "webhook", "sealed_key",
                    facturier.server.firm.sealed.SealedText(editable=False),
                ),
            ],
        ),
        migrations.RunPython(seal_anew, migrations.RunPython.noop),
    ]
