"""Every address, by who asks: the public's pages and files, and the staff."""

from typing import Any

from django.conf.urls.i18n import i18n_patterns

from tabulation.languages import converters as converters  # registers how codes stand in addresses
from tabulation.public import data_urls, page_urls
from tabulation.staff import urls

handler404 = "tabulation.public.views.missing.not_found"

urlpatterns: list[Any] = [
    # /staff/ in English, /hy/staff/ and so on; first, or it would be an election of that name
    *i18n_patterns(*urls.urlpatterns, prefix_default_language=False),
    *page_urls.urlpatterns,
    *data_urls.urlpatterns,
]
