"""Transcribes many recordings, or very long ones, on the machines of a Ray cluster.

    python -m tessera.cluster transcribe recordings/ transcripts/ --model base

Needs the package ray: `pip install tessera[cluster]`.
"""

from .job import Progress, Summary, transcribe
from .nodes import Nodes

__all__ = ["Nodes", "Progress", "Summary", "transcribe"]
