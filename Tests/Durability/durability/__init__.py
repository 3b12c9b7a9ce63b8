"""Proof of durability: crashes, power losses and faults at every operation of the real command."""
