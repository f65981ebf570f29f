"""Actions of the EBS direct APIs: blocks of snapshots, written and read by their owners."""
