"""Why an act of the commission was not recorded. Each message is a sentence for who asked."""


class ActRefused(Exception):
    """Nothing was recorded; the message says why."""


class NothingPublished(ActRefused):
    """The commission decides on published figures, and there are none."""
