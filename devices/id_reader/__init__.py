"""Readers of identity cards: SAM_V frames, what a card says, and the driver that asks for one card."""
