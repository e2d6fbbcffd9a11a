"""Tickets to invoice and their invoices."""


import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('documents', '0014_document_by_number'),
        ('firm', '0006_since'),
        ('takings', '0002_walls'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Ticket',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='jour')),
                ('till', models.CharField(max_length=60, verbose_name='caisse')),
                ('number', models.CharField(max_length=40, verbose_name='n° de ticket')),
                ('parts', models.JSONField()),
                ('gross', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='TTC')),
                ('means', models.CharField(default='carte', max_length=10, verbose_name='payé par')),
                ('at', models.DateTimeField(verbose_name='lien donné le')),
                ('expires_at', models.DateTimeField(verbose_name="lien valable jusqu'au")),
                ('asked_at', models.DateTimeField(null=True, verbose_name='facture demandée le')),
                ('buyer', models.JSONField(blank=True, default=dict)),
                ('cancelled_at', models.DateTimeField(null=True, verbose_name='annulé en caisse le')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('cancelled_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tickets', to='firm.dossier')),
                ('taken_out_of', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='without_tickets', to='takings.daytakings')),
            ],
            options={
                'verbose_name': 'ticket à facturer',
                'ordering': ('-day', '-pk'),
            },
        ),
        migrations.CreateModel(
            name='TicketInvoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=35, verbose_name='numéro')),
                ('process', models.CharField(max_length=2, verbose_name='cadre (BT-23)')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ticket_invoices', to='firm.dossier')),
                ('flow', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='ticket_invoice', to='documents.flow')),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='tickets.ticket')),
            ],
            options={
                'verbose_name': "facture d'un ticket",
                'ordering': ('pk',),
            },
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.UniqueConstraint(fields=('dossier', 'day', 'till', 'number'), name='one_ticket_per_number'),
        ),
        migrations.AddIndex(
            model_name='ticketinvoice',
            index=models.Index(fields=['dossier', 'ticket'], name='ticket_invoice'),
        ),
    ]
