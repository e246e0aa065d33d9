"""Where notebooks run: a bare environment, a private channel to the kernel, a memory limit."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nbclient import NotebookClient
from nbformat import NotebookNode
from traitlets.config import Config

# What a kernel may inherit from the caller: no tokens, no personal settings.
INHERITED = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "SYSTEMROOT", "VIRTUAL_ENV")
LONGEST_SOCKET_PATH = 100


def be_bare(home: Path, cache: Path) -> None:
    """Give this process, and kernels it starts, a bare environment with `home` as home folder."""
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
    ours = str(Path(sys.executable).parent)
    environment |= {
        "PATH": ours + os.pathsep + environment.get("PATH", ""),
        "HOME": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_CONFIG_DIR": str(home / "jupyter"),
        "JUPYTER_DATA_DIR": str(home / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(home / "run"),
        "JUPYTER_PLATFORM_DIRS": "1",
        "MPLCONFIGDIR": str(cache / "matplotlib"),
        "JAX_PLATFORMS": "cpu",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "PYTHONWARNINGS": "ignore",
        "PYTHONUTF8": "1",
    }
    os.environ.clear()
    os.environ.update(environment)


def kernel_config(home: Path) -> Config:
    """Talk to the kernel through sockets in `home`, with no network, where a path may be so long.

    The address is given in full: left to itself it is relative to the working folder, which the
    kernel does not share.
    """
    config = Config()
    address = str(home / "kernel")
    if sys.platform == "linux" and len(address) < LONGEST_SOCKET_PATH:
        config.KernelManager.transport = "ipc"
        config.KernelManager.ip = address
    return config


def limit_memory(size: int) -> None:
    """Limit the memory of this process and of each kernel it starts, where the system can."""
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (size, size))


@contextmanager
def bare_home(cache: Path) -> Iterator[Path]:
    """A home folder for a while, in a bare environment that is put back afterwards."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="grade-", ignore_cleanup_errors=True) as home:
        try:
            be_bare(Path(home), cache)
            yield Path(home)
        finally:
            os.environ.clear()
            os.environ.update(before)


def execute(notebook: NotebookNode, cache: Path, timeout: int) -> None:
    """Run every cell of `notebook` in place, going on after errors."""
    with bare_home(cache) as home:
        client = NotebookClient(
            notebook,
            config=kernel_config(home),
            timeout=timeout,
            kernel_name="python3",
            allow_errors=True,
            resources={"metadata": {"path": str(home)}},
        )
        client.execute()


def error_of(cell: NotebookNode) -> tuple[str, str] | None:
    """Name and message of the last error of a cell: after a timeout, that is the timeout."""
    errors = [output for output in cell.get("outputs", []) if output.output_type == "error"]
    return (errors[-1].ename, errors[-1].evalue) if errors else None
