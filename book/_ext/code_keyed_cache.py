"""Key the cache of executed notebooks on the code that the notebooks run.

jupyter-cache keys on a notebook's cells alone, so a change in the library would leave old
numbers on the pages. Here the cache folder carries a hash of ``code_key_paths``; the folder is
part of Sphinx's environment, so a new hash also makes Sphinx read every page again.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config


def code_key(paths: Iterable[Path]) -> str:
    """A short hash over the names and contents of files, and of the ``*.py`` below folders."""
    digest = hashlib.sha256()
    for path in paths:
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(file.relative_to(path.parent).as_posix().encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


def set_cache_folder(app: Sphinx, config: Config) -> None:
    key = code_key(Path(app.srcdir) / name for name in config.code_key_paths)
    config.nb_execution_cache_path = str(Path(app.outdir).parent / ".jupyter_cache" / key)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_config_value("code_key_paths", [], "env", types=[list])
    app.connect("config-inited", set_cache_folder)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
