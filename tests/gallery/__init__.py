"""Pictures of every widget with sample words; no part of the kiosk, which never imports it."""
