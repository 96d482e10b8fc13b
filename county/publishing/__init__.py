"""Packs as clerks write them: tables in CSV or xlsx, checked cell by cell, built into signed packs."""
