"""The demonstration: a site that looks lived in, made by the verbs people use. Places are real, people are invented."""

from django.db import transaction
from django.utils import timezone

from home.actions import set_up_page_rights
from participation.consultations.actions import create_consultation, permanent_consultation
from participation.people.actions import set_up_roles
from participation.people.models import User
from participation.vocabulary.actions import load_terms, load_territories
from resources.models import ResourceIndexPage

from . import ballots, debates, pages, people, proposals, reviews, texts


def is_seeded() -> bool:
    return User.objects.exists()


@transaction.atomic
def seed() -> bool:
    """Fill an empty database, all of it or nothing; return False when somebody has an account already."""
    load_territories()
    load_terms()
    set_up_roles()
    if is_seeded():
        return False

    sheets, projects = texts.read_all("experiences"), texts.read_all("projects")
    named = {table["carrier"] for table in sheets.values()} | {table["organiser"] for table in projects.values()}
    organisations = people.create_organisations(named)
    everyone = people.create_people(organisations)

    home = pages.create_home()
    set_up_page_rights(home)
    indexes = pages.create_indexes(home)
    sections = pages.Sections(indexes)
    pages.create_text_pages(type(home).objects.get(pk=home.pk))
    pages.create_kits(indexes[ResourceIndexPage])
    pages.create_documents(ResourceIndexPage.objects.get())
    sheet_pages = pages.create_sheets(sections, organisations)

    acts, to_embed = [], []
    voters = ballots.create_voters()
    documents = texts.read_all("reviews").values()
    conversations = iter(texts.read("sheet-forums.toml")["forums"])
    for slug, table in sheets.items():
        if "forum" in table:
            conversation = next(conversations, {})
            consultation = permanent_consultation(organisations[table["carrier"]], timezone.localdate().year)
            debate = debates.create_forum(consultation, {**conversation, **table["forum"]})
            acts += debates.acts_of(debate, everyone)
            to_embed.append((sheet_pages[slug], debate.forum))
    for slug, table in projects.items():
        consultation = create_consultation(
            title=table["title"],
            slug=slug,
            organiser=organisations[table["organiser"]],
            degree=table["degree"],
            question=table.get("question", ""),
            negotiable=table.get("negotiable", "").strip(),
            not_negotiable=table.get("not_negotiable", "").strip(),
            modalities=table.get("modalities", "").strip(),
            information=table.get("information", "").strip(),
            follow_up=table.get("followup", "").strip(),
            opens_at=texts.days_ago(table.get("opens_days_ago", 60)),
            closes_at=texts.days_ahead(table["closes_in_days"]) if "closes_in_days" in table else None,
            guarantor=everyone.get(table.get("guarantor")),
        )
        acts += debates.guarantor_acts(consultation, table.get("guarantor_notes", []))
        project = pages.create_project(sections, slug, table, consultation)
        if "forum" in table:
            debate = debates.create_forum(consultation, table["forum"])
            acts += debates.acts_of(debate, everyone)
            to_embed.append((project, debate.forum))
        for row in table.get("ballots", []):
            ballot = ballots.create_ballot(consultation, row)
            acts += ballots.acts_of(ballot, row, voters)
            to_embed.append((project, ballot))
        for row in documents:
            if row["project"] == slug:
                review = reviews.create_review(consultation, row)
                acts += reviews.acts_of(review, row, everyone)
                to_embed.append((project, review))
    debates.play(acts)
    for page, activity in to_embed:
        pages.embed(page, activity)
    proposals.propose(everyone)
    pages.translate_home(type(home).objects.get(pk=home.pk))
    return True
