# SPDX-License-Identifier: Apache-2.0
r"""The commands by which a stranger checks a pack: bash with the tools of any Linux system, and Python once more.

Each step stands for itself once `TOOLS` has been run in the same shell, prints a line for each thing that it checks, and never
calls a name that it was given. It prints visible letters alone, whatever names a pack holds. Numbers and hashes from a pack
are matched before they are counted with or decoded, since shells run what stands in an array index. Names of files are those
of `services/proof_facts`.

Clauses: Merkle paths RFC 9162 section 2.1.3.2; leaves and nodes RFC 6962 section 2.1; notes c2sp.org/signed-note; cosignatures
c2sp.org/tlog-cosignature; tokens RFC 3161. RFC 8410 gives the twelve bytes before an Ed25519 key in its DER form.
"""

TOOLS = r"""export LC_ALL=C
work=$(mktemp -d)
tell() { if [ -n "$2" ] && [ "$2" = "$3" ]; then set -- "$1: OK"; else set -- "$1: FAILED"; fi; echo "${1//[![:print:]]/?}"; }
hash_of() { sha256sum | cut -c 1-64; }
header() { gzip -dc "$1" | sed '/^\r$/q' | tr -d '\r'; }
block() { gzip -dc "$1" | sed '1,/^\r$/d' | head -c -4; }
digest_of() { jq -r --arg role "$2" '.observation.digests[$role][]? | select(startswith("sha256:"))[7:]' "$1"; }
body() { # of the response in the folder $1, without what came after its end; a block that is all body has no header
  local until='1,/^\r\{0,1\}$/d'
  jq -e '.observation.lengths | .block == .body' "$1manifest.json" > /dev/null && until=
  block "$1response.warc.gz" | sed "$until" | head -c "$(jq .observation.lengths.body "$1manifest.json")"
}
vkey() { # name, key id in hex, and key in base64
  read -r key < "$1"
  name=${key%%+*} key=${key#*+}
  id=${key%%+*} key=${key#*+}
  case "$id" in '' | *[!0-9a-f]*) id=none ;; esac
}
signature() { # of the key that vkey has read, in hex, without its key id
  sed -n 's/^— //p' "$1" | while read -r who line; do
    [ "$who" = "$name" ] && echo "$line" | base64 -d | xxd -p -c 200
  done | sed -n "s/^$id//p" | head -n 1
}
climb() { # place, size and leaf; on stdin the hashes of a Merkle path, from the leaf upwards; prints the root
  local place=$1 last node=$3 other
  case "$1 $2" in *[!0-9\ ]* | 0[0-9]* | *\ 0* | \ * | *\ ) return 1 ;; esac
  last=$(($2 - 1))
  [ "$place" -le "$last" ] || return 1
  while read -r other; do
    [ "$last" -gt 0 ] && [ "${#other}" = 64 ] || return 1
    if [ $((place % 2)) = 1 ] || [ "$place" = "$last" ]; then
      node=$(printf '01%s%s' "$other" "$node" | xxd -r -p | hash_of)
      while [ $((place % 2)) = 0 ] && [ "$place" != 0 ]; do place=$((place / 2)) last=$((last / 2)); done
    else
      node=$(printf '01%s%s' "$node" "$other" | xxd -r -p | hash_of)
    fi
    place=$((place / 2)) last=$((last / 2))
  done
  [ "$last" = 0 ] && echo "$node"
}
"""

RECORDS = r"""for record in captures/*/*.warc.gz; do
  tell "$record is whole" "$(gzip -t "$record" && block "$record" | hash_of)" \
    "$(header "$record" | sed -n 's/^WARC-Block-Digest: sha256://p')"
done
for manifest in captures/*/manifest.json; do
  folder=${manifest%manifest.json}
  tell "$manifest is the sealed record" "$(block "${folder}manifest.warc.gz" | hash_of)" "$(hash_of < "$manifest")"
  if [ -e "${folder}response.warc.gz" ]; then
    answer=$(block "${folder}response.warc.gz" | hash_of)
    tell "${folder}response.warc.gz is the answer that the manifest names" "$answer" "$(digest_of "$manifest" block)"
  elif [ -e "${folder}revisit.warc.gz" ]; then
    answer=$(block "${folder}revisit.warc.gz" | hash_of)
    named=$(jq -r .observation.revisits.capture_id "$manifest") of='select(.observation.capture_id == $id) | input_filename'
    for earlier in $(jq -r --arg id "$named" "$of" captures/*/manifest.json); do
      [ "$answer" = "$(digest_of "$manifest" block)" ] && break # nothing but a header came
      tell "${folder}revisit.warc.gz has the payload of $earlier" "$(digest_of "$manifest" payload)" \
        "$(digest_of "$earlier" payload)"
      [ "$(digest_of "$manifest" body)" = "$(digest_of "$earlier" body)" ] || continue 2 # the same, but in other chunks
      [ "$(jq '.observation.response.faults | length' "$manifest")" = 0 ] || continue 2 # or with more after its end
      answer=$({ block "${folder}revisit.warc.gz"; body "${earlier%manifest.json}"; } | hash_of)
      break
    done
    tell "${folder}revisit.warc.gz begins the answer that the manifest names" "$answer" "$(digest_of "$manifest" block)"
  fi
done
"""

INNER = r"""for path in captures/*/inner-path.json; do
  seal=segments/$(jq -r '.segment_id | gsub("[^0-9a-z]"; "")' "$path")/segment.json
  leaf=$(printf '00%s' "$(hash_of < "${path%inner-path.json}manifest.json")" | xxd -r -p | hash_of)
  root=$(jq -r '.hashes[]?' "$path" | climb "$(jq -r .leaf_index "$path")" "$(jq -r .captures "$seal")" "$leaf")
  tell "${path%inner-path.json}manifest.json is under $seal" "sha256:$root" "$(jq -r .captures_root "$seal")"
done
"""

LEAVES = r"""size=$(sed -n 2p checkpoint)
root=$(sed -n 3p checkpoint | base64 -d | xxd -p -c 64)
for leaf in segments/*/leaf.json; do
  folder=${leaf%leaf.json}
  proof=${folder}leaf.tlog-proof
  tell "$leaf is of ${folder}segment.json" "$(jq -r .d "$leaf")" "sha256:$(hash_of < "${folder}segment.json")"
  tell "$proof has this checkpoint" "$(head -n 1 "$proof") $(sed '1,/^$/d' "$proof" | hash_of)" \
    "c2sp.org/tlog-proof@v1 $(hash_of < checkpoint)"
  found=$(sed '/^$/Q' "$proof" | sed '1,/^index /d' | while read -r line; do
    echo "$line" | base64 -d | xxd -p -c 64
  done | climb "$(sed '/^$/Q' "$proof" | sed -n 's/^index //p')" "$size" "$({ printf '\0'; cat "$leaf"; } | hash_of)")
  tell "$leaf is in the ledger" "$found" "$root"
done
"""

SIGNATURE = r"""vkey key.vkey
raw=$(openssl pkey -pubin -in key.pem -outform DER | tail -c 32 | xxd -p -c 32)
tell "key.pem is the key in key.vkey" "01$raw" "$(echo "$key" | base64 -d | xxd -p -c 64)"
tell "key.vkey has the id of its key" "$id" "$({ echo "$name"; echo "$key" | base64 -d; } | hash_of | cut -c 1-8)"
sed '/^$/Q' checkpoint > "$work/text"
signature checkpoint | xxd -r -p > "$work/signature"
tell "checkpoint is signed with key.pem" good "$(openssl pkeyutl -verify -pubin -inkey key.pem -rawin \
  -in "$work/text" -sigfile "$work/signature" > /dev/null 2>&1 && echo good)"
"""

FINGERPRINT = r"""openssl pkey -pubin -in key.pem -outform DER | sha256sum
"""

STAMPS = r"""for stamp in timestamps/*.tsr; do
  chain=${stamp%.tsr}-chain.pem
  at=$(openssl ts -reply -in "$stamp" -text 2> /dev/null | sed -n 's/^Time stamp: //p')
  tell "$stamp is a stamp over checkpoint of $at" good "$(openssl ts -verify -data checkpoint -in "$stamp" \
    -CAfile "$chain" -attime "$(date --date "${at:-now}" +%s)" > /dev/null 2>&1 && echo good)"
  rm -f "$work"/root*
  sed -n '/^-----BEGIN/,/^-----END/p' "$chain" | csplit --quiet --elide-empty-files --prefix "$work/root" - '/^-----BEGIN/' '{*}'
  for root in "$work"/root*; do openssl x509 -in "$root" -noout -subject -fingerprint -sha256; done
done
"""

WITNESSES = r"""tell "checkpoint.witnessed has the text of checkpoint" "$(sed '/^$/Q' checkpoint.witnessed | hash_of)" \
  "$(sed '/^$/Q' checkpoint | hash_of)"
for witness in witnesses/*.vkey; do
  vkey "$witness"
  { printf 302a300506032b6570032100; echo "$key" | base64 -d | tail -c 32 | xxd -p -c 32; } | xxd -r -p > "$work/witness.der"
  said=$(signature checkpoint.witnessed)
  at=$((16#0${said:0:16}))
  { printf 'cosignature/v1\ntime %s\n' "$at"; sed '/^$/Q' checkpoint; } > "$work/text"
  printf %s "${said:16}" | xxd -r -p > "$work/signature"
  tell "$witness: $name signed at $(date --utc --date "@$at" '+%Y-%m-%d %H:%M:%S UTC')" good \
    "$(openssl pkeyutl -verify -pubin -keyform DER -inkey "$work/witness.der" -rawin -in "$work/text" \
      -sigfile "$work/signature" > /dev/null 2>&1 && echo good)"
done
"""

PYTHON = r"""python3 - <<'END'
import base64, glob, gzip, hashlib, json, os, re

sha = lambda content: hashlib.sha256(content).digest()
read = lambda *names: open(os.path.join(*names), "rb").read()

def tell(what, good):
    print(what + (": OK" if good else ": FAILED"))

def climb(place, size, node, path):
    last = size - 1
    if not 0 <= place <= last:
        return None
    for other in path:
        if last == 0 or len(other) != 32:
            return None
        if place % 2 or place == last:
            node = sha(b"\1" + other + node)
            while place and not place % 2:
                place, last = place >> 1, last >> 1
        else:
            node = sha(b"\1" + node + other)
        place, last = place >> 1, last >> 1
    return node if last == 0 else None

folders = sorted(glob.glob("captures/*"))
seen = {folder: json.loads(read(folder, "manifest.json"))["observation"] for folder in folders}
block = lambda *names: gzip.decompress(read(*names)).partition(b"\r\n\r\n")[2][:-4]
of = lambda folder, role: seen[folder]["digests"].get(role, [])

def body(folder):
    answer, sizes = block(folder, "response.warc.gz"), seen[folder]["lengths"]
    start = 0 if sizes["body"] == sizes["block"] else re.search(rb"\n\r?\n", answer).end()
    return answer[start : start + sizes["body"]]

for folder in folders:
    manifest = read(folder, "manifest.json")
    inner = json.loads(read(folder, "inner-path.json"))
    seal = json.loads(read("segments", os.path.basename(inner["segment_id"]), "segment.json"))
    path = [bytes.fromhex(one) for one in inner.get("hashes", [])]
    root = climb(inner["leaf_index"], seal["captures"], sha(b"\0" + sha(manifest)), path)
    tell(folder + " manifest under its seal", root and "sha256:" + root.hex() == seal["captures_root"])
    if os.path.exists(os.path.join(folder, "response.warc.gz")):
        answer = block(folder, "response.warc.gz")
        tell(folder + " response", "sha256:" + sha(answer).hex() in of(folder, "block"))
        with open("body-" + os.path.basename(folder), "wb") as out:
            out.write(body(folder))
    elif os.path.exists(os.path.join(folder, "revisit.warc.gz")):
        answer, known = block(folder, "revisit.warc.gz"), True
        for other in folders:
            if seen[other]["capture_id"] == seen[folder]["revisits"]["capture_id"] and of(folder, "payload"):
                tell(folder + " has the payload of " + other, of(folder, "payload") == of(other, "payload"))
                known = of(folder, "body") == of(other, "body") and not seen[folder]["response"].get("faults")
                answer += body(other) if known else b""
        if known:
            tell(folder + " revisit", "sha256:" + sha(answer).hex() in of(folder, "block"))

if os.path.exists("checkpoint"):
    lines = read("checkpoint").split(b"\n")
    for folder in sorted(glob.glob("segments/*")):
        if os.path.exists(os.path.join(folder, "leaf.json")):
            leaf = read(folder, "leaf.json")
            head, _, note = read(folder, "leaf.tlog-proof").partition(b"\n\n")
            _, place, *path = [one for one in head.split(b"\n") if not one.startswith(b"extra ")]
            root = climb(int(place[6:]), int(lines[1]), sha(b"\0" + leaf), [base64.b64decode(one) for one in path])
            tell(folder + " seal named by its leaf", json.loads(leaf)["d"] == "sha256:" + sha(read(folder, "segment.json")).hex())
            tell(folder + " leaf in the ledger", root == base64.b64decode(lines[2]) and note == read("checkpoint"))
END
"""
