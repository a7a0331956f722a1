from wagtail import hooks

from .topics import TopicSource


@hooks.register("register_search_source")
def topics():
    return TopicSource()
