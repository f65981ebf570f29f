"""The table of flow logs."""

from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from backend.db.base import Resource


class FlowLog(Resource):
    """What is to be written down of the traffic of a VPC, a subnet, an interface or a transit gateway."""

    __tablename__ = "flow_logs"
    KIND, PREFIX, NOUN = "vpc-flow-log", "fl", "flow log"
    NOT_FOUND, MALFORMED = "InvalidFlowLogId.NotFound", "InvalidFlowLogId.Malformed"

    resource_id: Mapped[str] = mapped_column(String(40), index=True)
    traffic_type: Mapped[str | None]
    destination_type: Mapped[str]
    destination: Mapped[str | None]
    log_group_name: Mapped[str | None]
    permission_arn: Mapped[str | None]
    cross_account_role: Mapped[str | None]
    log_format: Mapped[str]
    max_aggregation_interval: Mapped[int]
    destination_options: Mapped[dict[str, Any] | None]
    tag_fields: Mapped[list[Any] | None]
    delivery_status: Mapped[str]
    delivery_error: Mapped[str | None]
