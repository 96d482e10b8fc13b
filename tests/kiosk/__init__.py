"""The kiosk: what it decides, and what is seen and touched."""
