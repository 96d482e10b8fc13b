"""Test vectors of the protocol for whoever writes another end of the pipe, and the script that makes them."""
