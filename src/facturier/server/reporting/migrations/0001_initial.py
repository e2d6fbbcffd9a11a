"""Declarations of e-reporting: qualifications, figures, declarations, what was sent."""

import datetime
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('documents', '0007_no_portal_messages'),
        ("firm", "0004_find_by_siren"),
        ('portal', '0002_walls'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Declaration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('SE', 'Ventes'), ('BY', 'Achats')], max_length=2, verbose_name='côté')),
                ('data', models.CharField(choices=[('transactions', 'Transactions'), ('paiements', 'Encaissements')], max_length=12, verbose_name='données')),
                ('start', models.DateField(verbose_name='du')),
                ('end', models.DateField(verbose_name='au')),
                ('regime', models.CharField(choices=[('mensuel', 'réel normal mensuel'), ('trimestriel', 'réel normal trimestriel'), ('simplifie', "régime simplifié d'imposition"), ('franchise', 'franchise en base de TVA')], max_length=12)),
                ('due_on', models.DateField(verbose_name='à remettre au plus tard le')),
                ('due_at', models.DateTimeField(verbose_name='à transmettre avant')),
                ('state', models.CharField(choices=[('open', 'Ouverte'), ('empty', 'Rien à déclarer'), ('ready', 'À transmettre'), ('sent', 'Transmise'), ('accepted', 'Acceptée'), ('refused', 'Refusée'), ('to-rectify', 'À rectifier'), ('rectified', 'Rectifiée')], default='open', max_length=10, verbose_name='état')),
                ('is_stale', models.BooleanField(default=True)),
                ('sums', models.JSONField(blank=True, default=list)),
                ('count', models.PositiveIntegerField(default=0, verbose_name='montants')),
                ('left_out', models.PositiveIntegerField(default=0, verbose_name='opérations non déclarées')),
                ('obstacle', models.TextField(blank=True, verbose_name='empêchement')),
                ('warned_on', models.DateField(null=True, verbose_name='averti le')),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='declarations', to='firm.dossier')),
            ],
            options={
                'verbose_name': 'déclaration',
                'ordering': ('-start', 'data', '-role'),
            },
        ),
        migrations.CreateModel(
            name='FigureRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('SE', 'Ventes'), ('BY', 'Achats')], max_length=2)),
                ('data', models.CharField(choices=[('transactions', 'Transactions'), ('paiements', 'Encaissements')], max_length=12)),
                ('block', models.CharField(choices=[('10.1', 'Factures internationales'), ('10.2', 'Encaissements de factures internationales'), ('10.3', 'Ventes aux particuliers et non-assujettis'), ('10.4', 'Encaissements de ventes aux particuliers')], max_length=4)),
                ('day', models.DateField(verbose_name='jour')),
                ('number', models.CharField(blank=True, max_length=200)),
                ('category', models.CharField(blank=True, max_length=4)),
                ('rate', models.DecimalField(decimal_places=3, max_digits=7)),
                ('country', models.CharField(blank=True, max_length=2)),
                ('currency', models.CharField(max_length=3)),
                ('base', models.DecimalField(decimal_places=2, max_digits=18)),
                ('tax', models.DecimalField(decimal_places=2, max_digits=18)),
                ('document', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='figures', to='documents.document')),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='figures', to='firm.dossier')),
                ('event', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='figures', to='documents.event')),
            ],
            options={
                'verbose_name': 'montant déclaré',
            },
        ),
        migrations.CreateModel(
            name='LeftOutRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('SE', 'Ventes'), ('BY', 'Achats')], max_length=2)),
                ('data', models.CharField(choices=[('transactions', 'Transactions'), ('paiements', 'Encaissements')], max_length=12)),
                ('day', models.DateField(verbose_name='jour')),
                ('reason', models.TextField(verbose_name='motif')),
                ('document', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='left_out', to='documents.document')),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='left_out', to='firm.dossier')),
                ('event', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='left_out', to='documents.event')),
            ],
            options={
                'verbose_name': 'opération non déclarée',
            },
        ),
        migrations.CreateModel(
            name='Qualification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(blank=True, choices=[('SE', 'Ventes'), ('BY', 'Achats')], max_length=2)),
                ('block', models.CharField(blank=True, max_length=4, verbose_name='flux')),
                ('reason', models.TextField(verbose_name='motif')),
                ('receipts_block', models.CharField(blank=True, max_length=4, verbose_name='flux des encaissements')),
                ('receipts_reason', models.TextField(blank=True, verbose_name='motif pour les encaissements')),
                ('remarks', models.JSONField(blank=True, default=list, verbose_name='remarques')),
                ('document', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='qualification', to='documents.document')),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='qualifications', to='firm.dossier')),
            ],
            options={
                'verbose_name': 'qualification',
            },
        ),
        migrations.CreateModel(
            name='ReportingChoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_on', models.DateField(default=datetime.date(2026, 9, 1), verbose_name='déclare à partir du')),
                ('is_automatic', models.BooleanField(default=False, verbose_name='transmission automatique')),
                ('dossier', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='reporting_choice', to='firm.dossier')),
            ],
            options={
                'verbose_name': "choix d'e-reporting",
            },
        ),
        migrations.CreateModel(
            name='Sending',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('IN', 'Initiale'), ('RE', 'Rectificative')], max_length=2, verbose_name='nature')),
                ('identifier', models.CharField(max_length=50, verbose_name='identifiant (TT-1)')),
                ('changes', models.JSONField(blank=True, default=list)),
                ('made_at', models.DateTimeField(verbose_name='faite le')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ('declaration', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sendings', to='reporting.declaration')),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sendings', to='firm.dossier')),
                ('file', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='sending', to='portal.portalfile')),
            ],
            options={
                'verbose_name': 'transmission',
                'ordering': ('pk',),
            },
        ),
        migrations.AddIndex(
            model_name='declaration',
            index=models.Index(condition=models.Q(('is_stale', True), ('state__in', ('open', 'sent')), _connector='OR'), fields=['dossier'], name='declaration_to_look_at'),
        ),
        migrations.AddConstraint(
            model_name='declaration',
            constraint=models.UniqueConstraint(fields=('dossier', 'role', 'data', 'start'), name='one_declaration_per_period'),
        ),
        migrations.AddIndex(
            model_name='figurerow',
            index=models.Index(fields=['dossier', 'data', 'role', 'day'], name='figure_by_day'),
        ),
        migrations.AddIndex(
            model_name='leftoutrow',
            index=models.Index(fields=['dossier', 'data', 'role', 'day'], name='left_out_by_day'),
        ),
        migrations.AddConstraint(
            model_name='sending',
            constraint=models.UniqueConstraint(fields=('dossier', 'identifier'), name='one_sending_per_tt1'),
        ),
    ]
