"""Messages on their way: Apprise knows the services, here is what they may reach, and what each bears."""

import ipaddress
import os
from collections.abc import Collection
from pathlib import Path
from typing import Final, Protocol

import apprise
from apprise import AppriseAsset, NotifyBase

from streams.core.alerts.subscriptions import Subscription
from streams.errors import UsageError

#: The header in which a webhook gets the key; other services have it in the text.
KEY_HEADER: Final = "Idempotency-Key"
# In a header of each request: ASCII.
_APP: Final = "laocai-gate-kpi"
# These speak SMTP, whose server says who it is; all others that name a host are asked by HTTP.
_MAIL: Final = {"mailto", "mailtos"}


class Channel(Protocol):
    """What takes a message to a subscriber."""

    def send(self, to: Subscription, title: str, body: str, key: str) -> bool:
        """Send a message; tell whether it was taken."""


class AppriseChannel:
    """Sends by Apprise, each time anew; redirects are not followed.

    Args:
        hosts: the hosts that an address may name, in small letters; loopback is one only if it is among them.
    """

    def __init__(self, hosts: Collection[str]) -> None:
        self._hosts = hosts

    def send(self, to: Subscription, title: str, body: str, key: str) -> bool:
        """Send a message; tell whether the service took it.

        Raises:
            UsageError: the address is none, or names a host that is not allowed.
        """
        service = self.service(to)
        headers = getattr(service, "headers", None)
        if isinstance(headers, dict):
            headers[KEY_HEADER] = key
        return bool(service.notify(title=title, body=f"{body}\n\nID {key}"))

    def service(self, to: Subscription) -> NotifyBase:
        """Give the service of a subscriber's address.

        Raises:
            UsageError: the address is none, or names a host that is not allowed.
        """
        asset = AppriseAsset(app_id=_APP, app_desc=_APP, async_mode=False)
        service = apprise.Apprise.instantiate(_address(to), asset=asset)
        if not isinstance(service, NotifyBase):
            raise UsageError(f"{to.name}: its url is no address that Apprise knows")
        # Also where the address itself asks for them.
        service.redirects = False
        templates: tuple[str, ...] = service.templates
        names_a_host = any("{host}" in template for template in templates)
        schema = str(service.schema)
        if names_a_host and schema not in _MAIL and not self._is_allowed(str(service.host)):
            raise UsageError(f"{to.name}: the host {service.host} is not allowed; add it to KPI_ALERT_HOSTS")
        return service

    def _is_allowed(self, host: str) -> bool:
        return host.lower().strip("[]") in self._hosts


def allowed_hosts(setting: str) -> frozenset[str]:
    """Read the list of hosts of a setting; all of loopback's names stand for each other."""
    hosts = {host.strip().lower() for host in setting.split(",")} - {""}
    return frozenset(hosts | {"localhost", "127.0.0.1", "::1"} if any(map(_is_loopback, hosts)) else hosts)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _address(to: Subscription) -> str:
    """Give the address itself, from where it is kept."""
    url = to.url.get_secret_value()
    kind, _, where = url.partition(":")
    if kind == "env":
        if not os.environ.get(where):
            raise UsageError(f"{to.name}: the environment has no {where}, where its url is kept")
        return os.environ[where]
    if kind == "file":
        try:
            return Path(where).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{to.name}: its url is kept in {where}: {error}") from None
    return url
