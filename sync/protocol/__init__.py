"""What travels between a terminal, the gateway and the county: bytes to values and back, no sockets, no files.

`frame` cuts a stream into frames; `segment`, `acknowledgement`, `checkpoint`, `relay`, `pack_offer` are what frames and
answers hold, `gateway_word` what those of the gateway share; `uploader` decides what a terminal sends next.
`sync/README.md` is the normative page.
"""
