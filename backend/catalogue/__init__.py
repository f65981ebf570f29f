"""Facts that AWS publishes, as data: instance types, offerings, regions with their zones, public images."""
