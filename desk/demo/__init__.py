"""The demonstration estate: 海棠苑, 2,000 dwellings, 16 staff, and past work made by walking the real actions in relived time."""
