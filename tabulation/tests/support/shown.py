"""What a station's page names as shown, for forms that a test sends without reading the page."""

from tabulation.counting.seen import seen_of, with_last_event
from tabulation.models import Protocol


def shown(protocol: Protocol) -> str:
    """The name of ``protocol`` as it is now."""
    return seen_of(with_last_event(Protocol.objects.filter(pk=protocol.pk)).get())
