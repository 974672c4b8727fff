"""Dates as each language writes them, where Django's own form is another."""
