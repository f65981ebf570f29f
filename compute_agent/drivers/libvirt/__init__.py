"""Real guests: QEMU through libvirt, on KVM where it works. Its driver needs the extra ``libvirt``."""
