#!/usr/bin/env bash
# The second verifier: docs/verification.md in shell, awk and sha256sum, sharing nothing with verify.py.
# It may be slow, and reads less (neither CSV, JSON nor the relations of a station): hashes, sums, roots, log, whether
# a decision and a lot agree with their manifest, whether anything changed without a word since the publication before,
# and whether the files that lie there are those of the signed list.
#
#   verify_mirror.sh FOLDER ELECTION [PUBLICATION] [KEYS] [CHECKPOINT]
#
# FOLDER holds data/ELECTION/...; PUBLICATION is "" for the latest; KEYS is a file with keys, one a line; CHECKPOINT
# is one saved earlier, which the log must still lead to.
# Prints what is wrong and where. Exit status: 0 nothing is, 1 something is, 2 wrong usage; without KEYS or
# without openssl it says that no signature was checked.
set -uo pipefail
export LC_ALL=C

[ $# -ge 2 ] && [ -d "$1/data/$2" ] || { echo "usage: $0 FOLDER ELECTION [PUBLICATION] [KEYS] [CHECKPOINT]" >&2; exit 2; }
election=$2 publication=${3-} keys=${4-} saved=${5-}
base=$1/data/$2
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
: >"$work/wrong"

wrong() { printf 'WRONG  %s: %s\n' "$1" "$2" | tee -a "$work/wrong" | tr -d '\000-\010\013-\037\177'; }
# Findings that an awk program printed: place TAB text.
wrongs() { local place text; while IFS=$'\t' read -r place text; do wrong "$place" "$text"; done; }

# Makes the file NAME of the mirror readable as $file; false, and named, where that cannot be.
# With a second word, whatever it holds.
take() {
  file=$base/$1
  [ "$1" != "$saved" ] || file=$saved
  if [ ! -f "$file" ] && [ -f "$file.gz" ]; then
    file=$work/unpacked.$(printf '%s' "$1" | tr / _)
    gzip -dc "$base/$1.gz" >"$file" 2>/dev/null || { wrong "$1" "its .gz cannot be unpacked to its end"; return 1; }
  fi
  [ -f "$file" ] || { wrong "$1" "is missing"; return 1; }
  [ -n "${2-}" ] || cmp -s "$file" <(tr -d '\0' <"$file") || { wrong "$1" "holds NUL bytes"; return 1; }
}

sha() { sha256sum <"$1" | cut -d' ' -f1; }
# Lower-case hex of what comes in; and the bytes of hex as escapes for printf.
hex() { od -An -v -tx1 | tr -d ' \n'; }
raw() { printf '%s' "$1" | sed 's/../\\x&/g'; }
# Hashes of the files in a folder, one a line, in the order of their names.
hashes() { find "$1" -type f | sort | xargs -r sha256sum | cut -d' ' -f1; }

# --- JSON: is it canonical, and what stands where -------------------------------------------------

# Prints "path TAB value" for every number, string (as written), true, false and null, and "path TAB [n]" for the
# length of a list; paths like contests.0.root. Prints "! TAB why" and ends where the text is not canonical.
cat >"$work/json.awk" <<'AWK'
function fail(why) { print "!\t" why " at byte " at; exit }
function next_is(c) { if (substr(s, at, 1) != c) fail("expected " c); at++ }
function string(   from, c) {
  next_is("\""); from = at
  while ((c = substr(s, at, 1)) != "\"") {
    if (c == "" || c < " ") fail("a string without end")
    if (c == "\\") {
      at++; c = substr(s, at, 1)
      if (c == "u") { if (substr(s, at, 5) !~ /^u00[01][0-9a-f]$/) fail("an escape that is not needed"); at += 4 }
      else if (index("\"\\bfnrt", c) == 0) fail("an escape that is not needed")
    }
    at++
  }
  at++
  return substr(s, from, at - 1 - from)
}
function object(path,   key, last, some) {
  next_is("{")
  while (substr(s, at, 1) != "}") {
    if (some) next_is(",")
    key = string(); next_is(":")
    if (some && (key "") <= (last "")) fail("keys not in their order")
    last = key; some = 1
    value(path == "" ? key : path "." key)
  }
  at++
}
function list(path,   n) {
  next_is("[")
  while (substr(s, at, 1) != "]") { if (n) next_is(","); value(path "." (n + 0)); n++ }
  at++
  print path "\t[" (n + 0) "]"
}
function value(path,   c, from) {
  c = substr(s, at, 1)
  if (c == "{") object(path)
  else if (c == "[") list(path)
  else if (c == "\"") print path "\t" string()
  else {
    from = at
    while (substr(s, at, 1) ~ /[-+.0-9a-zA-Z]/) at++
    c = substr(s, from, at - from)
    if (c !~ /^(null|true|false|0|-?[1-9][0-9]*)$/) fail("no value")
    print path "\t" c
  }
}
NR == 1 { s = $0; at = 1; value(""); if (at <= length(s)) fail("more after the end") }
NR > 1 { print "!\tmore than one line"; exit }
AWK

flat() { awk -f "$work/json.awk" "$1"; }
# The value at a path of a flattened text.
at() { awk -F'\t' -v path="$2" '$1 == path { print $2; exit }' "$1"; }

# --- The log --------------------------------------------------------------------------------------

declare -A known_roots=()
# Root of the leaves from $1 on, $2 of them (RFC 6962, 2.1), into $root.
merkle() {
  local from=$1 count=$2 half=1 left
  root=${known_roots[$from,$count]-}
  [ -z "$root" ] || return 0
  if [ "$count" = 1 ]; then
    root=$(sed -n "$((from + 1))p" "$work/leaves")
  else
    while [ $((half * 2)) -lt "$count" ]; do half=$((half * 2)); done
    merkle "$from" "$half"; left=$root
    merkle $((from + half)) $((count - half))
    # shellcheck disable=SC2059  # the escapes are the point
    root=$(printf "\\x01$(raw "$left")$(raw "$root")" | sha256sum | cut -d' ' -f1)
  fi
  known_roots[$from,$count]=$root
}

read_log() {
  local number=0 line whole
  size=0
  take manifests.jsonl || return
  [ -z "$(tail -c1 "$file")" ] || wrong manifests.jsonl "its last line has no LF: it is cut off"
  mkdir "$work/leaf"
  cp "$file" "$work/log"
  while IFS= read -r line || [ -n "$line" ]; do
    number=$((number + 1))
    printf -v whole '%09d' "$number"
    printf '%s' "$line" >"$work/manifest.$number"
    { printf '\0'; printf '%s' "$line"; } >"$work/leaf/$whole"
    check_manifest "$number"
  done <"$work/log"
  size=$number
  hashes "$work/leaf" >"$work/leaves"
}

check_manifest() {
  local place="manifests.jsonl: line $1" file=$work/flat.$1 why
  flat "$work/manifest.$1" >"$file"
  why=$(at "$file" '!')
  [ -z "$why" ] || { wrong "$place" "is not canonical JSON: $why"; return; }
  [ "$(at "$file" number)" = "$1" ] || wrong "$place" "its number is $(at "$file" number)"
  [ "$(at "$file" election)" = "$election" ] || wrong "$place" "its election is $(at "$file" election)"
  [ "$(at "$file" format)" = "hashvark manifest v2" ] || wrong "$place" "its format is $(at "$file" format)"
  awk -F'\t' -v place="$place" '
    BEGIN {
      n = split("contests decision election format note number published_at seal status", top, " ")
      for (i = 1; i <= n; i++) known[top[i]] = 1
      known["files"] = known["further"] = 1; optional["files"] = optional["further"] = 1
      n = split("contest form root sums turnout", each, " ")
      for (i = 1; i <= n; i++) inside[each[i]] = 1
    }
    { split($1, part, "."); seen[part[1]] = 1 }
    !(part[1] in known) { print place "\tunknown field " part[1] }
    part[1] == "further" && ($2 !~ /^[0-9a-f]+$/ || length($2) != 64) { print place "\tmalformed hash of " $1 }
    part[1] == "contests" && $2 !~ /^\[/ && !(part[3] in inside) { print place "\tunknown field " $1 }
    $1 ~ /^contests\.[0-9]+\.contest$/ { if (($2 "") <= (last "")) print place "\tcontests not in order: " $2; last = $2 }
    END { for (f in known) if (!(f in seen) && !(f in optional)) print place "\tmisses the field " f }
  ' "$file" | wrongs
}

# From one manifest to the next: no time and no seal goes back, and no contest goes away.
cat >"$work/order.awk" <<'AWK'
BEGIN { FS = "\t" }
NR == FNR { was[$1] = $2; next }
{ is[$1] = $2 }
END {
  if ((is["published_at"] "") < (was["published_at"] "")) print place "\tpublished_at is before that of the publication before"
  if ("seal.number" in was && (was["seal.number"] "," was["seal.hash"]) != (is["seal.number"] "," is["seal.hash"]))
    if (!("seal.number" in is) || is["seal.number"] + 0 <= was["seal.number"] + 0) print place "\tseal is no later one than that of the publication before"
  for (i = 0; ("contests." i ".contest") in is; i++) there[is["contests." i ".contest"]] = 1
  for (i = 0; ("contests." i ".contest") in was; i++) {
    code = was["contests." i ".contest"]
    if (!(code in there)) print place "\tcontest " code " is not there any more"
  }
}
AWK

check_order() {
  local number
  for ((number = 2; number <= size; number++)); do
    awk -v place="manifests.jsonl: line $number" -f "$work/order.awk" "$work/flat.$((number - 1))" "$work/flat.$number" | wrongs
  done
}

# Checks a checkpoint NAME: that its text is one, that it is of size $2 (empty: any) and has the log's root.
check_checkpoint() {
  local name=$1 said
  take "$name" || return
  awk -v place="$name" '
    NR == 1 { origin = $0; if ($0 == "" || $0 ~ /[ +\t]/) print place "\tmalformed origin " $0 }
    NR == 2 && $0 !~ /^[1-9][0-9]*$/ { print place "\tmalformed size " $0 }
    NR == 3 && ($0 !~ /^[A-Za-z0-9+\/]+=$/ || length($0) != 44) { print place "\tmalformed root " $0 }
    NR == 4 && $0 != "" { print place "\tno empty line after the text" }
    NR > 4 && (NF != 3 || $1 != "\342\200\224" || $0 != $1 " " $2 " " $3) { print place "\tmalformed signature line " $0; next }
    NR > 4 && $2 != origin && $2 != origin "/certified" { next } # of another name: nothing to us
    NR > 4 && length($3) != 92 { print place "\tmalformed signature line " $0 }
    END { if (NR < 5) print place "\tis cut off: it has " NR " lines" }
  ' "$file" >"$work/about"
  [ -z "$(tail -c1 "$file")" ] || printf '%s\tits last line has no LF\n' "$name" >>"$work/about"
  wrongs <"$work/about"
  [ ! -s "$work/about" ] || return
  said=$(sed -n 2p "$file")
  [ -z "$2" ] || [ "$said" = "$2" ] || wrong "$name" "its size is $said, expected $2"
  check_signatures "$name"
  # Sizes are compared by their digits first: shell arithmetic ends at 18 of them.
  if [ ${#said} -gt 9 ] || [ "$said" -gt "$size" ]; then wrong "$name" "is of size $said, the log has $size manifests"; return; fi
  merkle 0 "$said"
  [ "$(sed -n 3p "$file" | base64 -d 2>/dev/null | hex)" = "$root" ] ||
    wrong "$name" "the root of the log at size $said is another one: $root"
}

# One signature by a known key must be there, and every one by a known key must be right.
check_signatures() {
  local name=$1 origin line id hash key dash signer blob good="" certified=""
  [ -n "$keys" ] || return 0
  head -n 3 "$file" >"$work/text"
  origin=$(head -n 1 "$file")
  [ "$(at "$work/flat.$(sed -n 2p "$file" | cut -c1-9)" status 2>/dev/null)" != certified ] || certified=/certified
  while IFS= read -r line || [ -n "$line" ]; do
    # Not with IFS=+: read drops a + that ends the base64.
    id=${line%%+*} key=${line#*+}
    hash=${key%%+*} key=${key#*+}
    [ -n "$key" ] || continue
    # The public key in the container openssl reads: a fixed head before the last 32 bytes.
    { printf '\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00'; printf '%s' "$key" | base64 -d | tail -c 32; } >"$work/key"
    while read -r dash signer blob; do
      printf '%s' "$blob" | base64 -d 2>/dev/null >"$work/blob"
      [ "$signer" = "$id" ] && [ "$(head -c 4 "$work/blob" | hex)" = "$hash" ] || continue
      good="$good $signer"
      [ -n "$have_openssl" ] || continue
      tail -c 64 "$work/blob" >"$work/signature"
      openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey "$work/key" -sigfile "$work/signature" \
        -in "$work/text" >/dev/null 2>&1 || wrong "$name" "the signature of $signer is wrong"
    done < <(tail -n +5 "$file")
    [ "$id" != "$origin/certified" ] || [ -z "$certified" ] || certified=wanted
  done <"$keys"
  case "$good " in *" $origin "*) ;; *) wrong "$name" "bears no signature of $origin by a known key" ;; esac
  [ "$certified" != wanted ] || case "$good " in
    *" $origin/certified "*) ;; *) wrong "$name" "bears no signature of $origin/certified by a known key" ;;
  esac
}

check_log() {
  local number
  check_order
  if take checkpoint; then
    [ "$(sed -n 2p "$file")" = "$size" ] || wrong manifests.jsonl "has $size lines, the checkpoint says $(sed -n 2p "$file")"
    [ ! -f "$base/$size/checkpoint" ] || cmp -s "$file" "$base/$size/checkpoint" ||
      wrong "$size/checkpoint" "is not the same as the latest checkpoint"
    check_checkpoint checkpoint ""
  fi
  [ -z "$saved" ] || check_checkpoint "$saved" ""
  for ((number = 1; number <= size; number++)); do
    check_checkpoint "$number/checkpoint" "$number"
    take "$number/manifest.json" || continue
    cmp -s "$file" "$work/manifest.$number" || wrong "$number/manifest.json" "is not line $number of manifests.jsonl"
  done
}

# --- The records ----------------------------------------------------------------------------------

# Exact sums of any length awk's numbers would round: two halves of nine digits each.
cat >"$work/sums.awk" <<'AWK'
function add(key, item,   long) {
  if (item == "") return
  long = length(item) - 9
  low[key] += long > 0 ? substr(item, long + 1) : item
  high[key] += long > 0 ? substr(item, 1, long) : 0
  some[key] = 1
}
function sum(key,   carry, l) {
  if (!(key in some)) return ""
  carry = int(low[key] / 1000000000); l = low[key] - carry * 1000000000
  return high[key] + carry > 0 ? sprintf("%.0f%09.0f", high[key] + carry, l) : sprintf("%.0f", l)
}
function forget(key) { delete low[key]; delete high[key]; delete some[key] }
AWK

# Reads the ledger. Each record's bytes go into a file of $records, what it says into "units":
# number, kind (0 area, 1 station), code, area above, sums, filled, broken, evaluated, status, children, root.
cat >"$work/records.awk" <<'AWK'
function bad(text) { print place "\t" text > findings; wrong = 1 }
function number(t) { return t ~ /^(0|[1-9][0-9]*)$/ && length(t) <= 18 }
function hash(t) { return length(t) == 64 && t !~ /[^0-9a-f]/ }
function text(t, name) { gsub(/\\[\\tnr]/, "", t); if (t ~ /[\\\r]/) bad("field " name " is malformed") }
function code(t, name) { if (t == "" || t ~ /[\001-\037\177]/) bad("field " name " is malformed") }
# A list of `count` items, each a number, or what `other` names.
function list(t, count, other, name,   item, i, found) {
  if (count == 0) { if (t != "") bad("field " name " has items"); return }
  found = t == "" ? 1 : split(t, item, ",")
  if (t == "") item[1] = ""
  if (found != count) { bad("field " name " has " found " items, expected " count); return }
  for (i = 1; i <= count; i++)
    if (!number(item[i]) && !(item[i] == "" && index(other, "e")) && !(item[i] == "-" && index(other, "-")))
      bad("field " name " has the malformed item " item[i])
}
function flags(t, name) { if (t ~ /[^01,]/) bad("field " name " is malformed") }
# Names of files with their hashes, in the order of the names.
function named(t, name,   item, part, i, last) {
  for (i = split(t, item, ","); i > 0; i--) {
    if (split(item[i], part, ":") != 2 || !hash(part[2]) || part[1] !~ /^[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)+$/) bad("field " name " is malformed")
    if (last != "" && (part[1] "") >= (last "")) bad("field " name " is not in the order of names")
    last = part[1]
  }
}
function since(t) { if (t != "" && (!number(t) || t + 0 < 2 || t + 0 > publication)) bad("field since is malformed") }
function codes(t,   item, i, last) {
  for (i = split(t, item, /\\n/); i > 0; i--) {
    code(item[i], "continues")
    if (last != "" && (item[i] "") >= (last "")) bad("field continues is not in the order of codes")
    last = item[i]; continued[last] = place
  }
}
# It has no protocol, by a decision.
function decided() {
  if ($8 == "" || $9 == "") bad("has no result, without a reason and a decision")
  if ($10 != "" || ($6 == "closed" && $12 != "")) bad("has no result, but reasons of warnings or voters")
}
function repeated(item, count,   out, i) { for (i = 1; i <= count; i++) out = out (i > 1 ? "," : "") item; return out }
function station(   counted, figures, item, i, filled, reported) {
  if ($6 !~ /^(not counted|counted|annulled|no result|closed)$/) bad("field status is malformed")
  if ($7 != "" && !number($7)) bad("field version is malformed")
  text($4, "name"); text($8, "reason"); text($9, "decision"); code($5, "area")
  if ($10 != "" && !hash($10)) bad("field explanations is malformed")
  named($11, "scans"); since($16); text($17, "continues"); codes($17); named($18, "files")
  if ($6 == "no result" || $6 == "closed") decided()
  if ($6 == "closed") closed[$3] = 1
  if ($12 != "" && !number($12)) bad("field registered is malformed")
  if ($6 != "counted" && $6 != "annulled") { if ($13 != "" || $14 $15 ~ /1/) bad("is not counted, but has figures") }
  else { list($13, n, "e-", "figures"); if ($7 == "") bad("has no version") }
  list($14, m, "", "broken"); list($15, m, "", "evaluated"); flags($14, "broken"); flags($15, "evaluated")
  if ($3 in stations) bad("stands there twice")
  stations[$3] = 1
  if ($5 in last && ($3 "") <= (last[$5] "")) bad("is not in the order of codes, after " last[$5])
  last[$5] = $3
  counted = $6 == "counted"
  if (counted && n) {
    split($13, item, ",")
    for (i = 1; i <= n; i++) {
      figures = figures "," (item[i] == "-" ? "" : item[i])
      filled = filled (i > 1 ? "," : "") (item[i] != "" && item[i] != "-")
    }
  } else { figures = "," repeated("", n); filled = repeated(0, n) }
  if (n == 0) figures = ""
  reported = $12 == "" ? "" : counted ? $12 : 0
  unit(1, $3, $5, ($6 != "closed") "," counted "," ($6 == "annulled") "," ($6 == "no result") "," $12 "," reported figures, filled,
       counted ? $14 : repeated(0, m), counted ? $15 : repeated(0, m), "", "", "")
}
function area() {
  if ($6 !~ /^(not counted|partial|counted|annulled|no result|closed)$/) bad("field status is malformed")
  text($4, "name"); since($13); list($7, n + 6, "e", "sums"); list($8, n, "", "filled"); list($9, m, "", "broken")
  list($10, m, "", "evaluated")
  if (!number($11)) bad("field children is malformed")
  if (!hash($12)) bad("field root is malformed")
  if ($3 in areas) bad("stands there twice")
  areas[$3] = 1
  if ($5 == "") head = $3; else code($5, "parent")
  unit(0, $3, $5, $7, $8, $9, $10, $6, $11, $12)
}
function unit(kind, code_, above, sums, filled, broken, evaluated, status, children, root,   name) {
  if (above in areas && above != "") bad("comes after area " above ", in which it lies")
  if (wrong) return
  name = sprintf("%s/%09d", records, NR)
  ORS = ""; print $0 > name; close(name); ORS = "\n"
  print NR, kind, code_, above, sums, filled, broken, evaluated, status, children, root
}
BEGIN { FS = OFS = "\t" }
{
  wrong = 0
  place = ledger ": line " NR
  if (head != "") { bad("comes after the head"); next }
  kind = $1 == "hashvark station v2" && NF == 18 ? "station" : $1 == "hashvark area v2" && NF == 13 ? "area" : ""
  if (kind == "") { bad("is no record: " NF " fields, " $1); next }
  place = ledger ": " kind " " $3
  if ($2 != contest) bad("field contest is " $2)
  code($3, kind)
  # The stations of an area come together, right before it; the areas of one by code.
  if (awaited != "" && awaited "" != (kind == "station" ? $5 : $3) "") bad("stands among the stations of area " awaited ", before the record of area " awaited)
  awaited = kind == "station" ? $5 : ""
  if (kind == "area") {
    if ($5 in area_before && ($3 "") <= (area_before[$5] "")) bad("is not in the order of codes, after area " area_before[$5])
    area_before[$5] = $3
  }
  if (kind == "station") station(); else area()
}
END {
  for (other in continued) if (!(other in closed)) { place = continued[other]; bad("continues " other ", which is not closed") }
  place = ledger; if (head == "") bad("has no head: it is cut off")
}
AWK

# What each area must say, from the children's lines of "units"; findings as they come.
cat >"$work/areas.awk" <<'AWK'
function added(code, name, text,   item, i, count) {
  count = text == "" && width[name] == 0 ? 0 : split(text, item, ",")
  if (text == "" && width[name] == 1) { count = 1; item[1] = "" }
  for (i = 1; i <= count; i++) add(code SUBSEP name SUBSEP i, item[i])
}
function whole(code, name,   i, out) { for (i = 1; i <= width[name]; i++) out = out (i > 1 ? "," : "") sum(code SUBSEP name SUBSEP i); return out }
function same(code, name, said, right,   s, r, i) {
  if (said "" == right "") return
  split(said, s, ","); split(right, r, ",")
  for (i = 1; s[i] "" == r[i] ""; i++) continue
  print ledger ": area " code "\t" name ", item " i ": says " s[i] ", its children give " r[i]
}
function status(code,   s, c, a, w) {
  s = sum(code SUBSEP "sums" SUBSEP 1) + 0
  c = sum(code SUBSEP "sums" SUBSEP 2) + 0
  a = sum(code SUBSEP "sums" SUBSEP 3) + 0
  w = sum(code SUBSEP "sums" SUBSEP 4) + 0
  if (s == 0) return "closed"
  if (c + a + w < s) return c + a + w == 0 ? "not counted" : "partial"
  return c ? "counted" : a ? "annulled" : "no result"
}
BEGIN { FS = "\t"; width["sums"] = n + 6; width["filled"] = n; width["broken"] = width["evaluated"] = m }
{
  if ($4 != "") { added($4, "sums", $5); added($4, "filled", $6); added($4, "broken", $7); added($4, "evaluated", $8); children[$4]++ }
  if ($2 == 0) {
    same($3, "sums", $5, whole($3, "sums")); same($3, "filled", $6, whole($3, "filled"))
    same($3, "broken", $7, whole($3, "broken")); same($3, "evaluated", $8, whole($3, "evaluated"))
    same($3, "status", $9, status($3)); same($3, "children", $10, children[$3] + 0)
    done[$3] = 1
  }
}
END { for (code in children) if (!(code in done)) print ledger ": area " code "\thas " children[code] " records below it and none of its own" }
AWK

# Entries "area TAB hash TAB sums", an area's together and in order, become nodes: texts into files of
# $nodes, and "area TAB sums" for each node.
cat >"$work/nodes.awk" <<'AWK'
function flush(   i, out, name) {
  if (!count) return
  name = sprintf("%s/%09d", nodes, ++made)
  ORS = ""
  print "hashvark node v1\n" > name
  for (i = 1; i <= count; i++) print entry[i] > name
  close(name)
  for (i = 1; i <= items; i++) { out = out (i > 1 ? "," : "") sum(i); forget(i) }
  print above "\t" out "\n"
  count = 0
}
BEGIN { FS = "\t" }
{
  if ($1 "" != above "" || count == 16) flush()
  above = $1
  entry[++count] = $2 "\t" $3 "\n"
  items = split($3, item, ",")
  for (i = 1; i <= items; i++) add(i, item[i])
}
END { flush() }
AWK

# The root of the sum tree of every area, all areas level by level: "area TAB root" into "roots".
build_trees() {
  : >"$work/roots"
  paste "$work/units" "$work/hashes" | awk -F'\t' -v OFS='\t' '$4 != "" { print $4, $3, $2, $NF, $5 }' |
    sort -t$'\t' -k1,1 -k2,2 -k3,3 | cut -f1,4,5 >"$work/level"
  : >"$work/entries"
  while [ -s "$work/level" ]; do
    cut -f2,3 "$work/level" >>"$work/entries"
    rm -rf "$work/nodes"; mkdir "$work/nodes"
    awk -v nodes="$work/nodes" -f "$work/sums.awk" -f "$work/nodes.awk" "$work/level" >"$work/made"
    paste <(cut -f1 "$work/made") <(hashes "$work/nodes") <(cut -f2 "$work/made") >"$work/level"
    cut -f1 "$work/level" | uniq -u >"$work/single"
    awk -F'\t' 'NR == FNR { single[$1 ""] = 1; next } ($1 "") in single { print $1 "\t" $2 }' \
      "$work/single" "$work/level" >>"$work/roots"
    awk -F'\t' 'FILENAME == ARGV[1] { single[$1 ""] = 1; next } !(($1 "") in single)' "$work/single" "$work/level" >"$work/rest"
    mv "$work/rest" "$work/level"
  done
}

# --- The proofs of the latest publication ---------------------------------------------------------

# A proof holds nothing but what was recomputed: its records stand in the ledger, its entries in the trees, and its
# log is the path of the last leaf. Reads known entries, ledger, then "place TAB path TAB value" of all proofs.
cat >"$work/proofs.awk" <<'AWK'
function base64(hex,   out, i, v) {
  for (i = 1; i <= 63; i += 3) {
    v = (index(digits, substr(hex, i, 1)) - 1) * 256 + (index(digits, substr(hex, i + 1, 1)) - 1) * 16 + index(digits, substr(hex, i + 2, 1)) - 1
    out = out substr(letters, int(v / 64) + 1, 1) substr(letters, v % 64 + 1, 1)
  }
  return out substr(letters, (index(digits, substr(hex, 64, 1)) - 1) * 4 + 1, 1) "="
}
function json(text) { gsub(/\\/, "&&", text); gsub(/"/, "\\\"", text); gsub(/\t/, "\\t", text); return text }
function bad(text) { print $1 "\t" text }
function ended() { if (place != "" && log_ "" != expected "") print place "\tlog: is not the path of the last leaf" }
BEGIN {
  FS = "\t"; digits = "0123456789abcdef"
  letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
  n = split(path, hash, " ")
  for (i = 1; i <= n; i++) expected = expected " " base64(hash[i])
}
FILENAME == ARGV[1] { entries[base64($1) "\t" $2] = 1; next }
FILENAME == ARGV[2] { records[json($0)] = 1; next }
$1 != place { ended(); place = $1; log_ = "" }
$2 == "!" { bad("is not canonical JSON: " $3) }
$2 == "publication" && $3 != publication { bad("is of publication " $3) }
$2 ~ /^(record|records\.[0-9]+|path\.[0-9]+\.record)$/ && !($3 in records) { bad("step " ($2 ~ /^path/ ? substr($2, 6, index(substr($2, 6), ".") - 1) + 1 : 0) ": a record that is not in the ledger") }
$2 ~ /^path\.[0-9]+\.levels\.[0-9]+\.[0-9]+\.0$/ { entry = $3 }
$2 ~ /^path\.[0-9]+\.levels\.[0-9]+\.[0-9]+\.1$/ && !(entry "\t" $3 in entries) { split($2, part, "."); bad("step " part[2] + 1 ": an entry that is in no tree, " entry) }
$2 ~ /^log\.[0-9]+$/ { log_ = log_ " " $3 }
END { ended() }
AWK

check_proofs() {
  local contest=$1 ledger=$2 from=0 count=$size half path="" proof
  [ -f "$ledger" ] || return 0
  while [ "$count" -gt 1 ]; do
    half=1
    while [ $((half * 2)) -lt "$count" ]; do half=$((half * 2)); done
    merkle "$from" "$half"
    path="$root $path" from=$((from + half)) count=$((count - half))
  done
  : >"$work/flats"
  while IFS= read -r proof; do
    flat "$proof" | awk -v place="${proof#"$base/"}" '{ print place "\t" $0 }' >>"$work/flats"
  done < <(find "$base/$contest/proof" "$base/$contest/bundle" -name '*.json' 2>/dev/null | sort)
  awk -v publication="$publication" -v path="$path" -f "$work/proofs.awk" "$work/entries" "$ledger" "$work/flats" | wrongs
  printf '%s: %s proofs and bundles compared with what was recomputed\n' "$contest" "$(cut -f1 "$work/flats" | uniq | wc -l)"
}

check_contest() {
  local contest=$1 form=$2 root=$3 sums=$4 name n m
  take "$publication/$contest.form.json" || return
  [ "$(sha "$file")" = "$form" ] || wrong "$publication/$contest.form.json" "its hash is not that of the manifest"
  flat "$file" >"$work/form"
  n=$(at "$work/form" lines | tr -d '[]') m=$(at "$work/form" checks | tr -d '[]')
  [ -n "$n" ] && [ -n "$m" ] || { wrong "$publication/$contest.form.json" "has no lines and checks: $(at "$work/form" '!')"; return; }
  name=$publication/$contest.ledger.tsv
  take "$name" || return
  [ -z "$(tail -c1 "$file")" ] || wrong "$name" "its last line has no LF: it is cut off"
  rm -rf "$work/records"; mkdir "$work/records"; : >"$work/about"
  awk -v records="$work/records" -v findings="$work/about" -v ledger="$name" -v contest="$contest" -v n="$n" -v m="$m" -v publication="$publication" \
    -f "$work/records.awk" "$file" >"$work/units"
  wrongs <"$work/about"
  hashes "$work/records" >"$work/hashes"
  awk -v ledger="$name" -v n="$n" -v m="$m" -f "$work/sums.awk" -f "$work/areas.awk" "$work/units" | wrongs
  build_trees
  awk -F'\t' -v ledger="$name" '
    NR == FNR { root[$1 ""] = $2; next }
    $2 == 0 && root[$3 ""] != $11 { print ledger ": area " $3 "\troot: says " $11 ", its children give " root[$3 ""] }
  ' "$work/roots" "$work/units" | wrongs
  paste "$work/units" "$work/hashes" | awk -F'\t' -v ledger="$name" -v root="$root" -v sums="$sums" '
    $2 == 0 && $4 == "" && $NF != root { print ledger ": head " $3 "\tits hash is not the root in the manifest: " $NF }
    $2 == 0 && $4 == "" && $5 "" != sums "" { print ledger ": head " $3 "\tits sums are not those in the manifest: " $5 }
  ' | wrongs
  printf 'publication %s, %s: %s records recomputed\n' "$publication" "$contest" "$(wc -l <"$work/units")"
  [ "$publication" != "$size" ] || check_proofs "$contest" "$base/$name"
}

# Reads the ledger of an earlier publication, then a later one: what changed, and was it said why?
cat >"$work/since.awk" <<'AWK'
function bad(text) { print name ": " kind " " $3 "\t" text " in publication " earlier }
# Whether every file that was named is named still, by the same hash.
function kept(old, new,   item, i) {
  for (i = split(old, item, ","); i > 0; i--) if (!index("," new ",", "," item[i] ",")) return 0
  return 1
}
# A place stays in its area, and says since when it has another name.
function moved(since, more, old) {
  if ($5 "" != w[5] "") bad("lies in another area than")
  if ($4 "\t" since "\t" more != w[4] "\t" w[since_at] "\t" old && since + 0 <= earlier) bad("does not say since when it is another place than")
}
BEGIN { FS = "\t" }
{ kind = $1 == "hashvark area v2" ? "area" : "station"; key = kind " " $3; since_at = kind == "area" ? 13 : 16 }
NR == FNR { was[key] = $0; next }
{ seen[key] = 1 }
!(key in was) { if ($since_at + 0 <= earlier) bad("does not say since when it is there, and was not"); next }
{ split(was[key], w, "\t") }
kind == "area" { moved($13, "", ""); next }
{
  moved($16, $17, w[17])
  stated = $8 != "" && $9 != ""
  if (w[6] == "not counted") next
  if ($6 == "not counted") { if (!stated) bad("is not counted, and was") }
  else if ($7 + 0 < w[7] + 0) bad("is of an older version than")
  else if ($7 + 0 > w[7] + 0) { if (!stated) bad("is of a new version without a reason, and was not") }
  else if (($6 == "counted" || $6 == "annulled") && ($13 "," $10 != w[13] "," w[10] || !kept(w[11], $11) || !kept(w[18], $18))) bad("has other figures of the same version than")
  else if ($6 "\t" $8 "\t" $9 != w[6] "\t" w[8] "\t" w[9] && !stated) bad("has another status without a reason than")
}
END { for (key in was) if (!(key in seen)) print name ": " key "\tis not there any more, and was in publication " earlier }
AWK

# From the newest earlier publication whose ledger is there.
check_since() {
  local name=$publication/$1.ledger.tsv number was
  for ((number = publication - 1; number > 0; number--)); do
    was=$number/$1.ledger.tsv
    [ -f "$base/$was" ] || [ -f "$base/$was.gz" ] || continue
    take "$was" || return
    was=$file
    take "$name" || return
    awk -v name="$name" -v earlier="$number" -f "$work/since.awk" "$was" "$file" | wrongs
    return
  done
}

# The lines of each station in the file of reasons have the hash in its record; the file may be missing.
check_reasons() {
  local name=$publication/$1.reasons.tsv ledger=$base/$publication/$1.ledger.tsv code said
  { [ -f "$base/$name" ] || [ -f "$base/$name.gz" ]; } && [ -f "$ledger" ] && take "$name" || return 0
  [ ! -s "$file" ] || [ -z "$(tail -c1 "$file")" ] || wrong "$name" "its last line has no LF: it is cut off"
  while IFS= read -r code; do
    said=$(awk -F'\t' -v code="$code" '$1 == "hashvark station v2" && $3 "" == code "" { print $10 }' "$ledger")
    [ "$(awk -F'\t' -v code="$code" '$1 "" == code ""' "$file" | cut -f2- | sha256sum | cut -d' ' -f1)" = "$said" ] ||
      wrong "$name: station $code" "its reasons do not have the hash in its record"
  done < <(cut -f1 "$file" | uniq)
}

# Reads "units", then the turnout file: each area and hour must be the sum of what its stations say.
cat >"$work/hours.awk" <<'AWK'
BEGIN { FS = "\t" }
NR == FNR {
  split($5, sums, ",")
  above[$2 "\t" $3] = $4; registered[$2 "\t" $3] = sums[5]; expected[$2 "\t" $3] = sums[1]
  next
}
{
  split($0, cell, ",")
  key = (cell[1] == "station") "\t" cell[2]; hour = cell[3]
  if (FNR == 1) next
  says = cell[4] "," cell[5] "," cell[6] "," cell[7] "," cell[8]
  if (cell[1] == "area") { said[cell[2] "\t" hour] = says; next }
  place = name ": station " cell[2] " at " hour
  if (!(key in above)) { print place "\tis not in the ledger"; next }
  list = registered[key]
  if (says != cell[4] ",1," list "," (list == "") ",1") print place "\tits list or numbers are others: " says
  for (area = above[key]; area != ""; area = above["0\t" area]) {
    at = area "\t" hour
    voters[at] += cell[4]; stations[at]++; without[at] += list == ""
    if (list != "") lists[at] += list
  }
}
END {
  for (at in voters) {
    split(at, part, "\t")
    right = voters[at] "," stations[at] "," (at in lists ? lists[at] : "") "," without[at] + 0 "," expected["0\t" part[1]]
    if (said[at] != right) print name ": area " part[1] " at " part[2] "\tsays " said[at] ", its stations give " right
  }
  for (at in said) if (!(at in voters)) { split(at, part, "\t"); print name ": area " part[1] " at " part[2] "\tno station in it reports at that hour" }
}
AWK

# The turnout by the hour, where the manifest binds it.
check_hours() {
  local name=$publication/$1.turnout.csv
  [ -n "$2" ] && take "$name" || return 0
  [ "$(sha "$file")" = "$2" ] || wrong "$name" "its hash is not that of the manifest"
  [ -z "$(tail -c1 "$file")" ] || wrong "$name" "its last line has no LF: it is cut off"
  awk -v name="$name" -f "$work/hours.awk" "$work/units" "$file" | wrongs
}

# The list of the files that were made afterwards: its text, its signature, and the hash of each that lies there.
cat >"$work/list.awk" <<'AWK'
function bad(text) { print name "\t" text }
BEGIN { split("hashvark files v1" "\n" origin "\n" publication "\n" "\n" manifest, right, "\n") }
ended { if (NF != 3 || $1 != "\342\200\224" || $0 != $1 " " $2 " " $3) bad("malformed signature line " $0); signed++; next }
NR == 4 { if ($0 !~ /^[1-9][0-9]*$/) bad("malformed issue " $0); next }
NR < 6 { if ($0 "" != right[NR] "") bad("line " NR " says " $0 ", expected " right[NR]); next }
$0 == "" { ended = 1; next }
{
  path = substr($0, 67); rest = substr(path, length(own) + 1)
  if (substr($0, 65, 2) != "  " || substr($0, 1, 64) ~ /[^0-9a-f]/ || index(path, own) != 1 || rest ~ /(^|\/)\.*(\/|$)/ ||
      (rest ~ /^[1-9][0-9]*\// && rest + 0 != publication)) { bad("has a line that is no file of this publication: " $0); next }
  if (last != "" && (path "") <= (last "")) bad("is not in the order of paths, after " last)
  last = path
  print substr($0, 1, 64) "\t" rest > listed
}
END { if (!signed) bad("bears no signature") }
AWK

check_list() {
  local name=$publication/filelist origin digest path said count=0
  if [ ! -f "$base/$name" ] && [ ! -f "$base/$name.gz" ]; then echo "files NOT checked: there is no signed list of them yet"; return; fi
  take "$name" && take "$publication/checkpoint" || return
  origin=$(head -n 1 "$file")
  take "$name"
  : >"$work/listed"
  [ -z "$(tail -c1 "$file")" ] || wrong "$name" "its last line has no LF: it is cut off"
  awk -v name="$name" -v origin="$origin" -v publication="$publication" -v own="data/$election/" \
    -v manifest="$(sha "$work/manifest.$publication")" -v listed="$work/listed" -f "$work/list.awk" "$file" | wrongs
  check_list_signature "$name" "$origin"
  while IFS=$'\t' read -r digest path; do
    [ -f "$base/$path" ] || [ -f "$base/$path.gz" ] || continue
    # What lies beside the publications is the newest's.
    [[ $path == "$publication"/* ]] || [ -z "$(ls -d "$base/$((publication + 1))" 2>/dev/null)" ] || continue
    take "$path" whatever || continue
    count=$((count + 1))
    [ "$(sha "$file")" = "$digest" ] || wrong "$path" "its hash is not that of the signed list"
  done <"$work/listed"
  printf 'publication %s: %s files compared with the signed list\n' "$publication" "$count"
}

# By a key of the origin, whose signature here bears the name ORIGIN/files.
check_list_signature() {
  local name=$1 origin=$2 line id key hash dash signer blob good=""
  [ -n "$keys" ] || return 0
  awk '$0 == "" { exit } { print }' "$file" >"$work/text"
  while IFS= read -r line || [ -n "$line" ]; do
    id=${line%%+*} key=${line#*+}
    key=${key#*+}
    [ "$id" = "$origin" ] || continue
    { printf '\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00'; printf '%s' "$key" | base64 -d | tail -c 32; } >"$work/key"
    hash=$({ printf '%s/files\n' "$origin"; printf '%s' "$key" | base64 -d; } | sha256sum | cut -c1-8)
    while read -r dash signer blob; do
      printf '%s' "$blob" | base64 -d 2>/dev/null >"$work/blob"
      [ "$signer" = "$origin/files" ] && [ "$(head -c 4 "$work/blob" | hex)" = "$hash" ] || continue
      good=yes
      [ -n "$have_openssl" ] || continue
      tail -c 64 "$work/blob" >"$work/signature"
      openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey "$work/key" -sigfile "$work/signature" \
        -in "$work/text" >/dev/null 2>&1 || wrong "$name" "the signature of $signer is wrong"
    done < <(awk 'ended { print } $0 == "" { ended = 1 }' "$file")
  done <"$keys"
  [ -n "$good" ] || wrong "$name" "bears no signature of $origin/files by a known key"
}

# Documents that came out with the publication, where the manifest binds any.
check_files() {
  local name digest
  awk -F'\t' 'index($1, "files.") == 1 { print substr($1, 7) "\t" $2 }' "$work/flat.$publication" >"$work/files"
  while IFS=$'\t' read -r name digest; do
    case $name in */* | .*) wrong "file $name" "cannot be a name of files"; continue ;; esac
    take "$publication/files/$name" whatever || continue
    if [ "$(sha "$file")" != "$digest" ]; then wrong "$publication/files/$name" "its hash is not that of the manifest"; continue; fi
    case $name in decision.json | lot.json | second-round.json) check_act "$name" ;; esac
  done <"$work/files"
}

# Reads the manifest, then a decision or a lot, both flattened: does the act say what the manifest says?
cat >"$work/act.awk" <<'AWK'
function bad(what, text) { print name ": " what "\t" text }
function same(what, said, right) { if (said "" != right "") bad(what, "says " said ", the manifest has " right) }
function number(t) { return t ~ /^(0|[1-9][0-9]*)$/ && length(t) <= 18 }
function earlier(what) { if (!number(act[what]) || act[what] < 1 || act[what] >= manifest["number"] + 0) bad(what, "is no earlier publication: " act[what]) }
function decision(   i, code, member, present, voted, seen) {
  earlier("decided_on")
  for (i = 0; ("present." i) in act; i++) if (!(act["present." i] in member)) { member[act["present." i]] = 1; present++ }
  if (!number(act["vote.for"]) || !number(act["vote.against"]) || !number(act["vote.abstained"])) bad("vote", "is malformed")
  voted = act["vote.for"] + act["vote.against"] + act["vote.abstained"]
  if (voted != present + 0) bad("vote", "adds up to " voted ", but " present + 0 " members were present")
  if (act["vote.for"] + 0 <= act["vote.against"] + 0) bad("vote", "was not carried")
  if (act["contests"] !~ /^\[[1-9]/) bad("contests", "are none")
  for (i = 0; i < substr(act["contests"], 2) + 0; i++) {
    code = act["contests." i ".contest"]
    if (code in seen) bad("contest " code, "stands there twice")
    seen[code] = 1
    if (!(code in root)) bad("contest " code, "is not in the manifest")
    else same("contest " code ": root", act["contests." i ".root"], root[code])
  }
}
function of(what) { if (!(act[what] in root)) bad("contest " act[what], "is not in the manifest") }
function round(   i, drawn) {
  of("second")
  if (act["second"] == act["contest"]) bad("second", "is the first round itself")
  for (i = 0; ("order." i) in act; i++) { if (act["order." i] in drawn) bad("order", "names one twice"); drawn[act["order." i]] = 1 }
  if (i < 2) bad("order", "does not name two or more")
}
BEGIN { FS = "\t" }
NR == FNR { manifest[$1] = $2; next }
{ act[$1] = $2 }
END {
  if ("!" in act) { bad("is not canonical JSON", act["!"]); exit }
  for (i = 0; ("contests." i ".contest") in manifest; i++) root[manifest["contests." i ".contest"]] = manifest["contests." i ".root"]
  kind = name ~ /lot\.json$/ ? "lot" : name ~ /round\.json$/ ? "second round" : "decision"
  same("format", act["format"], "hashvark " kind " v1")
  same("election", act["election"], manifest["election"])
  same("publication", act["publication"], manifest["number"])
  same("decision", act["decision"], manifest["decision"])
  if (kind == "decision") { decision(); exit }
  of("contest")
  if (kind == "lot") earlier("asked_in")
  else round()
}
AWK

check_act() {
  [ -s "$file" ] || { wrong "$publication/files/$1" "is empty"; return; }
  flat "$file" >"$work/act"
  awk -v name="$publication/files/$1" -f "$work/act.awk" "$work/flat.$publication" "$work/act" | wrongs
}

have_openssl=$(command -v openssl || true)
read_log
check_log
publication=${publication:-$size}
if [ -f "$work/flat.$publication" ]; then
  i=0
  while contest=$(at "$work/flat.$publication" "contests.$i.contest"); [ -n "$contest" ]; do
    case $contest in */* | .*) wrong "contest $contest" "cannot be a name of files" ;; *)
      check_contest "$contest" "$(at "$work/flat.$publication" "contests.$i.form")" \
        "$(at "$work/flat.$publication" "contests.$i.root")" "$(at "$work/flat.$publication" "contests.$i.sums")"
      check_since "$contest"
      check_reasons "$contest"
      check_hours "$contest" "$(at "$work/flat.$publication" "contests.$i.turnout")" ;;
    esac
    i=$((i + 1))
  done
  check_files
  check_list
else
  wrong "publication $publication" "is not among the $size of the log"
fi
[ -n "$keys" ] || echo "signature NOT checked: no keys given"
[ -z "$keys" ] || [ -n "$have_openssl" ] || echo "signature NOT checked: there is no openssl"
if [ -s "$work/wrong" ]; then echo "FAILED: $(wc -l <"$work/wrong") thing(s) wrong"; exit 1; fi
echo OK
