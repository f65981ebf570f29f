"""Systems Manager's Parameter Store: the accounts' own parameters, and the public ones that name AMIs."""
