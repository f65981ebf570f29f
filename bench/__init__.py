"""Measures this cloud's server side by side with another EC2 emulator, in one run: `python -m bench`."""
