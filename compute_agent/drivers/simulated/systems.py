"""The operating systems that simulated guests seem to run, told by the names of their images."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Linux:
    """A distribution as its serial console shows it.

    ``kernel`` and ``issue`` hold ``{arch}``, which is the machine as uname or as Debian writes it. ``issue``, what
    stands above the login prompt, also holds ``{kernel}``, ``{machine}`` and ``{host}``. ``root`` is the root
    partition and ``filesystem`` is what is on it.
    """

    welcome: str
    kernel: str
    compiler: str
    user: str
    cloud_init: str
    issue: tuple[str, ...]
    root: str = "nvme0n1p1"
    filesystem: str = "EXT4-fs"
    machines: Mapping[str, str] | None = None

    def kernel_of(self, architecture: str) -> str:
        return self.kernel.format(arch=(self.machines or _UNAME).get(architecture, architecture))

    def issue_of(self, architecture: str, host: str) -> list[str]:
        machine = _UNAME.get(architecture, architecture)
        return [line.format(kernel=self.kernel_of(architecture), machine=machine, host=host) for line in self.issue]


@dataclass(frozen=True, slots=True)
class Windows:
    """A release of Windows Server: its name, and the version that its kernel tells."""

    name: str
    version: str


System = Linux | Windows

_UNAME = {"x86_64": "x86_64", "arm64": "aarch64"}
_DEBIAN = {"x86_64": "amd64", "arm64": "arm64"}
_UNAME_ISSUE = "Kernel {kernel} on an {machine}"


def _amazon_2023(kernel: str) -> Linux:
    return Linux(
        "Amazon Linux 2023",
        f"{kernel}.amzn2023.{{arch}}",
        "gcc (GCC) 11.5.0, GNU ld version 2.41",
        "ec2-user",
        "22.2.2",
        ("Amazon Linux 2023", f"{_UNAME_ISSUE} (-)"),
        filesystem="XFS",
    )


def _amazon_2(kernel: str) -> Linux:
    return Linux(
        "Amazon Linux 2",
        f"{kernel}.amzn2.{{arch}}",
        "gcc10-gcc (GCC) 10.5.0, GNU ld version 2.35.2",
        "ec2-user",
        "19.3-46.amzn2.0.5",
        ("Amazon Linux 2", _UNAME_ISSUE),
        filesystem="XFS",
    )


def _ubuntu(release: str, kernel: str, gcc: str, cloud_init: str = "25.2-0ubuntu1") -> Linux:
    return Linux(
        f"Ubuntu {release}",
        f"{kernel}-aws",
        f"gcc (Ubuntu {gcc}) {gcc.partition('-')[0]}, GNU ld (GNU Binutils for Ubuntu)",
        "ubuntu",
        cloud_init,
        (f"Ubuntu {release} {{host}} ttyS0",),
    )


def _debian(release: str, name: str, kernel: str, gcc: str, cloud_init: str) -> Linux:
    return Linux(
        f"Debian GNU/Linux {release} ({name})",
        f"{kernel}-cloud-{{arch}}",
        f"gcc-{gcc.partition('.')[0]} (Debian {gcc}) {gcc.partition('-')[0]}, GNU ld (GNU Binutils for Debian)",
        "admin",
        cloud_init,
        (f"Debian GNU/Linux {release} {{host}} ttyS0",),
        machines=_DEBIAN,
    )


def _red_hat(name: str, kernel: str, user: str = "ec2-user", filesystem: str = "XFS") -> Linux:
    """Red Hat Enterprise Linux and those that follow it."""
    return Linux(
        name,
        f"{kernel}.{{arch}}",
        "gcc (GCC) 11.5.0 20240719 (Red Hat 11.5.0-5), GNU ld version 2.35.2",
        user,
        "24.4-4",
        (name, _UNAME_ISSUE),
        root="nvme0n1p4",
        filesystem=filesystem,
    )


def _suse(release: str, kernel: str) -> Linux:
    name = f"SUSE Linux Enterprise Server {release}"
    return Linux(
        name,
        f"{kernel}-default",
        "gcc (SUSE Linux) 7.5.0, GNU ld (GNU Binutils; SUSE Linux Enterprise 15)",
        "ec2-user",
        "23.3-150100.8.85.4",
        (f"Welcome to {name} ({{machine}}) - Kernel {{kernel}} (ttyS0).",),
        root="nvme0n1p3",
        filesystem="XFS",
    )


_RED_HAT_KERNELS = {"8": "4.18.0-553.el8_10", "9": "5.14.0-570.el9", "10": "6.12.0-55.el10"}
_SYSTEMS: tuple[tuple[str, System], ...] = (
    (r"al2023-.*kernel-6\.18", _amazon_2023("6.18.8-9.213")),
    (r"al2023-.*kernel-6\.12", _amazon_2023("6.12.40-64.114")),
    (r"al2023-|amazon-eks-node-al2023", _amazon_2023("6.1.141-155.222")),
    (r"amzn2?-ami-.*kernel-5\.10|amzn2-ami-ecs", _amazon_2("5.10.240-238.959")),
    (r"amzn2?-ami-", _amazon_2("4.14.355-277.647")),
    (r"ubuntu.*-18\.04-", _ubuntu("18.04.6 LTS", "5.4.0-1103", "7.5.0-3ubuntu1~18.04", "23.1.2-0ubuntu0~18.04.1")),
    (r"ubuntu.*-20\.04-", _ubuntu("20.04.6 LTS", "5.15.0-1084", "9.4.0-1ubuntu1~20.04.2")),
    (r"ubuntu.*-22\.04-", _ubuntu("22.04.5 LTS", "6.8.0-1031", "12.3.0-1ubuntu1~22.04")),
    (r"ubuntu.*-24\.04-", _ubuntu("24.04.3 LTS", "6.14.0-1011", "13.3.0-6ubuntu2~24.04")),
    (r"ubuntu.*-26\.04-", _ubuntu("26.04 LTS", "7.0.0-1004", "15.2.0-4ubuntu4")),
    (r"ubuntu", _ubuntu("24.04.3 LTS", "6.14.0-1011", "13.3.0-6ubuntu2~24.04")),
    (r"debian-10-", _debian("10", "buster", "4.19.0-27", "8.3.0-6", "20.2")),
    (r"debian-11-", _debian("11", "bullseye", "5.10.0-35", "10.2.1-6", "20.4.1")),
    (r"debian-13-", _debian("13", "trixie", "6.12.41+deb13", "14.2.0-19", "25.1.4")),
    (r"debian", _debian("12", "bookworm", "6.1.0-37", "12.2.0-14+deb12u1", "22.4.2")),
    (r"windows_server-2016", Windows("Microsoft Windows Server 2016 Datacenter", "10.0.14393")),
    (r"windows_server-2019", Windows("Microsoft Windows Server 2019 Datacenter", "10.0.17763")),
    (r"windows_server-2025", Windows("Microsoft Windows Server 2025 Datacenter", "10.0.26100")),
    (r"windows", Windows("Microsoft Windows Server 2022 Datacenter", "10.0.20348")),
    *((rf"rhel-{n}\.", _red_hat(f"Red Hat Enterprise Linux {n}", k)) for n, k in _RED_HAT_KERNELS.items()),
    *((rf"rocky-{n}-", _red_hat(f"Rocky Linux {n}", k, "rocky")) for n, k in _RED_HAT_KERNELS.items()),
    *((rf"almalinux os {n}\.", _red_hat(f"AlmaLinux {n}", k)) for n, k in _RED_HAT_KERNELS.items()),
    (r"sles-12-sp5", _suse("12 SP5", "4.12.14-122.266")),
    (r"sles-15-sp6", _suse("15 SP6", "6.4.0-150600.23.60")),
    (r"sles-", _suse("15 SP7", "6.4.0-150700.53.6")),
    (r"centos stream 9", _red_hat("CentOS Stream 9", "5.14.0-601.el9")),
    (r"fedora.*-43-", _red_hat("Fedora Linux 43 (Cloud Edition)", "6.17.1-300.fc43", "fedora", "BTRFS")),
    (r"fedora", _red_hat("Fedora Linux 44 (Cloud Edition)", "6.19.6-300.fc44", "fedora", "BTRFS")),
)


@lru_cache(maxsize=1024)
def of(image_name: str) -> System:
    """The system of an image by its name, wherever that is told in it; Amazon Linux 2023 where no name is known."""
    name = image_name.lower()
    return next((system for pattern, system in _SYSTEMS if re.search(pattern, name)), _AMAZON)


_AMAZON = _amazon_2023("6.1.141-155.222")
