"""Pages of a repair: its steps, its photos, its telephone number and its bells."""
