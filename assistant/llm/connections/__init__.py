"""Model servers that staff connect in the admin: their keys, what a test found out about them, and what is live now."""
