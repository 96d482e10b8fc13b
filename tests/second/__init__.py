"""A second implementation of the terminal's end of the pipe, written from `sync/README.md` and public RFCs alone.

`cbor`, `primitives`, `records`, `county`, `carried`, `facts` and `terminal` import nothing of Sunpoint.
`test_second` puts them before a real gateway, `test_vectors` before the published vectors.
"""
