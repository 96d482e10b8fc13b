"""Our own checks over the source tree, and the tests that prove every check bites."""
