"""How departments are asked about a person: in their database, over HTTP, or by file; each within its limits.

``declared``: what a department answers (``schema/answers``). ``asker``: asks those that answer at once. ``files``:
writes what is asked and reads what is answered by file. ``answer``: whose rows, which numbers. ``limits``: how often.
"""

from hub.sources.asking.answer import Answer
from hub.sources.asking.asker import Asker, asking
from hub.sources.asking.declared import DIRECTORY, Answers, load_answers

__all__ = ["DIRECTORY", "Answer", "Answers", "Asker", "asking", "load_answers"]
