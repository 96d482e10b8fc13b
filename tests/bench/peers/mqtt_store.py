"""`mqtt_store.py HOST PORT CA FILE COUNT`: a subscriber that stores what it gets in SQLite.

It acknowledges a message (QoS 1) when it is on the disk, commits what came while the last commit ran, drops what came
twice, and prints the time by the monotonic clock when it has COUNT different messages.
"""

from __future__ import annotations

import hashlib
import json
import queue
import sqlite3
import sys
import time
from pathlib import Path

import paho.mqtt.client as mqtt  # type: ignore[import-untyped,import-not-found]  # of the peers' environment

BATCH_MAX = 500


def main(host: str, port: int, authority: str, path: Path, count: int) -> int:
    """Store until everything is there."""
    arrived: queue.SimpleQueue[mqtt.MQTTMessage] = queue.SimpleQueue()
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, "county", clean_session=False, manual_ack=True)
    client.tls_set(authority)
    client.on_message = lambda _client, _data, message: arrived.put(message)
    client.on_connect = lambda *_: client.subscribe("records", 1)
    client.on_subscribe = lambda *_: print(json.dumps({"listens": port}), flush=True)
    client.connect(host, port)
    client.loop_start()
    store = sqlite3.connect(path, isolation_level=None)
    store.execute("PRAGMA journal_mode = WAL")
    store.execute("PRAGMA synchronous = FULL")
    store.execute("CREATE TABLE IF NOT EXISTS records (digest BLOB PRIMARY KEY, content BLOB NOT NULL)")
    held = doubled = 0
    while held < count:
        batch = [arrived.get()]
        while not arrived.empty() and len(batch) < BATCH_MAX:
            batch.append(arrived.get())
        store.execute("BEGIN")
        rows = [(hashlib.sha256(each.payload).digest(), each.payload) for each in batch]
        fresh = store.executemany("INSERT OR IGNORE INTO records VALUES (?, ?)", rows).rowcount
        store.execute("COMMIT")
        held += fresh
        doubled += len(batch) - fresh
        for each in batch:
            client.ack(each.mid, each.qos)
    print(json.dumps({"ended_s": time.monotonic(), "doubled": doubled}), flush=True)
    time.sleep(0.5)  # the last acknowledgements leave
    client.disconnect()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), sys.argv[3], Path(sys.argv[4]), int(sys.argv[5])))
