"""Faults on purpose: a proxy that misbehaves when told to, cases that break one part, and what must hold meanwhile."""
