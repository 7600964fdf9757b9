"""Why nothing was published. Each message is a sentence for the person who asked."""


class PublicationRefused(Exception):
    """Nothing was published; the message says why."""


class NothingToPublish(PublicationRefused):
    """Nothing has changed since the last publication."""


class PreviewChanged(PublicationRefused):
    """What would be published is not what the person looked at.

    ``final``: this publication would carry the commission's word, and must be what it saw.
    """

    def __init__(self, message: str, *, final: bool) -> None:
        super().__init__(message)
        self.final = final


class PapersFailed(Exception):
    """The documents of a publication could not be made now, and nothing was published; the message
    says so.
    """
