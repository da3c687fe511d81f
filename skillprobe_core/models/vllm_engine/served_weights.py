"""The weights of a checkpoint in a vLLM server, loaded in place, for as long as nobody loads others."""

from __future__ import annotations

from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path

from skillprobe_core.errors import CheckpointError, SettingsError
from skillprobe_core.machine.file_locks import locked
from skillprobe_core.models.server_calls import ServerCalls
from skillprobe_core.runs.adapters import is_adapter
from skillprobe_core.runs.joined_folder import in_one_folder
from skillprobe_core.runs.model_config import read_config
from skillprobe_core.runs.model_files import ModelFiles

from .engine_messages import Message
from .engine_slots import engine_folder
from .engine_spec import files_state, is_reloadable, model_shape

EXTENSION = "skillprobe_core.models.vllm_engine.server_extension.ServerExtension"
_SERVE = (
    "start the server as VLLM_SERVER_DEV_MODE=1 vllm serve {folder} --worker-extension-cls " + EXTENSION + ", with "
    "skillprobe installed in its environment; only hosts that you trust may reach it"
)
_APART = "leave out `reload` under [compute] in skillprobe.toml and serve the checkpoint under its folder's path"


class ServedWeights:
    """One checkpoint's weights in a server, which this machine's other processes leave alone until `close`.

    facts: the server's number type, device and limit.
    """

    def __init__(self, url: str, files: ModelFiles, tokenizer: Path, *, api_key: str | None = None) -> None:
        """Have the server load the weights, unless it has them.

        Args:
            url: Address of the server's completions endpoint, which ends in /v1.
            files: The checkpoint.
            tokenizer: Folder of its tokenizer.
            api_key: The server's key.

        Raises:
            CheckpointError: Weights of this kind cannot be reloaded, or the server did not take them.
            SettingsError: The server cannot be reached, does not reload, or runs a model of another shape.
        """
        self._calls = ServerCalls(url.rstrip("/").removesuffix("/v1"), api_key=api_key)
        self._path = files.path
        if is_adapter(files) or not is_reloadable(read_config(files)):
            raise CheckpointError(
                "adapters and models that are quantised or have experts cannot be reloaded in a server",
                remedy=_APART,
                path=files.path,
            )
        self._open = ExitStack()
        try:
            digest = sha256(self._calls.url.encode()).hexdigest()[:16]
            self._open.enter_context(locked(engine_folder() / f"server-{digest}.lock"))
            folder = self._open.enter_context(in_one_folder(files)).resolve()
            self.facts = self._loaded(folder, files_state(files), model_shape(folder, tokenizer))
        except BaseException:
            self._open.close()
            raise

    def confirm(self) -> None:
        """Check that the server has held the weights since they were loaded.

        Raises:
            SettingsError: Others were loaded in between, or the server was started again.
        """
        found = self._call("skillprobe_facts")
        if (found["loads"], found["weights"]) != (self.facts["loads"], self.facts["weights"]):
            raise SettingsError(
                f"the server at {self._calls.url} no longer holds the weights: it was started again, or others were "
                "loaded from another machine",
                remedy="run the command again; what was committed is kept. Let one machine at a time use the server",
                path=self._path,
            )

    def close(self) -> None:
        """Let other processes load weights."""
        self._open.close()

    def _loaded(self, folder: Path, weights: str, shape: str) -> Message:
        facts = self._call("skillprobe_facts")
        if facts["workers"] != 1:
            raise SettingsError(
                f"the server at {self._calls.url} has {facts['workers']} workers; reloads are checked in one",
                remedy=f"start it with one worker, or {_APART}",
            )
        if facts["shape"] != shape:
            raise SettingsError(
                f"the server at {self._calls.url} was started with a model of another configuration or tokenizer",
                remedy=_SERVE.format(folder=folder),
                path=self._path,
            )
        if facts["weights"] != weights:
            facts = self._call("skillprobe_load", {"folder": str(folder), "weights": weights})
            if facts["fault"]:
                raise CheckpointError(
                    f"the server at {self._calls.url} did not take the weights: {facts['fault']}",
                    remedy=f"give the server a file system on which {folder} exists; or {_APART}",
                    path=self._path,
                )
        serve = _SERVE.format(folder=folder)
        if not self._calls.call("POST", "/reset_prefix_cache", remedy=serve)["success"]:
            raise SettingsError(
                f"the server at {self._calls.url} has requests of others, so its cache cannot be emptied",
                remedy="run the command again when they have ended",
            )
        return facts

    def _call(self, method: str, arguments: Message | None = None) -> Message:
        body: dict[str, object] = {"method": method, "kwargs": arguments or {}}
        answer = self._calls.call("POST", "/collective_rpc", body, remedy=_SERVE.format(folder=self._path))
        facts: Message = answer["results"][0]
        return facts
