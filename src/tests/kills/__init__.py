"""What kill_load.py is made of."""
