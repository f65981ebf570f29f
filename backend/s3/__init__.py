"""S3: what buckets and objects may do, whoever asks; knows no HTTP."""
