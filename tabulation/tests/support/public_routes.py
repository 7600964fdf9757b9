"""The public's routes by name."""

from typing import Any

from tabulation.public import views


def routes() -> dict[str, Any]:
    """The public's routes by name; what the staff signs in at is no address of the public."""
    return {str(route.name): route for route in views.urlpatterns}
