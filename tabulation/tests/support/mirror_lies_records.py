"""Records that docs/verification.md does not allow, one at a time."""

from collections.abc import Callable, Iterator

from tabulation.tests.support.mirror_edits import Records, Tampering, Target, edit, edit_ledger


def _decided(
    record: list[str], status: str, *, reason: str = "fire", decision: str = "9",
    figures: str = "", registered: str = "",
) -> None:  # fmt: skip
    """What a station says that has no result, or is closed."""
    none = [",".join("0" for _ in record[i].split(",")) for i in (13, 14)]
    record[5:] = [status, "", reason, decision, "", "", registered, figures, *none, "", "", ""]


def malformed(target: Target) -> Iterator[Tampering]:
    """Records that the page does not allow, each named by its line or its code."""
    at = target.records.index(target.station)
    ledger = f"{target.contest}.ledger.tsv"

    def field(index: int, value: Callable[[str], str]) -> Callable[[Records], None]:
        def mutate(records: Records) -> None:
            records[at][index] = value(records[at][index])

        return mutate

    rest = "," + target.station[12].split(",", 1)[1]
    for name, change in {
        "a sign before a figure": field(12, lambda _: "+1" + rest),
        "a figure below zero": field(12, lambda _: "-1" + rest),
        "a leading zero": field(12, lambda _: "01" + rest),
        "a digit of another script": field(12, lambda _: "\u0661" + rest),
        "a figure of nineteen digits": field(12, lambda _: "1" * 19 + rest),
        "a figure too many": field(12, lambda text: text + ",1"),
        "a line not on the ballot in an area": lambda r: r[-1].__setitem__(7, "-" + r[-1][7][1:]),
        "an unknown status": field(5, lambda _: "verified"),
        "an unknown escape": field(3, lambda _: "a\\x"),
        "an unknown format": field(0, lambda _: "hashvark station v1"),
        "another contest": field(1, lambda text: text + "x"),
        "a field too many": lambda r: r[at].append(""),
        "a field too few": lambda r: r[at].pop(),
        "counted without a version": field(6, lambda _: ""),
        "counted without figures": field(12, lambda _: ""),
        "not counted, with figures": field(5, lambda _: "not counted"),
        "a station twice": lambda r: r.insert(at + 1, list(r[at])),
        "a station in the area of nobody": field(4, lambda _: "nowhere"),
        "a record after the head": lambda r: r.append(list(r[at])),
        "the head removed": lambda r: r.pop(),
        "two heads": lambda r: r.append(list(r[-1])),
        "an area in itself": lambda r: r[-1].__setitem__(4, r[-1][2]),
        "an empty line": lambda r: r.insert(at, [""]),
        "a version 1 of a station": lambda r: r.__setitem__(
            at, ["hashvark station v1", *r[at][1:15]]
        ),
        "a scan without a name": field(10, lambda _: "0" * 64),
        "a scan by a name that is a path": field(10, lambda _: f"a/1.jpg:{'0' * 64}"),
        "scans out of order": field(10, lambda _: f"2.jpg:{'0' * 64},1.jpg:{'0' * 64}"),
        "a scan twice": field(10, lambda _: f"1.jpg:{'0' * 64},1.jpg:{'1' * 64}"),
        "a file without a hash": field(17, lambda _: "1.jpg:0"),
        "a place since the first publication": field(15, lambda _: "1"),
        "a place since a publication to come": field(15, lambda _: "99"),
        "an area since a publication to come": lambda r: r[-1].__setitem__(12, "99"),
        "continues one that is not closed": field(16, lambda _: "N/1"),
        "continues one twice": field(16, lambda _: "A\\nA"),
        "continues nobody": field(16, lambda _: "\\n"),
        "no result without a decision": lambda r: _decided(r[at], "no result", decision=""),
        "no result without a reason": lambda r: _decided(r[at], "no result", reason=""),
        "no result, with figures": lambda r: _decided(r[at], "no result", figures=r[at][12]),
        "closed without a decision": lambda r: _decided(r[at], "closed", decision=""),
        "closed, with voters": lambda r: _decided(r[at], "closed", registered="100"),
    }.items():
        yield Tampering(name, edit_ledger(target, change), (ledger,))

    path = f"{target.path}.ledger.tsv"
    for name, raw in {
        "bytes that are no UTF-8": lambda body: body.replace(b"\t", b"\t\xff", 1),
        "a carriage return": lambda body: body.replace(b"\n", b"\r\n", 1),
        "a NUL": lambda body: body.replace(b"\t", b"\t\x00", 1),
        "the last LF missing": lambda body: body[:-1],
        "nothing at all": lambda body: b"",
        "an area without a record": lambda body: b"\n".join(
            line for line in body.split(b"\n")
            if line.split(b"\t")[2:3] != [target.area.encode()] or b"area v2" not in line
        ),
    }.items():  # fmt: skip
        yield Tampering(name, edit(path, raw), (ledger,))
