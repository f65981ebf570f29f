"""STS: who a caller is, and temporary credentials.

In the mode ``sigv4`` a role must exist, and its trust policy must allow whoever assumes it, by name or by a policy of
their own; no root user can. In the mode ``open``, which trusts everybody, any well-formed role can be assumed, and by
anybody. In both a role that exists has the id and the longest session that IAM knows.
"""
