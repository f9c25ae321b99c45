"""`pcm-registry serve`: the server itself."""

import socket
from pathlib import Path
from typing import Final

import click

from pcm_registry.cli.options import data_option, settings_of

BANNER: Final = """\
***********************************************************************
*  DEVELOPMENT REGISTRY: its keys lie unprotected in its data folder.  *
*  Clients refuse it unless it is on loopback. Never serve it openly.  *
***********************************************************************"""
AMPLE: Final = {"publish_rate": 1_000_000, "write_rate": 1_000_000, "read_rate": 1_000_000}


@click.command(short_help="Serve a registry.")
@data_option
@click.option("--dev", "mode", flag_value="development", help="Throw-away keys, for loopback.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8484, show_default=True, help="Port; 0 takes a free one.")
def serve(data: Path, mode: str | None, host: str, port: int) -> None:
    """Serve the registry in DATA over plain HTTP, for loopback or behind a server that speaks TLS.

    With `--dev` the first start makes a registry with keys that protect nothing.
    """
    import uvicorn

    from pcm_registry.app import build_app
    from pcm_registry.turn import alone

    settings = settings_of(data, **({"mode": mode, **AMPLE} if mode else {}))
    if mode:
        data.mkdir(parents=True, exist_ok=True)
    with alone(data), socket.create_server((host, port)) as listener:
        app = build_app(settings)
        if mode:
            click.echo(BANNER, err=True)
        shown = f"[{host}]" if ":" in host else host
        click.echo(f"serving on http://{shown}:{listener.getsockname()[1]}", err=True)
        config = uvicorn.Config(app, log_level="warning", server_header=False)
        uvicorn.Server(config).run(sockets=[listener])
