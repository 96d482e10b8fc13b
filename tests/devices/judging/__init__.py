"""Other people's programs read what our driver sends. `make judges` runs `judge_*.py`; `make test` does not."""
