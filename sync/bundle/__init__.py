"""Bundles: what the pipe carries, in a file on a stick. Sealed as a whole, so that a lost stick shows not even headers.

An *up-bundle* takes a terminal's segments to the gateway, a *down-bundle* brings back what the gateway would have
answered over a line: acknowledgement, checkpoint, the county's records, packs. Inside are the same bytes as on the
pipe; they are judged by the same functions, and so both roads may be mixed, repeated and taken in any order.
"""
