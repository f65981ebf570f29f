"""IAM: users, groups, roles, instance profiles and policies, which are kept and shown, and validated as AWS does.

The mode ``open`` trusts everybody. In the mode ``sigv4`` trust policies say who may assume a role; what identities
may do beside that is limited by session policies alone (``backend.session_policy``).
"""
