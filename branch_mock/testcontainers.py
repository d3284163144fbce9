"""`BranchMockContainer`: the image, run by testcontainers. Needs the extra `testcontainers`."""

from collections.abc import Mapping
from datetime import timedelta
from os import PathLike
from pathlib import Path
from threading import Event
from typing import Any, Self

from branch_mock.clock import Stopwatch
from branch_mock.errors import BranchMockError, SettingsError
from branch_mock.remote import RemoteMock
from branch_mock.remote.transport import Transport
from branch_mock.settings import Settings

try:
    from testcontainers.core.config import ConnectionMode
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.waiting_utils import WaitStrategy, WaitStrategyTarget
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"BranchMockContainer needs {error.name}: pip install 'branch-mock[testcontainers]'",
        name=error.name,
    ) from None

PORT = 8080
TLS_PORT = 8443
INIT_DIR = "/docker-entrypoint-init.d"
OF_THE_IMAGE = ("host", "port", "tls_port", "ca_dir", "init_dir")
"""Settings that the image has set: ports are mapped, not moved."""

_LOOPBACK = "127.0.0.1"
_LOCAL = frozenset({"localhost", _LOOPBACK})
_START_SECONDS = 60.0
_POLL_SECONDS = 0.1
_ENDED = frozenset({"exited", "dead", "removing"})
_LAST_LINES = 5


class BranchMockContainer(DockerContainer):
    """The emulator in a container: `with BranchMockContainer() as container:`.

    image: name of an image that was built from the Dockerfile. settings: as `Settings` takes them,
    less those of the image. options: as DockerContainer takes them. It has started once its seeds
    are loaded. Where the engine is on this machine, its ports are on loopback only; what
    `with_bind_ports` says instead is left alone. Raises SettingsError for a setting that cannot be.
    """

    def __init__(
        self,
        image: str = "branch-mock",
        *,
        settings: Mapping[str, object] | None = None,
        **options: Any,
    ) -> None:
        variables = _variables(settings or {})
        self._token = variables.get("BRANCH_MOCK_CONTROL_TOKEN")
        super().__init__(image, **options)
        self.with_exposed_ports(PORT, TLS_PORT)
        self.with_envs(**variables)
        self.waiting_for(Ready())

    def with_seeds(self, folder: str | PathLike[str]) -> Self:
        """Load the `*.json` files of a folder of this machine at the start, in the order of their
        names. Raises SettingsError where there is no such folder."""
        path = Path(folder).resolve()
        if not path.is_dir():
            raise SettingsError(f"seeds: must be a folder, got {str(folder)!r}")
        return self.with_volume_mapping(path, INIT_DIR, "ro")

    def start(self) -> Self:
        """Run it, and wait until calls are answered. Raises BranchMockError and TimeoutError."""
        engine = self.get_docker_client()
        here = engine.get_connection_mode() is ConnectionMode.docker_host
        if here and engine.host() in _LOCAL:
            for port, bound in self.ports.items():
                if bound is None:
                    # any free port there, in the form that the engine's client takes
                    self.ports[port] = (_LOOPBACK,)  # type: ignore[assignment]
        return super().start()

    @property
    def url(self) -> str:
        """Its http address, as seen from here. Only while it runs."""
        return _url(self)

    @property
    def tls_port(self) -> int:
        """The port of this machine at which it answers Branch's real hosts. Only while it runs."""
        return self.get_exposed_port(TLS_PORT)

    @property
    def ca_pem(self) -> str:
        """The certificate of its authority, for clients of `tls_port` to trust.

        Raises NoAuthority, and BranchMockError when it does not answer or its control plane is
        off.
        """
        return Transport(self.url, self._token).read("/_mock/ca.pem").decode()

    def mock(self, **options: Any) -> RemoteMock:
        """An app of one's own there, to be used in `with`. options: as RemoteMock takes them."""
        return RemoteMock(self.url, **{"token": self._token, **options})


class Ready(WaitStrategy):
    """Waits until calls are answered: seeds are loaded then."""

    def __init__(self) -> None:
        super().__init__()
        self._seconds = _START_SECONDS

    def with_startup_timeout(self, timeout: int | timedelta) -> Self:
        """How long, in seconds or as a timedelta; 60 seconds unless told."""
        seconds = timeout if isinstance(timeout, timedelta) else timedelta(seconds=timeout)
        self._seconds = seconds.total_seconds()
        return self

    def wait_until_ready(self, container: WaitStrategyTarget) -> None:
        """Raises BranchMockError with what it said when it has ended, as for a seed that cannot be
        used, and TimeoutError when it does not answer in time."""
        watch, pause = Stopwatch(), Event()
        while True:
            container.reload()
            if container.status in _ENDED:
                raise BranchMockError(f"the container has ended: {_last_lines(container)}")
            if container.status == "running":
                try:
                    Transport(_url(container)).call("GET", "/_mock/ready")
                except (BranchMockError, TimeoutError) as error:  # it may end in between
                    reason = str(error)
                else:
                    return
            else:
                reason = f"it is {container.status}"
            if watch.ms() / 1000 > self._seconds:
                raise TimeoutError(f"not ready within {self._seconds:g} seconds: {reason}")
            pause.wait(_POLL_SECONDS)


def _url(container: WaitStrategyTarget) -> str:
    return f"http://{container.get_container_host_ip()}:{container.get_exposed_port(PORT)}"


def _last_lines(container: WaitStrategyTarget) -> str:
    output, errors = container.get_logs()
    lines = (output + errors).decode(errors="replace").strip().splitlines()
    return " / ".join(lines[-_LAST_LINES:]) or "it said nothing"


def _variables(settings: Mapping[str, object]) -> dict[str, str]:
    """The settings as the image's environment takes them."""
    for name in OF_THE_IMAGE:
        if name in settings:
            raise SettingsError(f"{name}: is set by the image")
    try:
        given = Settings(**dict[str, Any](settings))
    except TypeError as error:
        raise SettingsError(f"settings: {error}") from None
    return given.environment()
