"""Simulators that speak the same bytes as the real devices, on a pty."""
