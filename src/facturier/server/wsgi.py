"""The entry point of the web server: ``granian --interface wsgi facturier.server.wsgi``."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from facturier.server.running import metrics

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "facturier.server.settings")
application = get_wsgi_application()
metrics.serve()
