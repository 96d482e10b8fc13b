"""`tus_push.py URL CA CERTIFICATE KEY FILE CHAIN SEQ CHUNK`: upload a file with tuspy, as often as it takes.

CHUNK is the bytes of a request, 0 for tuspy's own: all that is left. After a line that broke it asks where the upload
stands and goes on from there, a second later. Prints the times by the monotonic clock.
"""

from __future__ import annotations

import json
import os
import sys
import time

from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError
from tusclient.uploader import Uploader

RETRY_S = 1.0


def main(url: str, authority: str, certificate: str, key: str, file: str, chain: str, seq: str, chunk: str) -> int:
    """Upload."""
    os.environ["REQUESTS_CA_BUNDLE"] = authority
    client = TusClient(url, client_cert=(certificate, key))
    chunk_bytes = int(chunk) or Uploader.DEFAULT_CHUNK_SIZE
    named = {"chain": chain, "seq": seq}
    print(json.dumps({"began_s": time.monotonic()}), flush=True)
    uploads_to = None
    while True:
        try:
            uploader = client.uploader(file, url=uploads_to, chunk_size=chunk_bytes, metadata=named)
            try:
                uploader.upload()
            finally:
                uploads_to = uploader.url
            break
        except TusCommunicationError:
            time.sleep(RETRY_S)
    print(json.dumps({"ended_s": time.monotonic()}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
