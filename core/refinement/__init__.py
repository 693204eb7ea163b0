"""kMQ with iterative refinement: rounds of drawing, training and feedback, in which clusters gain and lose weight.

first = begin(study, Plan(budget="10%", rounds=3), quality=("score", True))
...                                  # train on first.chosen, score the rows
second = go_on(study, first, read_feedback(Path("feedback.csv"), first))
"""

from .by_model import by_model
from .feedback import FeedbackError, FeedbackLine, Scorer, read_feedback
from .form import feedback_form
from .plan import Plan
from .rounds import begin, branch, check_study, differs, go_on
from .state import Refinement, Round, Scored, dump_refinement, read_refinement
from .weights import moved

__all__ = [
    "FeedbackError",
    "FeedbackLine",
    "Plan",
    "Refinement",
    "Round",
    "Scored",
    "Scorer",
    "begin",
    "branch",
    "by_model",
    "check_study",
    "differs",
    "dump_refinement",
    "feedback_form",
    "go_on",
    "moved",
    "read_feedback",
    "read_refinement",
]
