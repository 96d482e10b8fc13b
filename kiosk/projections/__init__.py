"""What the screens read: folds of the journal and of the county's answers, in tables beside the journal.

They are written on the journal's open transaction, so a fact and its effect on the screens are durable together or
not at all, and they are disposable: `rebuild` gives the same tables. Nothing personal stands in them but masked names.
Drafts are the one thing here that is not a fold; they live beside, in `drafts`.
"""
