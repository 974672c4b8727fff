"""Pages and POSTs of slips: their steps, their prints."""
