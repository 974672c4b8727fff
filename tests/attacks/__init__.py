"""Attacks through the web: skipped steps, forged fields, foreign records, races and odd input (trust.md §2)."""
