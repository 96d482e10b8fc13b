"""The county system: opens records, handles cases, supervises, publishes packs."""
