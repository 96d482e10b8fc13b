"""Programs that judge what Sunpoint writes with other people's code, and import nothing of it.

They run in an environment of their own (`requirements/judges.in`): cwt wants another cbor2 than the records do.
"""
