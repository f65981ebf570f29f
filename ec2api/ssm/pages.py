"""Pages of Parameter Store's lists, cut by a text: NextToken is good for the question that it was given for."""

import base64
import binascii
import hashlib
import json
from typing import TypeVar

from backend import errors
from ec2api.call import Call

T = TypeVar("T", str, int)


def token(call: Call, last: str | int) -> str:
    return base64.urlsafe_b64encode(json.dumps([_digest(call), last]).encode()).decode()


def place(call: Call, given: str | None, first: T) -> T:
    """The last item of the page before; ``first`` where there is none. InvalidNextToken."""
    if given is None:
        return first
    try:
        digest, last = json.loads(base64.b64decode(given.encode(), altchars=b"-_", validate=True))
        if digest != _digest(call) or type(last) is not type(first):
            raise ValueError(given)
    except (binascii.Error, ValueError, TypeError, RecursionError) as fault:
        raise errors.InvalidNextToken(token=given) from fault
    found: T = last
    return found


def _digest(call: Call) -> str:
    asked = {name: value for name, value in call.parameters.items() if name not in ("NextToken", "MaxResults")}
    question = json.dumps([call.account, call.region, asked], sort_keys=True)
    return hashlib.sha256(question.encode()).hexdigest()[:16]
