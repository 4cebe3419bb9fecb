"""What a careful user writes: keyset pages over one connection, one upsert per row, one transaction per page.

    script.py URL DATABASE COLUMNS

Nothing but the standard library. The yardstick "script" of docs/performance.md.
"""

import base64
import gzip
import hashlib
import hmac
import http.client
import json
import secrets
import sqlite3
import sys
import time
import urllib.parse

PAGE = 1000
REALM = "1234567_SB1"
CONSUMER_KEY, CONSUMER_SECRET = "made-up-consumer-key", "made-up-consumer-secret"
TOKEN, TOKEN_SECRET = "made-up-token", "made-up-token-secret"


def quote(text):
    return urllib.parse.quote(text, safe="-._~")


def authorization(url, parameters):
    oauth = {"oauth_consumer_key": CONSUMER_KEY, "oauth_token": TOKEN, "oauth_signature_method": "HMAC-SHA256",
             "oauth_timestamp": str(int(time.time())), "oauth_nonce": secrets.token_hex(12), "oauth_version": "1.0"}
    joined = "&".join(f"{quote(k)}={quote(v)}" for k, v in sorted({**parameters, **oauth}.items()))
    base = f"POST&{quote(url)}&{quote(joined)}"
    digest = hmac.new(f"{CONSUMER_SECRET}&{TOKEN_SECRET}".encode(), base.encode(), hashlib.sha256).digest()
    oauth["oauth_signature"] = base64.b64encode(digest).decode()
    return "OAuth " + ",".join([f'realm="{REALM}"'] + [f'{k}="{quote(v)}"' for k, v in oauth.items()])


def expression(name, kind):
    if kind == "datetime":
        return f"TO_CHAR(SYS_EXTRACT_UTC(t.{name}),'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS {name}"
    return f"t.{name} AS {name}"


def convert(kind, value):
    if value is None or kind in ("text", "datetime"):
        return value
    if kind == "boolean":
        return 1 if value in ("T", True) else 0
    return int(value)


class Account:
    def __init__(self, base):
        self.base = base
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(base).netloc, timeout=300)

    def page(self, query):
        path = "/services/rest/query/v1/suiteql"
        headers = {"Authorization": authorization(self.base + path, {"limit": str(PAGE)}), "Prefer": "transient",
                   "Content-Type": "application/json", "Accept-Encoding": "gzip"}
        self.connection.request("POST", f"{path}?limit={PAGE}", json.dumps({"q": query}), headers)
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.getheader("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {body.decode()}")
        return json.loads(body)


def main(base, path, columns):
    columns = [tuple(column.split(":")) for column in columns.split(",")]
    names = [name for name, _ in columns]
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    numbers = ("integer", "boolean")
    declared = ", ".join(f"{name} {'INTEGER' if kind in numbers else 'TEXT'}" for name, kind in columns)
    db.execute(f"CREATE TABLE customer ({declared}, PRIMARY KEY ({names[0]}))")
    upsert = (f"INSERT INTO customer ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
              f" ON CONFLICT ({names[0]}) DO UPDATE SET {', '.join(f'{n} = excluded.{n}' for n in names[1:])}")
    select = "SELECT " + ", ".join(expression(*column) for column in columns) + " FROM customer t"
    account, after, records = Account(base), None, 0
    while True:
        where = "" if after is None else f" WHERE t.id > {after}"
        page = account.page(f"{select}{where} ORDER BY t.id ASC")
        rows = [[convert(kind, item.get(name)) for name, kind in columns] for item in page["items"]]
        if rows:
            db.execute("BEGIN")
            db.executemany(upsert, rows)
            db.execute("COMMIT")
            after = rows[-1][0]
            records += len(rows)
        if not page["hasMore"]:
            break
    db.close()
    print(json.dumps({"records": records}))


if __name__ == "__main__":
    main(*sys.argv[1:])
