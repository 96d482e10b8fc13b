"""The outer gateway: admits segments, keeps them, signs acknowledgements."""
