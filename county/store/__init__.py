"""The county's store: one SQLite file, county.db. SQL is written here and nowhere else in the county.

Records are kept as they were signed; everything else about cases is a projection of them that `rebuild` makes again.
What clerks do at the console (log-ins, looks at personal data, refusals) is kept beside them.
"""
