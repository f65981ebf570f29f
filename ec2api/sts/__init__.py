"""STS: who a caller is, and temporary credentials.

Until this cloud stores users and roles, a user is the name that its access key was created with, and any
well-formed role exists. In the mode ``sigv4`` only the roles of the caller's own account can be assumed,
and by no root user; in the mode ``open``, which trusts everybody, all of them can, and by anybody.
"""
