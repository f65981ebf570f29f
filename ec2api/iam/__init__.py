"""IAM's actions, on what ``backend.iam`` keeps."""
