"""Why nothing was published. Each message is a sentence for the person who asked."""


class PublicationRefused(Exception):
    """Nothing was published; the message says why."""


class NothingToPublish(PublicationRefused):
    """Nothing has changed since the last publication."""


class DecisionMissing(PublicationRefused):
    """This status word is the commission's, and comes with the number of its decision."""


class NotComplete(PublicationRefused):
    """Results are certified when every station is counted or annulled, not before."""


class NotAutomatic(PublicationRefused):
    """Only part of a count is published by itself: the rest is a person's."""


class AlreadyPublished(PublicationRefused):
    """Another publication came out since the person looked at what the next would say."""


class PreviewChanged(PublicationRefused):
    """What would be published is not what the person looked at.

    ``final``: this publication would carry the commission's word, and must be what it saw.
    """

    def __init__(self, message: str, *, final: bool) -> None:
        super().__init__(message)
        self.final = final
