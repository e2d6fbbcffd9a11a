"""Mandates to invoice and the invoices written under them."""


import django.contrib.postgres.fields
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
            name='Mandate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('self-billing', 'Auto-facturation (le client écrit, cas 19b)'), ('third-party', 'Tiers facturant (un mandataire écrit, cas 19a)')], max_length=12, verbose_name='sorte')),
                ('giver_siren', models.CharField(blank=True, max_length=9, verbose_name='SIREN du vendeur')),
                ('giver_name', models.CharField(max_length=300, verbose_name='vendeur (donne le mandat)')),
                ('agent_siren', models.CharField(blank=True, max_length=9, verbose_name='SIREN de qui écrit')),
                ('agent_name', models.CharField(max_length=300, verbose_name='qui écrit (reçoit le mandat)')),
                ('is_written', models.BooleanField(default=True, verbose_name='mandat écrit')),
                ('types', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=3), blank=True, default=list, size=None, verbose_name='types (BT-3)')),
                ('products', models.CharField(blank=True, max_length=300, verbose_name='produits')),
                ('starts_on', models.DateField(verbose_name='à partir du')),
                ('ends_on', models.DateField(blank=True, null=True, verbose_name="jusqu'au")),
                ('contest_days', models.PositiveSmallIntegerField(default=30, verbose_name='délai de contestation (jours)')),
                ('prefix', models.CharField(blank=True, max_length=24, verbose_name='préfixe de la série')),
                ('used_before', models.PositiveBigIntegerField(default=0, verbose_name='dernier numéro déjà pris')),
                ('last_number', models.PositiveBigIntegerField(default=0, verbose_name='dernier numéro')),
                ('evidence_name', models.CharField(blank=True, max_length=200, verbose_name='pièce')),
                ('at', models.DateTimeField(verbose_name='inscrit le')),
                ('ended_why', models.CharField(blank=True, max_length=200, verbose_name='fin : motif')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='fin inscrite le')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mandates', to='firm.dossier')),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('evidence', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.storedbytes')),
            ],
            options={
                'verbose_name': 'mandat de facturation',
                'ordering': ('-starts_on', '-pk'),
            },
        ),
        migrations.CreateModel(
            name='MandatedDocument',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('self-billing', 'Auto-facturation (le client écrit, cas 19b)'), ('third-party', 'Tiers facturant (un mandataire écrit, cas 19a)')], max_length=12)),
                ('giver_siren', models.CharField(blank=True, max_length=9)),
                ('giver_name', models.CharField(blank=True, max_length=300)),
                ('agent_siren', models.CharField(blank=True, max_length=9)),
                ('agent_name', models.CharField(blank=True, max_length=300)),
                ('counter', models.PositiveBigIntegerField(null=True)),
                ('why_none', models.CharField(blank=True, max_length=400)),
                ('document', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='mandated', to='documents.document')),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mandated', to='firm.dossier')),
                ('mandate', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='covered', to='mandates.mandate')),
            ],
            options={
                'verbose_name': 'facture sous mandat',
            },
        ),
        migrations.AddIndex(
            model_name='mandate',
            index=models.Index(fields=['dossier', 'kind', '-starts_on'], name='mandate_by_kind'),
        ),
        migrations.AddConstraint(
            model_name='mandate',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on', None), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='mandate_in_order'),
        ),
        migrations.AddConstraint(
            model_name='mandate',
            constraint=models.UniqueConstraint(condition=models.Q(('prefix', ''), _negated=True), fields=('dossier', 'prefix'), name='one_mandate_per_series'),
        ),
        migrations.AddIndex(
            model_name='mandateddocument',
            index=models.Index(fields=['dossier', 'kind', 'giver_siren'], name='mandated_by_giver'),
        ),
        migrations.AddIndex(
            model_name='mandateddocument',
            index=models.Index(fields=['dossier', 'mandate', 'counter'], name='mandated_by_rank'),
        ),
    ]
