"""Tests, the tour, the bench and the campaign."""
