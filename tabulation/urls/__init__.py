"""Every address, by who asks: the public's pages and files, and the staff."""

from typing import Any

from django.conf.urls.i18n import i18n_patterns

from tabulation.urls import converters as converters  # registers how codes stand in addresses
from tabulation.urls import data, public, staff

handler404 = "tabulation.views.missing.not_found"

urlpatterns: list[Any] = [
    # /staff/ in English, /hy/staff/ and so on; first, or it would be an election of that name
    *i18n_patterns(*staff.urlpatterns, prefix_default_language=False),
    *public.urlpatterns,
    *data.urlpatterns,
]
