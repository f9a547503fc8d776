"""The verbs of `daybook`. Each imports what it needs when it runs, so that `--help` answers at once."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.errors import FAILURE, TOOL_FAILED, CommandFailed

if TYPE_CHECKING:
    from cli.management import Management
    from cli.state import DataFolder

_ROOMS = ("auth", "registry", "executor", "mcp_edge", "console", "sandbox")

data_dir = click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".daybook"),
    envvar="DAYBOOK_DATA_DIR",
    show_default=True,
    help="Folder of the mesh on this machine.",
)
as_json = click.option("--json", "is_json", is_flag=True, help="Print JSON.")
console_url = click.option("--console-url", envvar="DAYBOOK_CONSOLE_URL", help="Default: the running mesh's.")
token_file = click.option(
    "--token-file",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="DAYBOOK_API_TOKEN_FILE",
    help="File with the API token. Default: DAYBOOK_API_TOKEN, else the running mesh's.",
)
connection_option = click.option("--connection", help="The company's id. Default: the only one.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="daybook")
def cli() -> None:
    """Daybook: agents do the books in QuickBooks without being able to wreck them.

    Exit codes: 0 done, 1 failure, 2 wrong usage, 5 the tool answered with an error, 130 interrupted before an answer.
    """


@cli.command()
@data_dir
@click.option("--port-base", type=click.IntRange(1024, 65_000), default=8700, show_default=True, help="First port.")
@as_json
@click.option("--once", is_flag=True, help="Start, show the first answer, stop.")
@click.option("--quiet", is_flag=True, help="Leave out the rooms' logs.")
def up(data_dir: Path, port_base: int, is_json: bool, once: bool, quiet: bool) -> None:
    """Run a whole mesh on this machine, with a sandbox company connected, until Ctrl-C."""
    from cli.up import UpOptions, run_up

    options = UpOptions(data_dir=data_dir, port_base=port_base, is_json=is_json, is_once=once, is_quiet=quiet)
    sys.exit(run_up(options))


@cli.command()
@data_dir
@as_json
def status(data_dir: Path, is_json: bool) -> None:
    """Show whether the mesh of a folder is well."""
    from cli.state import DataFolder, require_state
    from cli.status import check, table

    checked = check(require_state(DataFolder(root=data_dir.absolute()), "name its folder with --data-dir"))
    click.echo(json.dumps(checked) if is_json else table(checked))
    sys.exit(0 if checked["ok"] else FAILURE)


@cli.command()
@click.argument("room", type=click.Choice(_ROOMS))
@click.option("--with-parent", is_flag=True, hidden=True, help="Stop when standard input ends.")
def serve(room: str, with_parent: bool) -> None:
    """Run one room; its settings come from the environment."""
    from cli.serve import end_with_parent, serve_room

    if with_parent:
        end_with_parent()
    sys.exit(serve_room(room))


@cli.command()
@click.argument("url", required=False)
@data_dir
@as_json
def tools(url: str | None, data_dir: Path, is_json: bool) -> None:
    """List the tools of an MCP server. Without URL: the running mesh's."""
    from cli.call import list_tools

    found = asyncio.run(list_tools(_mcp_url(url, data_dir)))
    if is_json:
        click.echo(json.dumps([tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in found]))
        return
    for tool in found:
        click.echo(f"{tool.name:<48} {_first_sentence(tool.description or '')}")


@cli.command()
@click.argument("words", nargs=-1, required=True, metavar="[URL] TOOL")
@click.option("--arg", "-a", "pairs", multiple=True, metavar="KEY=VALUE", help="One argument; repeat for more.")
@click.option("--args-json", metavar="JSON", help="All arguments as one JSON object.")
@data_dir
@as_json
def call(words: tuple[str, ...], pairs: tuple[str, ...], args_json: str | None, data_dir: Path, is_json: bool) -> None:
    """Call a tool of an MCP server. Without URL: the running mesh's.

    A value is read as JSON where it is JSON and the tool does not want a text there; otherwise it is text.
    """
    from cli.call import call_tool, call_with_words

    if len(words) > 2 or (pairs and args_json):
        raise click.UsageError("give [URL] TOOL, then either --arg or --args-json")
    url = _mcp_url(words[0] if len(words) == 2 else None, data_dir)
    if args_json is not None:
        answer = asyncio.run(call_tool(url, words[-1], _json_object(args_json)))
    else:
        answer = asyncio.run(call_with_words(url, words[-1], pairs))
    if answer.is_error and is_json:
        click.echo(json.dumps(answer.problem))
    else:
        click.echo(answer.text if is_json else _indented(answer.text))
    for note in answer.notes:
        click.echo(note, err=True)
    sys.exit(TOOL_FAILED if answer.is_error else 0)


@cli.group()
def servers() -> None:
    """Make, list and revoke MCP servers."""


@servers.command("create")
@connection_option
@click.option("--name", required=True, help='What people call it, as in "AP agent".')
@click.option("--method", "methods", multiple=True, help="read, write, custom or one method. Default: read.")
@click.option("--tag", "tags", multiple=True, help="Only tools of this area; repeat for more.")
@click.option("--tool", "tools", multiple=True, help="Only this tool, if methods and tags open it; repeat for more.")
@click.option("--preset", help="A recommended filter in place of methods, tags and tools, such as chatgpt.")
@click.option(
    "--exposure",
    type=click.Choice(["all", "discovery"]),
    help="all lists every tool; discovery lists three that find and call the others. Default: all.",
)
@click.option("--company-knowledge", is_flag=True, help="Also offer search and fetch over the company's records.")
@click.option("--expires-in", metavar="DURATION", help='As in "1h" or "30d". Default: it does not end.')
@console_url
@token_file
@data_dir
@as_json
def create_server(
    connection: str | None,
    name: str,
    methods: tuple[str, ...],
    tags: tuple[str, ...],
    tools: tuple[str, ...],
    preset: str | None,
    exposure: str | None,
    company_knowledge: bool,
    expires_in: str | None,
    console_url: str | None,
    token_file: Path | None,
    data_dir: Path,
    is_json: bool,
) -> None:
    """Make an MCP server, and print its URL for the only time."""
    from cli.servers import ServerOptions, the_connection, wish_of

    options = ServerOptions(
        methods=methods,
        tags=tags,
        tools=tools,
        preset=preset,
        exposure=exposure,
        company_knowledge=company_knowledge,
    )
    wish = wish_of(name, options, expires_in, datetime.now(UTC))
    console = _management(console_url, token_file, data_dir)
    created = console.create_server(the_connection(console, connection), wish)
    click.echo(json.dumps(created) if is_json else created["url"])
    for warning in created.get("warnings", ()):
        click.echo(f"Note: {warning}", err=True)


@servers.command("list")
@connection_option
@console_url
@token_file
@data_dir
@as_json
def list_servers(
    connection: str | None, console_url: str | None, token_file: Path | None, data_dir: Path, is_json: bool
) -> None:
    """List MCP servers, of one company or of all."""
    from cli.servers import all_servers, line_of

    _print_rows(all_servers(_management(console_url, token_file, data_dir), connection), line_of, is_json)


@servers.command("revoke")
@click.argument("server_id")
@connection_option
@console_url
@token_file
@data_dir
@as_json
def revoke_server(
    server_id: str,
    connection: str | None,
    console_url: str | None,
    token_file: Path | None,
    data_dir: Path,
    is_json: bool,
) -> None:
    """Stop an MCP server; its URL is dead within a second."""
    from cli.servers import revoke

    revoke(_management(console_url, token_file, data_dir), server_id, connection)
    click.echo(json.dumps({"id": server_id, "revoked": True}) if is_json else f"{server_id} is revoked")


@cli.command()
@console_url
@token_file
@data_dir
@as_json
def connect(console_url: str | None, token_file: Path | None, data_dir: Path, is_json: bool) -> None:
    """Start linking a QuickBooks company: print the page to open in a browser."""
    begun = _management(console_url, token_file, data_dir).begin_connect()
    if is_json:
        click.echo(json.dumps(begun))
        return
    click.echo(begun["authorize_url"])
    click.echo(f"Open this page before {begun['expires_at']} and approve.", err=True)


def main() -> None:
    """Run the command line; whatever goes wrong is one line and an exit code."""
    try:
        cli(standalone_mode=True)
    except CommandFailed as error:
        click.echo(f"daybook: {error.message}", err=True)
        sys.exit(error.exit_code)


def _folder(data_dir: Path) -> DataFolder:
    from cli.state import DataFolder

    return DataFolder(root=data_dir.absolute())


def _mcp_url(named: str | None, data_dir: Path) -> str:
    from cli.state import require_state

    return named or str(require_state(_folder(data_dir), "name an MCP server's URL")["mcp_url"])


def _management(console_url: str | None, token_file: Path | None, data_dir: Path) -> Management:
    from cli.servers import management

    token = os.environ.get("DAYBOOK_API_TOKEN") or None
    return management(_folder(data_dir), console_url, token_file, token)


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise click.UsageError(f"--args-json is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise click.UsageError("--args-json must be a JSON object")
    return value


def _print_rows(rows: Sequence[Mapping[str, Any]], line_of: Any, is_json: bool) -> None:
    if is_json:
        click.echo(json.dumps(rows))
        return
    for row in rows:
        click.echo(line_of(row))


def _indented(text: str) -> str:
    import msgspec

    try:
        return msgspec.json.format(text, indent=2)
    except msgspec.DecodeError:
        return text


def _first_sentence(text: str) -> str:
    return text.partition(". ")[0].rstrip(".")
