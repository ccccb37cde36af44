"""Models as ONNX files: the one way in which sessions are opened, with ONNX Runtime's telemetry off.

One processor a session: texts are short, and who has many of them opens several sessions.
"""

import os
from collections.abc import Sequence
from typing import TypeAlias

# Since 1.29 ONNX Runtime's published builds keep an identifier in the home folder and send events to their maker. This
# is read once, as it loads: https://github.com/microsoft/onnxruntime/blob/main/docs/Privacy.md
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime

Session: TypeAlias = onnxruntime.InferenceSession


def open_session(model: bytes | str, without: Sequence[str] = ()) -> Session:
    """A session on one processor.

    Args:
        model: the file's bytes or its path.
        without: optimisations that are to be left out.

    Raises:
        Exception: as ONNX Runtime does, if it is no model that can be run; its errors have no common base.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # what it warns of, such as values that a model does not use, helps nobody here
    return onnxruntime.InferenceSession(
        model, options, providers=["CPUExecutionProvider"], disabled_optimizers=list(without)
    )
