"""Rating pads and receipt printers: pure frames, drivers that move bytes, and the hub."""
