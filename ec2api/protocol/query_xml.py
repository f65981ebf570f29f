"""Answers and errors of the query protocol, which STS and IAM speak, as XML."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from botocore.model import OperationModel

from ec2api.protocol import model
from ec2api.protocol.writers import Structure, escape

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def answer(operation: OperationModel, values: Mapping[str, Any], request_id: str) -> bytes:
    """The answer of a call that succeeded, such as ``<GetCallerIdentityResponse>``.

    ``values`` is the output by boto3's names; None is left out, a name that the output lacks raises KeyError.
    """
    start, content, end = _frame(operation)
    return f"{start}{content.write(values)}<ResponseMetadata><RequestId>{escape(request_id)}{end}".encode()


def error(code: str, message: str, request_id: str, *, service: str = "sts", status: int = 400) -> bytes:
    """The answer of a call that failed; the receiver is at fault if the HTTP status is 500 or more."""
    namespace = model.service(service).metadata["xmlNamespace"]
    return (
        f'{_DECLARATION}<ErrorResponse xmlns="{namespace}"><Error>'
        f"<Type>{'Receiver' if status >= 500 else 'Sender'}</Type>"
        f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
        f"<RequestId>{escape(request_id)}</RequestId></ErrorResponse>"
    ).encode()


@cache
def _frame(operation: OperationModel) -> tuple[str, Structure, str]:
    """What opens the answer, what writes the result, what stands behind the request id."""
    root, namespace = f"{operation.name}Response", operation.service_model.metadata["xmlNamespace"]
    output = operation.output_shape
    wrapper = output.serialization.get("resultWrapper") if output else None
    return (
        f'{_DECLARATION}<{root} xmlns="{namespace}">',
        Structure(wrapper, output, "member"),
        f"</RequestId></ResponseMetadata></{root}>",
    )
