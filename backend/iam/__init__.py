"""IAM: users, groups, roles, instance profiles and policies, kept and shown, and validated as AWS does.

The mode ``open`` trusts everybody. In the mode ``sigv4`` policies say who may do what (``backend.policies``).
"""
