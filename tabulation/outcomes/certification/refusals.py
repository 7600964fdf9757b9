"""Why an act of the commission was not recorded. Each message is a sentence for who asked."""


class ActRefused(Exception):
    """Nothing was recorded; the message says why."""


class NothingPublished(ActRefused):
    """The commission decides on published figures, and there are none."""


class FiguresChanged(ActRefused):
    """The figures are not, or not any more, those that the commission had before it."""


class OpenStations(ActRefused):
    """Stations are open, and the decision does not list exactly these."""


class LotMissing(ActRefused):
    """The rule stops at a tie, and no lot is recorded for it."""


class LotNotAskedFor(ActRefused):
    """No tie of the published figures asks for this lot."""


class VoteDoesNotCarry(ActRefused):
    """The vote does not add up, or is not for it."""


class DecidedAlready(ActRefused):
    """There is a decision, and nothing has changed since."""


class NoDecision(ActRefused):
    """No decision that stands asks for this."""


class RoundExists(ActRefused):
    """The second round was made before."""
