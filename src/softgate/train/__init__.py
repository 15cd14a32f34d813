"""Training a character model into a run folder, and looking at what it learned.

`model` is the network, `stream` the order of the data, `folder` what is on disk, `loop` the training loop (Lightning,
from the extra `train`; so `loop` is not imported here), `observe` walks a trained model over documents.
"""

from softgate.train.folder import Progress, RunFolder, RunFolderError
from softgate.train.model import CharacterModel, ModelSizeError
from softgate.train.settings import Settings
from softgate.train.stream import Lanes

__all__ = ["CharacterModel", "Lanes", "ModelSizeError", "Progress", "RunFolder", "RunFolderError", "Settings"]
