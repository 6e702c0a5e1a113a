"""Model servers that staff connect in the admin: their keys, the results of their tests, and their current state."""
