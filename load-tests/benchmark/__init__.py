"""What load-tests/bench is made of: data sets and stacks to run on, clients, the bars, and the reports."""
