from wagtail import hooks
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet

from participation.people.permissions import EditorsPolicy

from . import account, actions, counting, open_results
from .models import Ballot
from .viewsets import BallotViewSet

register_permission_policy(Ballot, EditorsPolicy(Ballot))
register_snippet(BallotViewSet)

hooks.register("register_log_results", counting.results_of)
hooks.register("register_recount", counting.recount)
hooks.register("register_open_results", open_results.results_of)
hooks.register("register_account_section", account.my_votes)
hooks.register("register_personal_data", account.votes_as_data)
hooks.register("register_words_of_data", account.words_of_data)
hooks.register("register_account_deletion", actions.let_go, order=20)
