from ipaddress import IPv4Network

from hypothesis import given
from hypothesis import strategies as st

from backend import cidr_blocks

PRIVATE = [IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]
networks = st.builds(
    lambda number, length: IPv4Network((number >> (32 - length) << (32 - length), length)),
    st.integers(0, 2**32 - 1),
    st.integers(cidr_blocks.LARGEST, cidr_blocks.SMALLEST),
)
private = st.sampled_from(PRIVATE).flatmap(
    lambda around: st.builds(
        lambda number, length: IPv4Network((number >> (32 - length) << (32 - length), length)),
        st.integers(int(around[0]), int(around[-1])),
        st.integers(cidr_blocks.LARGEST, cidr_blocks.SMALLEST),
    )
)


@given(networks)
def test_a_block_is_parsed_to_itself_from_any_of_its_addresses(network: IPv4Network) -> None:
    for address in (network[0], network[-1]):
        assert cidr_blocks.parse_ipv4(f"{address}/{network.prefixlen}") == network


@given(private, private)
def test_private_ranges_do_not_mix(primary: IPv4Network, new: IPv4Network) -> None:
    together = any(primary.subnet_of(around) and new.subnet_of(around) for around in PRIVATE)
    if not together:
        assert cidr_blocks.restricted(primary, [], new)


@given(networks, networks)
def test_public_blocks_are_open_to_every_vpc(primary: IPv4Network, new: IPv4Network) -> None:
    special = [*PRIVATE, IPv4Network("198.19.0.0/16")]
    if not any(new.overlaps(range) for range in special):
        assert not cidr_blocks.restricted(primary, [], new)
