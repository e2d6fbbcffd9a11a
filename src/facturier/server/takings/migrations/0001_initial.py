"""Takings without invoice: choices, closures, layouts, files, days, their lines and entries."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('books', '0004_moved_lines'),
        ('documents', '0008_issued_elsewhere'),
        ('firm', '0005_second_factor'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DayTakings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='jour')),
                ('till', models.CharField(max_length=60, verbose_name='caisse')),
                ('count', models.PositiveIntegerField(default=0, verbose_name='tickets')),
                ('gross', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='TTC')),
                ('net', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='HT')),
                ('tax', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='TVA')),
                ('payments', models.JSONField(blank=True, default=dict, verbose_name='moyens de paiement')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='motif')),
                ('origin', models.CharField(choices=[('file', 'Fichier'), ('form', 'Saisie'), ('phone', 'Téléphone')], max_length=5, verbose_name='origine')),
                ('line', models.PositiveIntegerField(default=0, verbose_name='ligne')),
                ('at', models.DateTimeField(verbose_name='enregistrée le')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='takings', to='firm.dossier')),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='takings.daytakings')),
            ],
            options={
                'verbose_name': "recette d'un jour",
                'ordering': ('-day', 'till', '-pk'),
            },
        ),
        migrations.CreateModel(
            name='DayEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='takings_entries', to='firm.dossier')),
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='takings', to='books.entry')),
                ('takings', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='booked', to='takings.daytakings')),
            ],
            options={
                'verbose_name': 'écriture de recette',
            },
        ),
        migrations.CreateModel(
            name='TakingsChoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_active', models.BooleanField(default=True, verbose_name='recettes à saisir')),
                ('starts_on', models.DateField(verbose_name='recettes attendues à partir du')),
                ('weekdays', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), default=list, size=None, verbose_name="jours d'ouverture")),
                ('on_holidays', models.BooleanField(default=False, verbose_name='ouvert les jours fériés')),
                ('tills', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), size=None, verbose_name='caisses')),
                ('departments', models.JSONField(default=list, verbose_name='rayons')),
                ('dossier', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='takings_choice', to='firm.dossier')),
            ],
            options={
                'verbose_name': 'choix de recettes',
            },
        ),
        migrations.CreateModel(
            name='TillFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='nom')),
                ('state', models.CharField(choices=[('waiting', 'À confirmer'), ('taken', 'Importé'), ('partly', 'Importé en partie'), ('aside', 'Écarté')], default='waiting', max_length=8, verbose_name='état')),
                ('layout', models.JSONField(null=True)),
                ('till', models.CharField(blank=True, max_length=60, verbose_name='caisse')),
                ('days', models.PositiveIntegerField(default=0, verbose_name='jours importés')),
                ('problems', models.PositiveIntegerField(default=0, verbose_name='anomalies')),
                ('received_at', models.DateTimeField(verbose_name='reçu le')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='till_files', to='firm.dossier')),
                ('stored', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.storedbytes')),
            ],
            options={
                'verbose_name': 'fichier de caisse',
                'ordering': ('-received_at', '-pk'),
            },
        ),
        migrations.AddField(
            model_name='daytakings',
            name='file',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='taken', to='takings.tillfile'),
        ),
        migrations.CreateModel(
            name='TillLayout',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='nom')),
                ('layout', models.JSONField()),
                ('confirmed_at', models.DateTimeField(verbose_name='confirmée le')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='till_layouts', to='firm.dossier')),
            ],
            options={
                'verbose_name': 'correspondance de caisse',
                'ordering': ('-confirmed_at', '-pk'),
            },
        ),
        migrations.CreateModel(
            name='Closure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('start', models.DateField(verbose_name='du')),
                ('end', models.DateField(verbose_name='au')),
                ('reason', models.CharField(blank=True, max_length=100, verbose_name='motif')),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='closures', to='firm.dossier')),
            ],
            options={
                'verbose_name': 'fermeture',
                'ordering': ('start', 'pk'),
                'constraints': [models.CheckConstraint(condition=models.Q(('end__gte', models.F('start'))), name='closure_in_order')],
            },
        ),
        migrations.CreateModel(
            name='TakingsLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('category', models.CharField(choices=[('TLB1', 'Biens (TLB1)'), ('TPS1', 'Services (TPS1)'), ('TNT1', 'Non taxé en France (TNT1)'), ('TMA1', 'Marge (TMA1)')], max_length=4, verbose_name='catégorie')),
                ('rate', models.DecimalField(decimal_places=2, max_digits=5, verbose_name='taux')),
                ('gross', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='TTC')),
                ('net', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='HT')),
                ('tax', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='TVA')),
                ('line', models.PositiveIntegerField(default=0, verbose_name='ligne')),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='takings_lines', to='firm.dossier')),
                ('takings', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='takings.daytakings')),
            ],
            options={
                'verbose_name': 'ligne de recette',
                'ordering': ('pk',),
                'constraints': [models.CheckConstraint(condition=models.Q(('gross', django.db.models.expressions.CombinedExpression(models.F('net'), '+', models.F('tax')))), name='takings_add_up')],
            },
        ),
        migrations.AddIndex(
            model_name='tillfile',
            index=models.Index(fields=['dossier', '-received_at'], name='till_file_by_time'),
        ),
        migrations.AddIndex(
            model_name='daytakings',
            index=models.Index(fields=['dossier', 'day'], name='takings_by_day'),
        ),
        migrations.AddConstraint(
            model_name='daytakings',
            constraint=models.UniqueConstraint(condition=models.Q(('replaces', None)), fields=('dossier', 'day', 'till'), name='one_first_record_per_day'),
        ),
        migrations.AddConstraint(
            model_name='tilllayout',
            constraint=models.UniqueConstraint(fields=('dossier', 'name'), name='one_till_layout_per_name'),
        ),
    ]
