"""Every address, by who asks: the public's pages and files, and the staff."""

from typing import Any

from tabulation.urls import converters as converters  # registers how codes stand in addresses
from tabulation.urls import data, public, staff

handler404 = "tabulation.views.missing.not_found"

urlpatterns: list[Any] = [*public.urlpatterns, *data.urlpatterns, *staff.urlpatterns]
