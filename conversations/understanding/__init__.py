"""What kind of message somebody sent, before anything is looked up."""
