"""What gunicorn serves: `gunicorn tabulation.wsgi`. Ready documents first, then Django."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tabulation.settings")
django = get_wsgi_application()

from tabulation.public.serving import Ready  # noqa: E402  # Django is set up first

application = Ready(django, settings.PACK)
