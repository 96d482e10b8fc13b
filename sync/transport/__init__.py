"""transport.db: what came back from the county and how the line is. Written by the sync process, read by the kiosk.

Nothing in it is irreplaceable: acknowledgements, the inbox and packs can all be asked for again. A file that is
damaged is therefore put aside and begun anew, and the sync process goes on.
"""
