"""Accounts with their own labels, books taken over from another program, locked periods."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('books', '0005_withdrawn'),
        ('documents', '0013_unsent_messages'),
        ('firm', '0006_since'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, verbose_name='compte')),
                ('auxiliary', models.CharField(blank=True, max_length=30, verbose_name='compte auxiliaire')),
                ('label', models.CharField(max_length=300, verbose_name='libellé')),
            ],
            options={
                'verbose_name': 'compte',
                'ordering': ('number', 'auxiliary'),
            },
        ),
        migrations.CreateModel(
            name='PeriodLock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('until', models.DateField(verbose_name="jusqu'au")),
                ('is_year', models.BooleanField(default=False, verbose_name="clôture d'exercice")),
                ('at', models.DateTimeField(verbose_name='posé le')),
            ],
            options={
                'verbose_name': 'verrou de période',
                'ordering': ('-at', '-pk'),
            },
        ),
        migrations.CreateModel(
            name='Takeover',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='nom')),
                ('state', models.CharField(choices=[('waiting', 'À confirmer'), ('taken', 'Repris'), ('aside', 'Écarté')], default='waiting', max_length=8, verbose_name='état')),
                ('entries', models.PositiveIntegerField(default=0, verbose_name='écritures')),
                ('doubts', models.JSONField(default=list)),
                ('received_at', models.DateTimeField(verbose_name='reçu le')),
                ('taken_at', models.DateTimeField(null=True, verbose_name='repris le')),
            ],
            options={
                'verbose_name': 'reprise de FEC',
                'ordering': ('-received_at', '-pk'),
            },
        ),
        migrations.AddField(
            model_name='entryline',
            name='currency',
            field=models.CharField(blank=True, db_default='', max_length=3, verbose_name='devise'),
        ),
        migrations.AddField(
            model_name='entryline',
            name='currency_amount',
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True, verbose_name='montant en devise'),
        ),
        migrations.AddField(
            model_name='entryline',
            name='piece',
            field=models.CharField(blank=True, db_default='', max_length=200, verbose_name='pièce'),
        ),
        migrations.AddField(
            model_name='entryline',
            name='piece_date',
            field=models.DateField(blank=True, null=True, verbose_name='date de pièce'),
        ),
        migrations.AddField(
            model_name='account',
            name='dossier',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to='firm.dossier'),
        ),
        migrations.AddField(
            model_name='periodlock',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='periodlock',
            name='dossier',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='locks', to='firm.dossier'),
        ),
        migrations.AddField(
            model_name='takeover',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='takeover',
            name='dossier',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='takeovers', to='firm.dossier'),
        ),
        migrations.AddField(
            model_name='takeover',
            name='stored',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.storedbytes'),
        ),
        migrations.AddField(
            model_name='entry',
            name='taken_over',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='rows', to='books.takeover'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.UniqueConstraint(fields=('dossier', 'number', 'auxiliary'), name='one_account_per_number'),
        ),
        migrations.AddIndex(
            model_name='periodlock',
            index=models.Index(fields=['dossier', '-at'], name='lock_by_time'),
        ),
        migrations.AddIndex(
            model_name='takeover',
            index=models.Index(fields=['dossier', '-received_at'], name='takeover_by_time'),
        ),
    ]
