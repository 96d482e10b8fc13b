"""The campaign: many seeded tries to make the pipe lose, double or forge something. `docs/campaign.md` says how."""
