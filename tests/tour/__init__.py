"""The tour: the main job walked through the real window by real pointer and key events, with every process real."""
