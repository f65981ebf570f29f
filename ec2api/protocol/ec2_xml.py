"""Answers and errors of the EC2 protocol as XML."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from botocore.model import OperationModel

from ec2api.protocol.writers import Structure, escape

_RETURN = ("CreatePlacementGroup",)
"""Operations that say ``<return>true</return>`` beside an output, as they had none once and clients still look."""
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def answer(operation: OperationModel, values: Mapping[str, Any], request_id: str) -> bytes:
    """The answer of a call that succeeded, such as ``<RunInstancesResponse>``.

    ``values`` is the output by boto3's names; None is left out, a name that the output lacks raises KeyError.
    An operation without output says ``<return>true</return>``.
    """
    start, content, end = _frame(operation)
    return f"{start}{escape(request_id)}</requestId>{content.write(values)}{end}".encode()


def error(code: str, message: str, request_id: str) -> bytes:
    """The answer of a call that failed.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html#api-error-response
    """
    return (
        f"{_DECLARATION}<Response><Errors><Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
        f"</Error></Errors><RequestID>{escape(request_id)}</RequestID></Response>"
    ).encode()


@cache
def _frame(operation: OperationModel) -> tuple[str, Structure, str]:
    """What stands before the request id, what writes the output, what closes the answer."""
    root = f"{operation.name}Response"
    # Clients look for the namespace as AWS sends it: with a slash that the model does not have.
    namespace = operation.service_model.metadata["xmlNamespace"].rstrip("/") + "/"
    start = f'{_DECLARATION}<{root} xmlns="{namespace}"><requestId>'
    output = operation.output_shape
    end = f"<return>true</return></{root}>" if output is None or operation.name in _RETURN else f"</{root}>"
    return start, Structure(None, output, "item"), end
