"""The texts in which EC2 tells why an instance changed its state.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StateReason.html
"""

from datetime import datetime

USER_INITIATED = ("Client.UserInitiatedShutdown", "Client.UserInitiatedShutdown: User initiated shutdown")
INSTANCE_INITIATED = (
    "Client.InstanceInitiatedShutdown",
    "Client.InstanceInitiatedShutdown: Instance initiated shutdown",
)


def gmt(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S GMT")


def user_initiated(at: datetime) -> str:
    """StateTransitionReason of what a caller asked for."""
    return f"User initiated ({gmt(at)})"
