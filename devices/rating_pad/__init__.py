"""Rating pads: wire frames, key maps by configuration, and a driver."""
