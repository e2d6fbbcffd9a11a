"""VAT breakdowns of documents, and credits that a person typed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('documents', '0014_document_by_number'),
        ('firm', '0006_since'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Breakdown',
            fields=[
                ('document', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='breakdown', serialize=False, to='documents.document')),
                ('parts', models.JSONField(default=list)),
                ('paid', models.DecimalField(decimal_places=2, default=0, max_digits=18, verbose_name='déjà payé')),
                ('gross', models.DecimalField(decimal_places=2, default=0, max_digits=18, verbose_name='TTC')),
                ('problem', models.TextField(blank=True, verbose_name='empêchement')),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='breakdowns', to='firm.dossier')),
            ],
            options={
                'verbose_name': 'ventilation de TVA',
            },
        ),
        migrations.CreateModel(
            name='CreditBrought',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('start', models.DateField(verbose_name='période du')),
                ('amount', models.DecimalField(decimal_places=0, max_digits=14, verbose_name='montant')),
                ('at', models.DateTimeField(verbose_name='saisi le')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='vat_credits', to='firm.dossier')),
            ],
            options={
                'verbose_name': 'crédit de TVA reporté',
                'ordering': ('-start', '-pk'),
                'indexes': [models.Index(fields=['dossier', 'start'], name='vat_credit_by_period')],
            },
        ),
    ]
