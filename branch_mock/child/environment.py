"""The environment in which programs of many languages take Branch's hosts from a proxy.

Each language has variables of its own for proxies and for whom to trust; here is one table of them.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from branch_mock.child.trust import BUNDLES, PASSWORD, java_store, trusted
from branch_mock.domain.addresses import BRANCH_HOSTS
from branch_mock.domain.apps import App

PRELOAD = Path(__file__).with_name("preload.cjs")
"""Makes Node use the proxy where `NODE_USE_ENV_PROXY` is not known, or not enough."""

_LOCAL = ("localhost", "127.0.0.1", "::1")


class Files:
    """What a child's environment points to, in a folder: bundles of certificates, and php.ini."""

    def __init__(self, folder: Path, environ: Mapping[str, str], certificate_pem: str) -> None:
        pems = [*trusted(environ), certificate_pem.strip()]
        self.bundle = folder / "bundle.pem"
        self.bundle.write_text("\n".join([*pems, ""]), "ascii")
        self.java = folder / "trusted.p12"
        self.java.write_bytes(java_store(pems))
        self.php = folder / "php"
        self.php.mkdir()
        ini = f'curl.cainfo = "{self.bundle}"\nopenssl.cafile = "{self.bundle}"\n'
        (self.php / "branch_mock.ini").write_text(ini, "utf-8")


def environment(
    base: Mapping[str, str], *, proxy_url: str, api_url: str, app: App, files: Files
) -> dict[str, str]:
    """`base` with what leads every client in it to the proxy, and with the app's credentials."""
    direct = no_proxy([base.get("NO_PROXY", ""), base.get("no_proxy", "")])
    own: dict[str, str] = {
        "BRANCH_API_URL": api_url,
        "BRANCH_KEY": app.key,
        "BRANCH_SECRET": app.secret,
        "BRANCH_APP_ID": str(app.id),
        **dict.fromkeys(BUNDLES, str(files.bundle)),
        "NODE_USE_ENV_PROXY": "1",
        "NODE_OPTIONS": _added(base.get("NODE_OPTIONS"), f'--require "{_escaped(PRELOAD)}"'),
        "PHP_INI_SCAN_DIR": f"{base.get('PHP_INI_SCAN_DIR', '')}{os.pathsep}{files.php}",
        "JAVA_TOOL_OPTIONS": _added(
            base.get("JAVA_TOOL_OPTIONS"), *_java_options(proxy_url, direct, files.java)
        ),
    }
    for name, value in (
        ("HTTP_PROXY", proxy_url),
        ("HTTPS_PROXY", proxy_url),
        ("ALL_PROXY", proxy_url),
        ("NO_PROXY", ",".join(direct)),
    ):
        own[name] = own[name.lower()] = value
    return {**base, **own}


def no_proxy(lists: Iterable[str]) -> list[str]:
    """The hosts that a child reaches without the proxy: those of `NO_PROXY` lists that let no host
    of Branch's slip by, and this machine."""
    named = [name.strip() for text in lists for name in text.split(",")]
    kept = [name for name in named if name and not _lets_slip(name)]
    return list(dict.fromkeys([*kept, *_LOCAL]))


def _lets_slip(name: str) -> bool:
    suffix = name.lower().lstrip("*.").partition(":")[0]
    return any(host.replace("*", "x").endswith(suffix) for host in BRANCH_HOSTS) or any(
        suffix.endswith(host.lstrip("*.")) for host in BRANCH_HOSTS
    )


def _added(inherited: str | None, *options: str) -> str:
    return " ".join([inherited, *options] if inherited else options)


def _escaped(path: Path) -> str:
    """A path inside the quotes of `NODE_OPTIONS`."""
    return str(path).replace("\\", "\\\\").replace('"', '\\"')


def _java_options(proxy_url: str, direct: list[str], store: Path) -> list[str]:
    parts = urlsplit(proxy_url)
    hosts = [f"*{name}" if name.startswith(".") else name for name in direct]
    properties = {
        "http.proxyHost": parts.hostname,
        "http.proxyPort": parts.port,
        "https.proxyHost": parts.hostname,
        "https.proxyPort": parts.port,
        "http.nonProxyHosts": "|".join([*hosts, "127.*", "[::1]"]),
        "javax.net.ssl.trustStore": store,
        "javax.net.ssl.trustStoreType": "PKCS12",
        "javax.net.ssl.trustStorePassword": PASSWORD,
    }
    return [f'"-D{name}={value}"' for name, value in properties.items()]
