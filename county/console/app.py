"""Puts the console together."""

from __future__ import annotations

from flask import Flask

from county.console.cases import CasePages
from county.console.door import Door
from county.console.late import LatePages
from county.console.office import Office
from county.console.pages import Surroundings
from county.console.self_tests import SelfTestPages
from county.console.supervision import SupervisionPages
from county.review import ReviewDesk


def make_console(office: Office, review: ReviewDesk, hosts: tuple[str, ...]) -> Flask:
    """Make the console.

    Args:
        office: its parts.
        review: decides about late tails.
        hosts: names that it answers under; a request for another one is refused, so that a page elsewhere cannot
            reach it by giving its own name the address of this machine.
    """
    app = Flask("county.console", static_folder="static", template_folder="templates")
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    Door(office, office.clerks.form_secret(), hosts).install(app)
    Surroundings(office).install(app)
    app.register_blueprint(CasePages(office).blueprint())
    app.register_blueprint(SupervisionPages(office).blueprint())
    app.register_blueprint(SelfTestPages(office).blueprint())
    app.register_blueprint(LatePages(office, review).blueprint())
    return app
