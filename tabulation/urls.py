"""Every address, by who asks: the staff, and the public's pages and files (`public/site`)."""

from typing import Any

from django.conf.urls.i18n import i18n_patterns

from tabulation.public import views as public
from tabulation.staff import urls as staff

handler404 = "tabulation.public.views.not_found"
handler500 = "tabulation.public.views.failed"

urlpatterns: list[Any] = [
    # /staff/ in English, /hy/staff/ and so on; first, or it would be an election of that name
    *i18n_patterns(*staff.urlpatterns, prefix_default_language=False),
    *public.urlpatterns,
]
