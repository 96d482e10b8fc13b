"""Stops of the real kiosk at what its devices do: every state that somebody can meet, as the screen shows it."""
