from wagtail import hooks

from .reviews import ReviewSource
from .topics import TopicSource


@hooks.register("register_search_source")
def topics():
    return TopicSource()


@hooks.register("register_search_source")
def reviews() -> ReviewSource:
    return ReviewSource()
