"""Results by digest: whole or absent; what was made from what."""

from headwater.store.blobs import Blob
from headwater.store.results import Result, Store

__all__ = ["Blob", "Result", "Store"]
