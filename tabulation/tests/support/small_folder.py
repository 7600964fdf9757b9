"""The smallest election folder that has everything, and shapes for its areas."""

from typing import Any

FOLDER = {
    "election.toml": """
[election]
slug = "small"
name = "Small election"
name_hy = "Փոքր ընտրություն"
kind = "rehearsal"
time_zone = "Asia/Yerevan"
announced = 2012-05-01
polling_days = [2012-07-19, 2012-08-02]
inauguration = 2012-09-07
entries_required = 1

[[contest]]
code = "president"
office = "President"
rule = "majority"
base = "valid"
line = [
  { key = "registered", number = "1", name = "Voters", role = "registered" },
  { key = "voters", number = "2", name = "Took part", role = "voters" },
  { key = "votes_{number}", number = "3.{number}", name = "{name}", role = "votes" },
]
relation = [
  { code = "balance", name = "votes within voters", left = ["voters"], operator = ">=", \
    right = ["votes"], severity = "error", tolerance = "2.5 %" },
]
inaccuracy = [{ kind = "excess", left = ["votes"], right = ["voters"] }]
""",
    "areas.csv": "code,parent_code,name,name_hy,level\nAM,,Country,Երկիր,country\n"
    "N,AM,North,,region\nS,AM,South,,region\n",
    "stations.csv": "code,name,area_code,registered\n01.009,First,N,100\n4/13,Second,S,\n",
    "candidates.csv": "number,name,name_hy,party_code,party,status,withdrawn_on\n"
    "1,Ann,Անի,P,Party,,\n41,Ben,,,,,\n,Cid,,,,withdrawn,2012-07-10\n",
    "scope.csv": "number,area_code\n41,S\n",
    "turnout.csv": "station_code,time,voters\n01.009,11:00,20\n01.009,15:00,40\n",
}

#: The founding members of a real election.
COMMISSION = "username,name\nmariam,Mariam Petrosyan\nnarine,Narine\ntigran,Tigran\n"
PROTOCOLS = "station_code,registered,voters,votes_1,votes_41\n01.009,100,60,59,-\n"


def feature(code: object, geometry: object) -> dict[str, object]:
    return {"type": "Feature", "properties": {"code": code}, "geometry": geometry}


def collection(*features: object) -> dict[str, object]:
    return {"type": "FeatureCollection", "features": list(features)}


def square(west: float, south: float, size: float = 1) -> dict[str, Any]:
    east, north = west + size, south + size
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}
