"""Botocore, which in this process reads the model of each service once.

By itself it reads the model anew for every client, and makes a class of as many methods as the service has
operations. For EC2 that takes 25 ms, and the tests make thousands of clients.
"""

from typing import Any, ClassVar

import botocore.client
import botocore.session


class _Creator(botocore.client.ClientCreator):
    _models: ClassVar[dict[str, Any]] = {}
    _classes: ClassVar[dict[str, type]] = {}

    def _load_service_model(self, service_name: str, api_version: str | None = None) -> Any:
        if service_name not in self._models:
            self._models[service_name] = super()._load_service_model(service_name, api_version)
        return self._models[service_name]

    def _create_client_class(self, service_name: str, service_model: Any) -> type:
        if service_name not in self._classes:
            self._classes[service_name] = super()._create_client_class(service_name, service_model)
        return self._classes[service_name]


botocore.client.ClientCreator = _Creator
SESSION = botocore.session.Session()
