"""S3 Control, as far as general purpose buckets need it: their tags."""
