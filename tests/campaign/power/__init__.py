"""Power cuts: what the product really wrote and synced, replayed up to any point, the unsynced torn apart."""
