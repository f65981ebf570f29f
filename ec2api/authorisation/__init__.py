"""Whether a caller may make a call: what each call needs, and the decision of the caller's policies.

S3 decides for itself, as there buckets have policies of their own (``ec2api.s3``).
"""
