"""Reading and writing a user's repository without losing anything, and without running what is in it."""
