"""The sync process of a terminal: carries the journal's tail up, the county's records and packs down.

A process of its own, so that the screen never waits for a line. It writes `transport.db` and `packs/incoming/` and
nothing else; of the journal it reads short pages.
"""
