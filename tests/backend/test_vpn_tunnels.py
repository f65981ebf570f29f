"""The inside addresses and the keys of VPN tunnels."""

from ipaddress import ip_network

from hypothesis import given
from hypothesis import strategies as st

from backend import vpn_tunnels


@given(st.sets(st.integers(0, 2**14 - 1), max_size=200))
def test_a_new_inside_block_is_one_that_may_be_asked_for(taken: set[int]) -> None:
    blocks = {str(ip_network((0xA9FE0000 + 4 * n, 30))) for n in taken}
    made = vpn_tunnels.new_inside(blocks)
    assert vpn_tunnels.check_inside(made, blocks) == made


def test_new_ipv6_blocks_and_keys_may_be_asked_for() -> None:
    for _ in range(100):
        made = vpn_tunnels.new_inside_ipv6(())
        assert vpn_tunnels.check_inside_ipv6(made, ()) == made
        assert vpn_tunnels.check_key(vpn_tunnels.new_key())
