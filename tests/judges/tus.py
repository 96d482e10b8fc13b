"""`python tests/judges/tus.py URL CERTIFICATE KEY FILE CHAIN SEQ`: upload a file with tuspy, in two sittings.

The first sitting ends in the middle; the second knows only the address of the upload, asks where it stands and goes
on. Prints a JSON object: the address, and the offset after each sitting. REQUESTS_CA_BUNDLE says whom to trust.
"""

from __future__ import annotations

import json
import sys

from tusclient.client import TusClient

CHUNK_BYTES = 70_000


def main(url: str, certificate: str, key: str, file: str, chain: str, seq: str) -> None:
    """Upload and print."""
    client = TusClient(url, client_cert=(certificate, key))
    first = client.uploader(file, chunk_size=CHUNK_BYTES, metadata={"chain": chain, "seq": seq})
    first.upload(stop_at=first.get_file_size() // 2)
    second = client.uploader(file, url=first.url, chunk_size=CHUNK_BYTES)
    begun_at = second.offset
    second.upload()
    print(json.dumps({"url": first.url, "offsets": [first.offset, begun_at, second.offset]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
