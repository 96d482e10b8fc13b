"""Rating pads and receipt printers: pure frames, drivers that move bytes, and a hub that supervises.

Read `ports` first: it is all that a screen needs to know. `docs/devices.md` lists what is supported.
"""
