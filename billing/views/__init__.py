"""Pages and POSTs of money: one view a step, and the prints of agreement and receipt."""
