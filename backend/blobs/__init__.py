"""Where bytes lie that are too large for rows: blocks of snapshots, and objects of buckets."""
