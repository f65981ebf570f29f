"""Image ids that are named by a public parameter of Systems Manager: ``resolve:ssm:/aws/service/...``.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/create-launch-template.html#use-an-ssm-parameter-instead-of-an-ami-id
"""

from backend import errors
from backend.catalogue import images

PREFIX = "resolve:ssm:"


def resolved(region: str, image_id: str) -> str:
    """The image's id as it is, or the one that the parameter has in this region; InvalidParameterValue for none."""
    if not image_id.startswith(PREFIX):
        return image_id
    found = find(region, image_id)
    if found is None:
        raise errors.InvalidParameterValue(
            value=image_id, name="ImageId", reason="The Systems Manager parameter does not exist or holds no AMI ID."
        )
    return found


def find(region: str, image_id: str) -> str | None:
    """The same, None where no public parameter of this region has the name."""
    if not image_id.startswith(PREFIX):
        return image_id
    return images.ssm_parameters(region).get(image_id.removeprefix(PREFIX))
