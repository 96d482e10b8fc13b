"""Ends of peers that are not Python modules of ours; see `tests.bench.rivals`."""
