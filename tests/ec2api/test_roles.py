"""How the roles of the cloud are put together."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from backend.config import Settings
from backend.db.models import Host
from compute_agent.store import WrongHost
from ec2api import roles
from tests.conftest import prepared


def test_a_machine_that_had_real_guests_under_another_name_is_refused(tmp_path: Path) -> None:
    def folder(driver: Any, name: str) -> Path:
        settings = Settings(data_dir=tmp_path, driver=driver, host_name=name, zone="us-east-1a")
        return roles.agent_folder(settings, roles.this_host(settings))

    folder("libvirt", "old").mkdir(parents=True)
    assert folder("libvirt", "old").name == "old"
    with pytest.raises(WrongHost, match="old"):
        folder("libvirt", "new")
    assert folder("simulated", "new").name == "new"  # any number of these may share a machine


def test_an_embedded_cloud_may_have_other_regions_each_time(tmp_path: Path) -> None:
    for region in ("us-east-1", "eu-central-1"):
        settings = Settings(data_dir=tmp_path, regions=(region,), default_region=region, zones=1)
        with ExitStack() as stack:
            cloud = roles.open_cloud(settings if (tmp_path / "ec2api.db").exists() else prepared(settings))
            stack.callback(cloud.close)
            roles.start_embedded(cloud, stack)
            with cloud.everywhere(write=False) as uow:
                assert f"sim-{region}a" in uow.scalars(select(Host.name)).all()
