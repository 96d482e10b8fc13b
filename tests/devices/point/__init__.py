"""A service point with all its devices and all their levers, played in any order: what is promised of every device.

`machines` has what is run; one module for each device says what people can do at it, and what its events must mean.
"""
