"""Simulated devices: peers on a pty that speak the same bytes as the real ones, with levers for faults.

Only tests and composition roots use them; a driver cannot see that it talks to one.
"""
