"""What gunicorn serves: `gunicorn tabulation.wsgi`."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection

from tabulation.database import limits

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tabulation.settings")
application = get_wsgi_application()

# Models are there since the line above. The addresses are read now: the first who asks whether we
# are well waits for no import.
from tabulation import urls as urls  # noqa: E402
from tabulation.public import made  # noqa: E402

# Pages wait for the database no longer than this; commands as long as their work takes.
connection.settings_dict["PATIENCE"] = limits.web(settings.STATEMENT_SECONDS)
# What takes long is made once a host; commands and tests make it anew.
made.folder = settings.MADE
