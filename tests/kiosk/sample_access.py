"""Sample views of who may open the desk: agents and their cards, a card typed by hand, a new card."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.intents import Do, Open
from kiosk.own_views import SignInView
from kiosk.pages import Actions, ActionView, Control, Facts, Fields, FieldView, Notice, PageView, Rows, RowView, Weight
from kiosk.views import Level
from tests.kiosk.sample_words import Say, back, main

CARD = "A02-WYAF-V6EH-2E69-X95J-035N-2653-99FB-CCXN"


def pages(say: Say) -> Iterator[tuple[str, PageView]]:
    """Yield every page about it."""
    yield "access", access(say)
    yield "access_asked", access(say, asked=True)
    yield "card", card(say, typing=False)
    yield "card_typing", card(say, typing=True)
    yield "card_made", card_made(say)


def access(say: Say, *, asked: bool = False) -> PageView:
    """The agents of a machine, one chosen, and whether their card is to be revoked."""
    rows = tuple(
        RowView(f"agent.{agent}", f"{name} {agent}", held, say("管理", "Manage"), intent=Open("agent", agent))
        for agent, name, held in (
            ("A01", "王建国", say("有卡", "Has a card")),
            ("A02", "周晓梅", say("没有卡，登录不了", "No card, cannot sign in")),
        )
    )
    actions = (
        ActionView("new_card", say("给周晓梅发新卡、设新密码", "New card and PIN for 周晓梅"), Do("new_card", "A02")),
        ActionView("revoke", say("停用周晓梅的卡", "Revoke the card of 周晓梅"), Do("revoke", "A02"), Weight.DANGER),
    )
    sure = (
        ActionView(
            "revoke_yes", say("卡丢了，停用", "The card is lost, revoke it"), Do("revoke", "lost"), Weight.DANGER
        ),
        ActionView("revoke_no", say("不停用", "Keep the card"), Do("revoke", "no")),
    )
    warning = say(
        "停用后，周晓梅的卡和密码马上登录不了，要发新卡才能再登录。",
        "Once revoked, the card and PIN of 周晓梅 no longer open this desk; only a new card lets them in again.",
    )
    name = FieldView("field.newcomer", "newcomer", say("新联络员的姓名", "Name of a new agent"), Control.TEXT)
    return PageView(
        place="access",
        title=say("联络员和卡", "Agents and cards"),
        hint=say("发了新卡，旧卡和旧密码就作废", "A new card ends the old card and PIN"),
        blocks=(
            Rows(rows, heading=say("这台机器的联络员", "The agents of this machine")),
            *((Notice(Level.WARN, warning), Actions(sure)) if asked else (Actions(actions),)),
            Fields((name,)),
        ),
        back=back(say("回办件", "To the cases")),
        main=main(say("加联络员", "Add the agent")),
    )


def card(say: Say, *, typing: bool) -> PageView:
    """A card typed by hand: while it is typed, and after it was mistyped."""
    mistyped = say(
        "卡没有读对，请再扫一次，或对着卡逐字核对",
        "The card was not read right. Scan it again, or compare it sign by sign.",
    )
    field = FieldView(
        target_id="field.card",
        field="card",
        label=say("卡上二维码下面的字", "What stands below the code on the card"),
        control=Control.LETTERS,
        text=CARD[:18] if typing else CARD,
        hint=say("横线可以不输，大小写都行", "Dashes may be left out; capitals do not matter"),
        error="" if typing else mistyped,
        focused=typing,
    )
    return PageView(
        place="card",
        title=say("输入联络员卡号", "Type the agent's card"),
        blocks=(Fields((field,)),),
        back=back(say("返回", "Back")),
        main=main(say("认卡", "Read the card")),
    )


def card_made(say: Say) -> PageView:
    """A new card whose paper did not come out."""
    said = say("新卡新密码已经生效，旧的作废", "The new card and PIN are in force; the old ones are void")
    copied = say("打不出来，请抄下来交给本人", "If it does not come out, copy this for the agent")
    return PageView(
        place="card_made",
        title=say("联络员卡", "Agent's card"),
        hint=say(
            "请把卡交给本人，离开这一页就不能再打", "Hand the card over; after this page it cannot be printed again"
        ),
        blocks=(Notice(Level.GOOD, said), Facts(((say("卡号", "Card"), CARD),), heading=copied)),
        main=main(say("卡已交给本人", "The agent has the card")),
    )


def new_pin(say: Say) -> SignInView:
    """A new PIN, being typed once more."""
    return SignInView(
        title=say("周晓梅：设新密码", "周晓梅: new PIN"),
        agents=(),
        caption=say("请再输一次新密码", "Enter the new PIN once more"),
        card="",
        by_hand=None,
        wants_pin=True,
        dots=2,
        digits=6,
        error="",
        wait="",
        back=back(say("返回", "Back")),
    )
