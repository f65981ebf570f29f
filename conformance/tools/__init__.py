"""Tools that people use with EC2, driven as they use them: Packer, Ansible, libcloud, the SDKs of others."""
