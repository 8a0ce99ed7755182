"""Recorded people: finding a clip, its sound on a 20 ms grid, and the recording that a call leaves behind."""
