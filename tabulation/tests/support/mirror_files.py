"""Writes a mirror: the proofs of its units, and each publication with all its files, signed."""

import gzip
import json
from pathlib import Path
from typing import Any

from tabulation.tests.support.mirror_notes import (
    CERTIFIED_KEY,
    ORIGIN,
    audit_path,
    base64_of,
    checkpoint,
    file_list,
    verifier_key,
)
from tabulation.tests.support.mirrors import (
    ELECTION,
    Nation,
    Unit,
    canonical,
    ledger,
    levels_of,
    listed,
    ordered_children,
    reasons_file,
    sha,
    summary,
    table,
    turnout_file,
    units_of,
)


def level_shown(entries: list[str], without: int) -> list[list[str] | None]:
    """A level in a proof: null in the place of the child."""
    shown: list[list[str] | None] = []
    for i, entry in enumerate(entries):
        digest, sums = entry.strip("\n").split("\t")
        shown.append(None if i == without else [base64_of(digest), sums])
    return shown


def path_from(
    nation: Nation, units: dict[tuple[str, str], Unit], child: tuple[str, str], above: str
) -> list[dict[str, Any]]:
    """The steps from a child of the area ``above`` up to the head, written level by level."""
    steps = []
    while above:
        children = [(kind, c) for c, kind in ordered_children(nation, above)]
        at, shown = children.index(child), []
        for level in levels_of([units[child_].entry for child_ in children]):
            first = at - at % 16
            shown.append(level_shown(level[first : first + 16], at - first))
            at //= 16
        steps.append({"levels": shown, "record": units["area", above].record})
        child, above = ("area", above), parent_of(nation, above)
    return steps


def parent_of(nation: Nation, area: str) -> str:
    return next(a.parent for a in nation.areas if a.code == area)


def proof(
    nation: Nation, units: dict[tuple[str, str], Unit], code: str, leaves: list[bytes]
) -> dict[str, Any]:
    """Of station ``code`` in the publication that the last leaf is the manifest of."""
    station = next(s for s in nation.stations if s.code == code)
    return {
        "contest": nation.contest, "election": ELECTION, "format": "hashvark proof v1",
        "log": audit_path(leaves), "publication": len(leaves),
        "path": path_from(nation, units, ("station", code), station.area),
        "record": units["station", code].record,
    }  # fmt: skip


def bundle(
    nation: Nation, units: dict[tuple[str, str], Unit], code: str, leaves: list[bytes]
) -> dict[str, Any]:
    """Of all that lies directly in area ``code``."""
    first = {"levels": [], "record": units["area", code].record}
    above = path_from(nation, units, ("area", code), parent_of(nation, code))
    children = [(kind, c) for c, kind in ordered_children(nation, code)]
    return {
        "contest": nation.contest, "election": ELECTION, "format": "hashvark bundle v1",
        "log": audit_path(leaves), "path": [first, *above],
        "publication": len(leaves), "records": [units[child].record for child in children],
    }  # fmt: skip


def manifest_of(
    number: int, status: str, contests: list[dict[str, Any]], files: dict[str, bytes]
) -> dict[str, Any]:
    hashes = {"files": {name: sha(body) for name, body in files.items()}} if files else {}
    return {
        **hashes,
        "contests": contests, "decision": "12-Ա", "election": ELECTION,
        "format": "hashvark manifest v2", "note": "After the appeals\n\\ «ok»", "number": number,
        "published_at": "2012-07-19T20:00:00.000000+00:00",
        "seal": None if number == 1 else {"hash": sha(f"seal {number}"), "number": number},
        "status": status,
    }  # fmt: skip


def acts_of(number: int, contests: list[dict[str, Any]]) -> dict[str, bytes]:
    """A decision about every contest, a lot in the last of them, and the last as a second round of
    the first. Each act comes out with its own publication; here one manifest binds all.
    """
    known = {"decision": "12-Ա", "election": ELECTION, "publication": number}
    decided = {
        **known, "format": "hashvark decision v1", "decided_on": number - 1,
        "present": ["Մարիամ", "Narine", "Otar"], "vote": {"abstained": 0, "against": 1, "for": 2},
        "contests": [
            {"contest": contest["contest"], "kind": "elected", "root": contest["root"]}
            for contest in contests
        ],
    }  # fmt: skip
    lot = {
        **known, "format": "hashvark lot v1", "asked_in": number - 2, "drawn": [41, 2],
        "contest": contests[-1]["contest"],
    }  # fmt: skip
    second = {
        **known, "format": "hashvark second round v1", "contest": contests[0]["contest"],
        "order": [2, 1], "second": contests[-1]["contest"],
    }  # fmt: skip
    acts = {"decision.json": decided, "lot.json": lot, "second-round.json": second}
    return {name: canonical(act) for name, act in acts.items()}


class Mirror:
    """Writes publications one after the other into a folder, signed."""

    def __init__(self, folder: Path, commission: str = "commission") -> None:
        self.folder = folder / "data" / ELECTION
        self.commission = commission
        self.leaves: list[bytes] = []

    def put(self, name: str, body: bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)

    def publish(
        self, status: str, nations: list[Nation], *, proofs: bool = True,
        files: dict[str, bytes] | None = None,
    ) -> None:  # fmt: skip
        number, contests = len(self.leaves) + 1, []
        for nation in nations:
            units = units_of(nation)
            head = list(units.values())[-1]
            contests.append({
                "contest": nation.contest, "form": sha(canonical(nation.form)),
                "root": sha(head.record), "sums": listed(head.sums),
            })  # fmt: skip
            if nation.hours:
                contests[-1]["turnout"] = sha(turnout_file(nation))
        acts = acts_of(number, contests) if status == "certified" else {}
        documents = {**acts, **(files or {})}
        manifest = manifest_of(number, status, contests, documents)
        for name, body in documents.items():
            self.put(f"{number}/files/{name}", body)
        self.leaves.append(canonical(manifest))
        for nation in nations:
            self._contest(number, nation, units_of(nation), manifest, proofs)
        self._log(number, status, canonical(manifest))

    def _contest(
        self, number: int, nation: Nation, units: dict[tuple[str, str], Unit],
        manifest: dict[str, Any], proofs: bool,
    ) -> None:  # fmt: skip
        path = f"{number}/{nation.contest}"
        self.put(f"{path}.form.json", canonical(nation.form))
        self.put(f"{path}.ledger.tsv", ledger(units))
        self.put(f"{path}.csv", table(nation))
        if nation.reasons:  # a publication from before they were kept has no file
            self.put(f"{path}.reasons.tsv", reasons_file(nation))
        if nation.hours:
            self.put(f"{path}.turnout.csv", turnout_file(nation))
        self.put(f"{path}.json", summary(nation, units, manifest))
        for station in nation.stations if proofs else ():
            body = canonical(proof(nation, units, station.code, self.leaves))
            self.put(f"{path}/proof/{station.code}.json", body)
            self.put(f"{nation.contest}/proof/{station.code}.json", body)
        for area in nation.areas if proofs else ():
            body = canonical(bundle(nation, units, area.code, self.leaves))
            self.put(f"{nation.contest}/bundle/{area.code}.json", body)

    def _log(self, number: int, status: str, manifest: bytes) -> None:
        signers = [(self.commission, ORIGIN)]
        if status == "certified":
            signers.append(("certified", f"{ORIGIN}/certified"))
        signed = checkpoint(self.leaves, signers)
        self.put(f"{number}/manifest.json", manifest)
        self.put(f"{number}/checkpoint", signed)
        self.put("checkpoint", signed)
        relist(self.folder.parent.parent, number, office=self.commission)
        newest = {
            "publication": number, "published_at": "2012-07-19T20:00:00+00:00", "status": status
        }  # fmt: skip
        self.put("latest.json", json.dumps(newest).encode())
        self.put("manifests.jsonl", b"".join(leaf + b"\n" for leaf in self.leaves))
        keys = [verifier_key(self.commission, ORIGIN), CERTIFIED_KEY]
        self.put("key.txt", "".join(key + "\n" for key in keys).encode())


def relist(
    mirror: Path, number: int, *more: str, issue: int = 1, office: str = "commission"
) -> None:
    """Signs the list of the CSV and JSON of a publication, and of more files of the election."""
    own = mirror / "data" / ELECTION
    there = [
        f"{number}/{path.name}"
        for path in (own / str(number)).iterdir()
        if path.name.endswith((".csv", ".json")) and path.name != "manifest.json"
    ]
    hashes = {f"data/{ELECTION}/{name}": sha((own / name).read_bytes()) for name in [*there, *more]}
    leaf = (own / str(number) / "manifest.json").read_bytes()
    signed = file_list(leaf, number, hashes, issue=issue, office=office)
    (own / str(number) / "filelist").write_bytes(signed)


def pack(mirror: Path, path: str, *, keep: bool = False) -> Path:
    """Lays the file of a mirror there gzipped instead, or beside it."""
    plain = mirror / path
    packed = plain.with_name(plain.name + ".gz")
    packed.write_bytes(gzip.compress(plain.read_bytes(), mtime=0))
    if not keep:
        plain.unlink()
    return packed
