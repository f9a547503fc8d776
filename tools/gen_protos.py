"""Generate the Python stubs in `stubs/` from `protos/`; with `--check`, prove that they are fresh.

The proto package path is the Python import path, so nothing rewrites imports. `google.api` comes from the
googleapis-common-protos distribution and is not generated here.
"""

from __future__ import annotations

import filecmp
import shutil
import sys
import tempfile
from pathlib import Path

from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
STUBS = ROOT / "stubs"


def main(arguments: list[str]) -> int:
    """Write the stubs, or with `--check` say which of them differ from a fresh generation."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder)
        generate(fresh)
        if "--check" in arguments:
            return report(differences(fresh, STUBS))
        shutil.rmtree(STUBS, ignore_errors=True)
        shutil.copytree(fresh, STUBS)
    return 0


def generate(target: Path) -> None:
    """Run protoc with its Python, gRPC and typing plug-ins into an empty folder."""
    ours = sorted(str(path.relative_to(PROTOS)) for path in (PROTOS / "daybook").rglob("*.proto"))
    includes = [f"-I{PROTOS}", f"-I{PROTOS / 'third_party'}", f"-I{Path(protoc.__file__).parent / '_proto'}"]
    outputs = [f"--python_out={target}", f"--mypy_out=quiet:{target}"]
    services = [f"--grpc_python_out={target}", f"--mypy_grpc_out=quiet:{target}"]
    run([*includes, *outputs, "buf/validate/validate.proto"])
    run([*includes, *outputs, *services, *ours])
    for path in target.rglob("*_pb2_grpc.py*"):
        if not path.name.startswith(tuple(_with_services(ours))):
            path.unlink()


def _with_services(names: list[str]) -> list[str]:
    """Stems of the files that declare a service; for the others protoc's gRPC plug-in writes empty modules."""
    return [Path(name).stem + "_pb2" for name in names if Path(name).stem.endswith("_service")]


def run(arguments: list[str]) -> None:
    """Call protoc in this process; its complaints go to standard error."""
    if protoc.main(["protoc", *arguments]) != 0:  # type: ignore[no-untyped-call]
        raise SystemExit("protoc failed")


def differences(fresh: Path, committed: Path) -> list[str]:
    """Name every file that is missing, left over or different."""
    names = {str(p.relative_to(fresh)) for p in fresh.rglob("*.py*")}
    present = {str(p.relative_to(committed)) for p in committed.rglob("*.py*") if "__pycache__" not in p.parts}
    changed = {n for n in names & present if not filecmp.cmp(fresh / n, committed / n, shallow=False)}
    return sorted((names ^ present) | changed)


def report(stale: list[str]) -> int:
    """Print what is stale and give the exit code."""
    for name in stale:
        print(f"stubs/{name} is not what protos/ generates: run `make protos`", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
