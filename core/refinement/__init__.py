"""kMQ with iterative refinement: rounds of drawing, training and feedback, in which clusters gain and lose weight.

first = begin(study, Plan(budget="10%", rounds=3), quality=("score", True))
...                                  # train on first.chosen, score the rows
second = go_on(study, first, read_feedback(Path("feedback.csv"), first))
"""

from .account import Account, ClusterAccount, DrawnRow, RoundAccount, account, drawn_rows
from .arms import ARMS
from .by_model import by_model
from .feedback import FeedbackError, FeedbackLine, Scorer, read_feedback
from .form import feedback_form
from .loop import NOISE, SCORERS, Loop, Way
from .outcome import Outcome, outcome
from .outcome_words import outcome_sentences, outcome_table
from .plan import Plan
from .replacing import new_refinement, put_refinement
from .rounds import begin, branch, check_study, differs, go_on
from .running import check_loop, run_rounds, score_round, trains_otherwise
from .shelf import Kept, Shelf, new_id
from .state import Refinement, Round, Scored, dump_refinement, read_refinement
from .weights import moved

__all__ = [
    "ARMS",
    "NOISE",
    "SCORERS",
    "Account",
    "ClusterAccount",
    "DrawnRow",
    "FeedbackError",
    "FeedbackLine",
    "Kept",
    "Loop",
    "Outcome",
    "Plan",
    "Refinement",
    "Round",
    "RoundAccount",
    "Scored",
    "Scorer",
    "Shelf",
    "Way",
    "account",
    "begin",
    "branch",
    "by_model",
    "check_loop",
    "check_study",
    "differs",
    "drawn_rows",
    "dump_refinement",
    "feedback_form",
    "go_on",
    "moved",
    "new_id",
    "new_refinement",
    "outcome",
    "outcome_sentences",
    "outcome_table",
    "put_refinement",
    "read_feedback",
    "read_refinement",
    "run_rounds",
    "score_round",
    "trains_otherwise",
]
