"""The face of S3: addresses, bodies, signatures of forms, and one file of actions per resource."""
