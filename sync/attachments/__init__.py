"""Attachments: what is too large for a record's body, sealed under a key of its own and named by its digest.

The record that names one (`AttachmentAdded`) comes first and is small; the bytes follow in the last lane. Nobody
between the desk and the county can read them: the key is in the sealed body of that record.
"""
