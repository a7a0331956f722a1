"""The account of a person."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import render


@login_required
def account(request):
    return render(request, "people/account.html")


def csrf_failure(request, reason=""):
    return render(request, "403.html", status=403)
