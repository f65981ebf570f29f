"""Policies: one evaluator for IAM identities, permissions boundaries, STS sessions, the trust in roles and S3 buckets.

``documents`` reads them, ``conditions`` and ``patterns`` are their parts, ``evaluation`` decides, ``bucket_policies``
holds what S3 demands of its own, and ``grants`` finds what an identity is granted.
"""
