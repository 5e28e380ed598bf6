"""``hub policy``: bundles of policies, from a directory to what is in force."""

from __future__ import annotations

import getpass
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from hub import bundles, policy
from hub.cli.terminal import out, print_json, run
from hub.crypto import Envelope, SigningKey, read_public_keys, read_signing_key
from hub.domain import CATALOGUE
from hub.errors import HubError
from hub.policy.packed import KIND, pack, read_packed
from hub.runtime import database, following_from, keys
from hub.settings import Settings, write_private
from hub.store.pool import open_pool
from hub.store.sequencer import Sequencer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from hub.crypto import Vault
    from hub.store.pool import Pool

app = typer.Typer(
    help="Policies: written, tested, signed, put in force (访问策略).\n\nStart with schema/policies/README.md.",
    no_args_is_help=True,
)
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document")]
Bundle = Annotated[Path, typer.Argument(help="Bundle, as hub policy pack writes it")]


class FileInTheWay(HubError):
    """A command would write over a file that is there."""

    code = "HUB-919"


@app.command()
def keygen(
    file: Annotated[Path, typer.Argument(help="Where the private key goes; the public one goes to FILE.pub")],
    remark: Annotated[str, typer.Option(help="Whose key it is; stands behind the public key")] = "",
) -> None:
    """Make a key that signs policies (生成签名密钥).

    Keep the private key off the hub's machine: whoever holds it decides who sees what. Add the line in FILE.pub to the
    file that HUB_POLICY_KEYS names.

    \b
    Example:
      hub policy keygen policy.key --remark "data authority, 2026"
    """
    _refuse_existing(file, public := file.with_name(f"{file.name}.pub"))
    key = SigningKey.generate()
    write_private(file, key.to_pem())
    line = f"{key.public.line} {remark}".strip()
    public.write_text(f"{line}\n", encoding="utf-8")
    out.print(f"Private key: {file} (keep it apart from the hub)", markup=False, soft_wrap=True)
    out.print(f"Public key {key.public.id}: {public}", markup=False, soft_wrap=True)


@app.command("pack")
def pack_(
    target: Annotated[Path, typer.Argument(help="Where the bundle goes")],
    version: Annotated[int, typer.Option(min=1, max=999_999, help="Higher than that of any bundle installed before")],
    directory: Annotated[
        Path | None, typer.Option("--from", help="Directory of the policies; default schema/policies")
    ] = None,
) -> None:
    """Pack a directory of policies into one file (打包策略).

    The policies are checked first, and the golden cases in cases/ go along.

    \b
    Example:
      hub policy pack policies-7.bundle --version 7
    """
    source = directory or Settings.load().schema_directory / "policies"

    async def work() -> str:
        packed = pack(source, version)
        policies = packed.policies(CATALOGUE)
        packed.require_cases(policies, CATALOGUE)
        _refuse_existing(target)
        target.write_bytes(Envelope(KIND, packed.to_json(), {}).to_json())
        return policies.digest

    digest = run(work())
    out.print(f"Packed version {version} into {target}, digest {digest[:16]}…", markup=False, soft_wrap=True)
    out.print(f"Sign it with: hub policy sign {target} --key FILE", markup=False, soft_wrap=True)


@app.command()
def sign(
    file: Bundle,
    key: Annotated[Path, typer.Option(help="Private key, as hub policy keygen or openssl genpkey writes it")],
) -> None:
    """Sign a bundle (签署策略包).

    A bundle may have several signatures; one by a trusted key is enough.

    \b
    Example:
      hub policy sign policies-7.bundle --key policy.key
    """

    async def work() -> str:
        envelope, signer = Envelope.parse(_bytes(file)), read_signing_key(key)
        read_packed(envelope.payload).policies(CATALOGUE)  # nobody signs what could not be put in force
        file.write_bytes(envelope.signed_by(signer).to_json())
        return signer.public.id

    out.print(f"Signed {file} with key {run(work())}.", markup=False, soft_wrap=True)


@app.command()
def verify(
    file: Bundle,
    trusted: Annotated[
        Path | None, typer.Option(help="File of public keys; default what HUB_POLICY_KEYS names")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what a bundle is, and who signed it (核验策略包).

    \b
    Example:
      hub policy verify policies-7.bundle --trusted trusted-keys
    """

    async def work() -> dict[str, Any]:
        known = bundles.trusted_keys(Settings.load())
        if trusted is not None:
            known = read_public_keys(_bytes(trusted).decode(errors="replace"), str(trusted))
        found = bundles.open_bundle(_bytes(file), known)
        return {
            "version": found.packed.version,
            "digest": found.policies.digest,
            "policies": len(found.policies.policies),
            "files": sorted(found.packed.files),
            "signedBy": None if found.signer is None else {"key": found.signer.id, "remark": found.signer.remark},
        }

    found = run(work())
    if as_json:
        print_json(found)
        return
    signer = found["signedBy"]
    by = "signature not checked: no trusted keys are named" if signer is None else f"signed by {signer['key']}"
    out.print(f"Version {found['version']}, {found['policies']} policies, {by}.", markup=False, soft_wrap=True)
    out.print(f"Digest {found['digest']}", markup=False, soft_wrap=True)


@app.command()
def install(
    file: Bundle,
    roll_back: Annotated[
        str | None, typer.Option(metavar="REASON", help="Put an older version in force again, and say why")
    ] = None,
) -> None:
    """Put a bundle in force, without a restart (启用策略包).

    From the next answer on, every process goes by it; what is under way is answered anew. A bundle that does not fit is
    refused with file, line and why, and the running one stays.

    \b
    Examples:
      hub policy install policies-7.bundle
      hub policy install policies-6.bundle --roll-back "7 hides open needs"
    """
    if roll_back is not None and not roll_back.strip():
        raise typer.BadParameter("--roll-back needs a reason: the audit keeps it")

    async def work(pool: Pool, vault: Vault, settings: Settings) -> bundles.Installed:
        bundle = bundles.open_bundle(_bytes(file), bundles.trusted_keys(settings))
        following_from(bundle.policies, settings)  # trusted documents that could not be answered would stop the start
        audit = Sequencer(pool, vault.mac("audit chain"))
        try:
            return await bundles.install(pool, audit, vault, bundle, roll_back=roll_back, by=getpass.getuser())
        finally:
            await audit.close()

    found = _with_store(work)
    digest = found.bundle.policies.digest
    out.print(f"Version {found.bundle.packed.version} is in force, digest {digest[:16]}…", markup=False, soft_wrap=True)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the bundles that were put in force (策略包一览).

    \b
    Example:
      hub policy list
    """

    async def work(pool: Pool, vault: Vault, settings: Settings) -> tuple[list[dict[str, Any]], str | None]:
        async with pool.acquire() as connection:
            made = await bundles.history(connection, vault)
        rows = [
            {
                "number": each.number, "version": each.version, "digest": each.digest.hex(), "signedBy": each.signer,
                "installedAt": each.installed_at.isoformat(), "installedBy": each.installed_by,
                "rolledBack": each.reason,
            }
            for each in made
        ]  # fmt: skip
        if rows or settings.policy_keys is not None:
            return rows, None
        return rows, policy.load(settings.schema_directory / "policies", CATALOGUE).digest

    rows, directory = _with_store(work)
    if as_json:
        print_json({"installed": rows, "directory": directory})
    elif directory is not None:
        out.print(f"No bundle was installed: the directory's policies are in force, digest {directory[:16]}…")
    elif not rows:
        out.print("No bundle was installed, and HUB_POLICY_KEYS says that policies must be signed.")
    else:
        table = Table("version", "digest", "signed by", "since (UTC)", "by", "rolled back because")
        for each in rows:
            table.add_row(
                str(each["version"]), each["digest"][:12], each["signedBy"] or "—", each["installedAt"][:16],
                each["installedBy"], each["rolledBack"] or "",
            )  # fmt: skip
        out.print(table)
        out.print("The last one is in force.")


def _with_store(work: Callable[[Pool, Vault, Settings], Awaitable[Any]]) -> Any:
    """Run with the hub's database and keys, and without its policies: those may be what is to be mended."""

    async def opened() -> Any:
        async with _store() as (pool, vault, settings):
            return await work(pool, vault, settings)

    return run(opened())


@asynccontextmanager
async def _store() -> AsyncIterator[tuple[Pool, Vault, Settings]]:
    settings = Settings.load()
    settings.require_existing()
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(database(settings))
        pool = await open_pool(url, size=settings.pool_size)
        stack.push_async_callback(pool.close)
        yield pool, await keys(settings, pool), settings


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror}") from None


def _refuse_existing(*files: Path) -> None:
    for file in files:
        if file.exists():
            raise FileInTheWay(f"{file} is there already, and is not written over.")
