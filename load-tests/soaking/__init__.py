"""What load-tests/soak looks at, and how it judges."""
