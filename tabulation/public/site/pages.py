"""Pages for people, and the parts of pages that others may show."""

from tabulation.ledger.differences import CHANGED
from tabulation.public import addresses as of
from tabulation.public.declaration import (
    ASKED,
    DATA,
    FEW,
    OTHERS,
    Turn,
    embed,
    one_of,
    page,
)
from tabulation.public.files import feed
from tabulation.public.files.statement import CSV
from tabulation.public.pages import (
    candidates,
    differences,
    embeds,
    finding,
    how,
    outcome,
    overview,
    pages,
    pictures,
    screen,
    station_list,
    turnout,
)
from tabulation.public.pages.asking import FILTERS
from tabulation.public.pages.differences import NEWLY_COUNTED

HOT, NUMBER, AREAS, LATER, WHEN_ASKED, NEVER = Turn
ELECTION = "<slug:slug>/"
CONTEST = f"{ELECTION}<slug:contest>/"
STEP = f"{CONTEST}difference/<int:earlier>/<int:later>/"

#: Pages for people.
PEOPLE = (
    page(
        "archive",
        "",
        overview.archive,
        "Every election with published results",
        addresses=of.of_the_site,
        turn=HOT,
    ),
    page(
        "election",
        ELECTION,
        overview.election_page,
        "The newest results of an election: each contest, its areas",
        turn=HOT,
    ),
    page(
        "how",
        f"{ELECTION}how/",
        how.how_page,
        "How the results of an election are made: its lines, relations, rule",
    ),
    page(
        "candidate",
        f"{CONTEST}candidate/<int:candidate>/",
        candidates.candidate_page,
        "A candidate: votes and shares in every area",
        addresses=of.candidates,
    ),
    page(
        "outcome",
        f"{CONTEST}outcome/",
        outcome.outcome_page,
        "What the rule makes of the newest figures, step by step",
    ),
    page(
        "outcome-in",
        f"{CONTEST}outcome/<int:number>/",
        outcome.outcome_page,
        "What the rule made of the figures of one publication",
        addresses=of.by_number,
        turn=WHEN_ASKED,
        past=True,
    ),
    page(
        "publications",
        f"{ELECTION}publications/",
        pages.publications_page,
        "Every publication of an election, with its files",
        turn=HOT,
    ),
    page(
        "publication",
        f"{ELECTION}publications/<int:number>/",
        overview.election_page,
        "The results as they stood in one publication",
        addresses=of.publications,
        turn=WHEN_ASKED,
        past=True,
    ),
    page(
        "area-page",
        f"{CONTEST}area/<code:code>/-/<int:page>/",
        one_of(pages.area_pages),
        "More of the polling stations of an area, 500 to a page",
        addresses=of.further_pages_of_areas,
        turn=AREAS,
    ),
    page(
        "area",
        f"{CONTEST}area/<code:code>/",
        one_of(pages.area_pages),
        "An area: its sums, the areas and polling stations in it",
        addresses=of.areas,
        many=pages.area_pages,
        turn=AREAS,
    ),
    page(
        "station",
        f"{CONTEST}station/<code:code>/",
        one_of(pages.station_pages),
        "A polling station: its protocol line by line, its checks",
        addresses=of.stations,
        many=pages.station_pages,
        stations=FEW,
    ),
    page(
        "turnout",
        f"{CONTEST}turnout/",
        turnout.turnout_page,
        "Turnout by the hour in the whole contest and the areas below",
    ),
    page(
        "turnout-area",
        f"{CONTEST}turnout/<code:code>/",
        turnout.turnout_page,
        "Turnout by the hour in an area and below it",
        addresses=of.turnout_of_areas,
    ),
    page(
        "difference",
        STEP,
        differences.page_of("difference", CHANGED),
        "What changed from one publication to a later one",
        addresses=of.steps,
    ),
    page(
        "difference-page",
        f"{STEP}-/<int:page>/",
        differences.page_of("difference", CHANGED),
        "More of what changed, 500 polling stations to a page",
        addresses=of.pages_of_steps(CHANGED),
        turn=WHEN_ASKED,
    ),
    page(
        "newly-counted",
        f"{STEP}newly-counted/",
        differences.page_of("newly_counted", NEWLY_COUNTED),
        "What was counted from one publication to a later one",
        addresses=of.steps,
    ),
    page(
        "newly-counted-page",
        f"{STEP}newly-counted/-/<int:page>/",
        differences.page_of("newly_counted", NEWLY_COUNTED),
        "More of what was counted, 500 to a page",
        addresses=of.pages_of_steps(NEWLY_COUNTED),
        turn=WHEN_ASKED,
    ),
    page(
        "feed",
        f"{ELECTION}feed.xml",
        feed.feed_xml,
        "The newest 100 publications as an Atom feed",
        tag=OTHERS,
        media_type=feed.ATOM,
        in_language=True,
    ),
    page(
        "screen",
        f"{ELECTION}screen/",
        screen.screen_page,
        "The newest results in large letters, for the wall of a hall",
        turn=HOT,
    ),
    page(
        "embedding",
        f"{CONTEST}embed/",
        embeds.embedding_page,
        "What can be embedded of a contest, with the code to copy",
        tag=OTHERS,
    ),
)
#: Parts of pages: the only ones that may stand in others' frames.
PARTS = (
    embed(
        "embed-area",
        f"{CONTEST}area/<code:code>/results/",
        embeds.embed_area,
        "The results of an area, for a frame",
        addresses=of.areas,
        turn=NEVER,
    ),
    embed(
        "embed-station",
        f"{CONTEST}station/<code:code>/",
        embeds.embed_station,
        "The results of a polling station, for a frame",
        addresses=of.stations,
        stations=FEW,
        turn=NEVER,
    ),
    embed(
        "embed",
        f"{CONTEST}<slug:what>/",
        embeds.embed_page,
        "A part of a contest's newest results, for a frame",
        addresses=of.parts_to_embed,
    ),
)
PICTURES = (
    page(
        "map",
        f"{CONTEST}map/",
        pictures.picture_page("map"),
        "Who leads where: a map, or a mosaic of polling stations",
    ),
    page(
        "map-turnout",
        f"{CONTEST}map/turnout/",
        pictures.picture_page("map-turnout"),
        "Turnout by place: a map, or a mosaic of polling stations",
    ),
    page(
        "night",
        f"{CONTEST}night/",
        pictures.picture_page("night"),
        "Results through the night, publication by publication",
    ),
    page(
        "scatter",
        f"{CONTEST}scatter/",
        pictures.picture_page("scatter"),
        "Turnout against share, each polling station",
    ),
)
#: Search and lists: the only ones that read a query string.
LISTS = (
    page(
        "find",
        f"{CONTEST}find/",
        finding.find_page,
        "Find a polling station by code, place or address",
        cache=ASKED,
        turn=NEVER,
        query=("q",),
        asked=("", "?q=Stepanakert", "?q=nowhere"),
    ),
    page(
        "stations",
        f"{CONTEST}stations/",
        station_list.station_list,
        "Every polling station, filtered and sorted",
        cache=ASKED,
        turn=NEVER,
        in_language=True,
        query=(*FILTERS, "sort", "page"),
        asked=("", "?status=annulled&area=1"),
    ),
    page(
        "stations-csv",
        f"{CONTEST}stations.csv",
        station_list.station_file,
        "The polling stations that the filters leave",
        tag=DATA,
        media_type=CSV,
        cache=ASKED,
        turn=NEVER,
        in_language=True,
        query=(*FILTERS, "sort"),
    ),
)
