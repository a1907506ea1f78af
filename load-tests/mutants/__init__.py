"""Mistakes on purpose: servers with one promise's mechanism broken, each of which load-tests/check must find."""
