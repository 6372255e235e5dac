#!/usr/bin/env python3
"""Sends call events of an exchange to Line122: an example, and good enough for a script beside the exchange.

    exchange-events.example.py URL KEY_ID SECRET_FILE < events

Standard input is one event a line, each a JSON object as ops/exchange-events.md describes it. They are sent in their
order, up to 100 a request, each request signed. While Line122 is away or busy the same request is sent again, for
ever: what was taken already is answered as known. Refused events are told on standard error.

Exit status: 0 all were taken, 1 some were refused, 2 the request itself was refused and repeating is of no use.
Needs Python 3.9 and nothing else.
"""

import hashlib
import hmac
import http.client
import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

BATCH = 100
TIMEOUT = 20
LONGEST_PAUSE = 30


def signature(key_id: str, secret: bytes, method: str, path: str, body: bytes) -> str:
    """The header Line122-Signature; `path` with its query, as it goes over the wire."""
    now = int(time.time())
    signed = f"{now}.{method}.{path}.{hashlib.sha256(body).hexdigest()}"
    code = hmac.new(secret, signed.encode(), hashlib.sha256).hexdigest()
    return f"t={now},k={key_id},v1={code}"


def send(url: str, key_id: str, secret: bytes, events: list) -> list:
    """Sends until Line122 has answered for each event. Raises HTTPError for what repeating cannot mend."""
    body = json.dumps({"events": events}, ensure_ascii=False).encode()
    parts = urllib.parse.urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    pause = 1
    while True:
        request = urllib.request.Request(url, data=body, method="POST")
        request.add_header("Content-Type", "application/json")
        # Anew each time: a signature holds for five minutes.
        request.add_header("Line122-Signature", signature(key_id, secret, "POST", path, body))
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
                return json.load(answer)["results"]
        except urllib.error.HTTPError as error:
            if error.code == 422:  # some were refused, the others were taken
                return json.load(error)["results"]
            if error.code not in (408, 429) and error.code < 500:
                raise
            wait = int(error.headers.get("Retry-After") or pause)
        except (OSError, http.client.HTTPException, ValueError):
            wait = pause  # nobody there, or an answer cut off: whether it was taken is not known
        time.sleep(wait)
        pause = min(2 * pause, LONGEST_PAUSE)


def main() -> int:
    if len(sys.argv) != 4:
        print(__doc__, file=sys.stderr)
        return 2
    url, key_id, secret_file = sys.argv[1:]
    with open(secret_file, "rb") as file:
        secret = file.read().strip()
    events = [json.loads(line) for line in sys.stdin if line.strip()]
    refused = 0
    for start in range(0, len(events), BATCH):
        try:
            results = send(url, key_id, secret, events[start : start + BATCH])
        except urllib.error.HTTPError as error:
            print(f"{error.code}: {error.read().decode(errors='replace')}", file=sys.stderr)
            return 2
        for result in results:
            if result["result"] == "refused":
                refused += 1
                print(json.dumps(result, ensure_ascii=False), file=sys.stderr)
    print(f"sent {len(events)}, refused {refused}")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
