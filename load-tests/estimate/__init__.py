"""What load-tests/capacity is made of: what is measured, the arithmetic, and the tables of docs/capacity.md."""
