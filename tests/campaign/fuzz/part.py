"""Damaged input as a part of the campaign: a seed is a decoder, a sample and what was done to it."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from tests.campaign.fuzz import damage
from tests.campaign.fuzz.decoder import Decoder
from tests.campaign.fuzz.decoders import decoders
from tests.campaign.part import Counts, Part, Run

DAMAGED = 400_000
MEMORY_BYTES = 256 * 1024 * 1024
"""So much more than before may be asked for while input is decoded; beyond it the kernel refuses."""


class DamageTaken(AssertionError):
    """Something damaged was believed, or answered with something else than a refusal."""


def feed(seed: int) -> Counts:
    """Feed one decoder once. Raises DamageTaken."""
    every = decoders()
    decoder = every[seed % len(every)]
    rng = Random(f"fuzz {seed}")
    sample = rng.choice(decoder.samples)
    if decoder.made is not None and rng.random() < 0.3:
        how, content = decoder.made.__name__.strip("_"), decoder.made(rng)
    else:
        do = rng.choice(damage.ALL)
        how, content = do.__name__, do(rng, sample, decoder.samples)
    if content in decoder.samples:
        return {f"{decoder.name}: not damaged after all": 1}
    try:
        understood = decoder.decode(content)
    except decoder.refusals:
        return {f"{decoder.name}: refused": 1}
    except Exception as other:
        said = f"{type(other).__name__}: {other}"
        raise DamageTaken(f"{decoder.name}, {how}: {said}; input {content[:400].hex()}") from other
    if decoder.is_proof and not _is_said(decoder, understood):
        raise DamageTaken(f"{decoder.name}, {how}: taken for authentic; input {content[:400].hex()}")
    return {f"{decoder.name}: {'means what a good one means' if decoder.is_proof else 'readable'}": 1}


def _is_said(decoder: Decoder, understood: object) -> bool:
    """Whether what was understood is what a good sample says, or only parts of what it says in another order."""
    good = [decoder.decode(sample) for sample in decoder.samples]
    if understood in good:
        return True
    signed = {part for each in good if isinstance(each, tuple) for part in each if isinstance(part, bytes)}
    return isinstance(understood, tuple) and bool(signed) and set(understood) <= signed


def _memory_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


@contextmanager
def _fuzz() -> Iterator[Run]:
    for decoder in decoders():
        for sample in decoder.samples:
            # A decoder that refuses what is good would pass everything below.
            decoder.decode(sample)
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_memory_bytes() + MEMORY_BYTES, before[1]))
    try:
        yield feed
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


FUZZ = Part("fuzz", "damaged input, of which nothing may be believed", DAMAGED, _fuzz)
