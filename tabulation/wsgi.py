"""What gunicorn serves: `gunicorn tabulation.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tabulation.settings")
application = get_wsgi_application()
