"""The consistency checker: many clients write and read, and what they saw is held against what may be seen."""
