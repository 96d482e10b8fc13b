"""Decoders that are fed what somebody damaged, and what somebody made to hurt them."""
