"""Forms of a slip's steps: who and when, parts, signatures, copies."""
