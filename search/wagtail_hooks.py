from wagtail import hooks

from . import account
from .reviews import ReviewSource
from .topics import TopicSource

hooks.register("register_account_section", account.my_searches)
hooks.register("register_personal_data", account.searches_as_data)
hooks.register("register_words_of_data", account.words_of_data)


@hooks.register("register_search_source")
def topics():
    return TopicSource()


@hooks.register("register_search_source")
def reviews() -> ReviewSource:
    return ReviewSource()
