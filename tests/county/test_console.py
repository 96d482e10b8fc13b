"""The console over real HTTP, as a browser without JavaScript sees it."""

from __future__ import annotations

from county.deeds import What
from county.desk import rebuild
from county.store.ledger import Ledger
from sync.model.facts import Author, CaseWithdrawn, CheckedPart, SelfTested, Stage, Verdict
from sync.model.transitions import Status
from tests.county.hall import Hall
from tests.county.office import DECIDER, INTAKE, STRANGER, SUPERVISOR


def test_a_case_is_accepted_decided_and_made_ready_in_the_browser(hall: Hall) -> None:
    number = hall.take_in()
    clerk, decider = hall.enter(INTAKE), hall.enter(DECIDER)
    accepted = hall.do(clerk, number, "accept")
    assert accepted.status == 303
    assert "“受理”已经记下" in clerk.follow(accepted).words
    reasons = "房屋起火，损失超过三万元，符合临时救助条件。"
    assert hall.do(decider, number, "decide", outcome="approved", reasons=reasons).status == 303
    assert hall.do(clerk, number, "mark-ready", result_name="临时救助金发放通知").status == 303
    page = clerk.get(f"/cases/{number}")
    assert hall.status(number) is Status.READY
    assert reasons in page.words
    assert "结果：临时救助金发放通知" in page.words
    assert "经办：青山县民政局 周明" in page.words
    with hall.office.database.reading() as connection:
        assert Ledger(connection).chains(Author.COUNTY)[0].waiting >= 3


def test_a_limit_beyond_the_calendar_is_said_to_be_open(hall: Hall) -> None:
    allowance = hall.office.library.catalogue.item("elder_allowance")
    hall.serial += 1
    number = hall.office.village.take_in(allowance, hall.serial)
    hall.office.pull()
    clerk = hall.enter(INTAKE)
    words = clerk.follow(hall.do(clerk, number, "accept")).words
    assert "法定期限 30 个工作日，超出工作日历，日期待定" in words
    assert "办结日期暂时算不出（工作日历只到2026年12月31日）" in words


def test_a_supplement_is_asked_for_from_the_items_materials(hall: Hall) -> None:
    number = hall.take_in()
    clerk = hall.enter(INTAKE)
    hall.do(clerk, number, "accept")
    page = clerk.get(f"/cases/{number}")
    due = page.forms()[f"/cases/{number}/do/require-supplement"]["due"]
    assert due == ["2026-12-14"], "fifteen working days, from the profile"
    answer = hall.do(
        clerk, number, "require-supplement", material=["费用票据"], wanted="村委会证明\n\n收入证明", note="尽快补来"
    )
    assert answer.status == 303
    words = clerk.follow(answer).words
    assert hall.status(number) is Status.SUPPLEMENT_REQUIRED
    for wanted in ("还要：费用票据", "还要：村委会证明", "还要：收入证明", "最迟12月14日补齐", "暂停计时"):
        assert wanted in words


def test_refusing_without_reasons_is_refused_and_what_was_typed_stays(hall: Hall) -> None:
    number = hall.take_in()
    clerk = hall.enter(INTAKE)
    answer = hall.do(clerk, number, "refuse-to-accept", reasons="   ")
    assert answer.status == 422
    assert "请写明理由" in answer.words
    assert hall.status(number) is Status.TAKEN_IN
    hall.do(clerk, number, "accept")
    decider = hall.enter(DECIDER)
    answer = hall.do(decider, number, "decide", reasons="只写了理由")
    assert answer.status == 422
    assert "请选一项" in answer.words
    assert answer.forms()[f"/cases/{number}/do/decide"]["reasons"] == ["只写了理由"]
    assert hall.status(number) is Status.ACCEPTED


def test_a_clerk_outside_the_duty_or_department_gets_a_refusal_that_is_recorded(hall: Hall) -> None:
    number = hall.take_in()
    fields = {"csrf": "", "moves": "1"}
    for clerk, tried in ((DECIDER, "受理"), (SUPERVISOR, "受理"), (STRANGER, "受理")):
        browser = hall.enter(clerk)
        page = browser.get("/")
        fields["csrf"] = page.forms()["/logout"]["csrf"][0]
        answer = browser.post(f"/cases/{number}/do/accept", dict(fields))
        assert answer.status == 403
        assert "“受理”不是您可以办的" in answer.words
        assert hall.refusals()[0] == (clerk.name, tried)
    assert hall.status(number) is Status.TAKEN_IN


def test_cases_of_another_department_are_neither_listed_nor_shown(hall: Hall) -> None:
    number = hall.take_in()
    stranger = hall.enter(STRANGER)
    assert number[12:18] not in stranger.get("/?q=" + number).words.replace(number, "", 1)
    assert "没有找到" in stranger.get("/?q=" + number).words
    answer = stranger.get(f"/cases/{number}")
    assert answer.status == 403
    assert hall.refusals()[0] == ("ma", "查看办件")
    csrf = stranger.get("/").forms()["/logout"]["csrf"]
    assert stranger.post(f"/cases/{number}/personal", {"csrf": csrf}).status == 403
    for path in ("/parked", "/deeds", "/self-tests"):
        assert stranger.get(path).status == 403


def test_a_supervisor_sees_everything_and_is_offered_nothing(hall: Hall) -> None:
    number = hall.take_in()
    supervisor = hall.enter(SUPERVISOR)
    page = supervisor.get(f"/cases/{number}")
    assert page.status == 200
    assert not [path for path in page.forms() if "/do/" in path]
    assert "督查人员只看不办" in page.words


def test_personal_data_is_masked_until_it_is_opened_and_opening_is_recorded(hall: Hall) -> None:
    number = hall.take_in("欧阳志华")
    clerk, decider = hall.enter(INTAKE), hall.enter(DECIDER)
    closed = clerk.get(f"/cases/{number}")
    for hidden in ("欧阳志华", "99010119940820004X", "厨房失火", "6210990101000000753", "<polyline"):
        assert hidden not in closed.text
    assert "欧＊＊华" in closed.words
    assert "欧阳志华" not in clerk.get("/").text
    opened = clerk.follow(clerk.send(closed, f"/cases/{number}/personal"))
    for shown in ("欧阳志华", "990101199408200041", "厨房失火", "6210990101000000753", "柳溪村三组"):
        assert shown in opened.words
    assert "<polyline" in opened.text
    assert "欧阳志华" not in decider.get(f"/cases/{number}").text, "open for one session only"
    deed = hall.office.clerks.deeds(number)[0]
    assert (deed.clerk, deed.what) == ("chen", What.OPENED)
    supervisor = hall.enter(SUPERVISOR)
    assert "陈静 打开个人信息" in supervisor.get(f"/cases/{number}").words
    hall.console.pass_time(10 * 60_000 + 1000)
    assert "欧阳志华" not in clerk.get(f"/cases/{number}").text, "masked again after ten minutes"


def test_strange_addresses_are_answered_in_plain_words(hall: Hall) -> None:
    clerk = hall.enter(INTAKE)
    number = hall.take_in()
    for path in (
        "/cases/4711",
        "/cases/" + "9" * 25,
        "/nothing",
        "/?tab=none",
        "/?light=pink",
        "/?page=-1",
        "/?page=x",
    ):
        answer = clerk.get(path)
        assert answer.status == 404
        assert "没有这一页" in answer.words
    csrf = clerk.get("/").forms()["/logout"]["csrf"]
    assert clerk.post(f"/cases/{number}/do/delete", {"csrf": csrf, "moves": "1"}).status == 404
    assert clerk.get(f"/cases/{number}/do/accept").status == 405
    assert clerk.post("/logout", {"csrf": csrf, "padding": "x" * 70_000}).status == 413


def test_what_people_typed_is_shown_as_text_and_never_run(hall: Hall) -> None:
    number = hall.take_in("<script>alert(1)</script>")
    hall.office.village.write(CaseWithdrawn(reason="<img src=x onerror=alert(2)>"), number)
    hall.office.pull()
    clerk = hall.enter(INTAKE)
    page = clerk.follow(clerk.send(clerk.get(f"/cases/{number}"), f"/cases/{number}/personal"))
    assert "<script>" not in page.text
    assert "<img src=x" not in page.text
    assert "&lt;img src=x onerror=alert(2)&gt;" in page.text
    answer = clerk.get("/?q=<script>")
    assert "<script>" not in answer.text


def test_a_case_that_moved_meanwhile_is_shown_again_before_anything_is_done(hall: Hall) -> None:
    number = hall.take_in()
    clerk = hall.enter(INTAKE)
    page = clerk.get(f"/cases/{number}")
    hall.office.village.write(CaseWithdrawn(reason="不办了"), number)
    hall.office.pull()
    answer = clerk.send(page, f"/cases/{number}/do/accept")
    assert answer.status == 422
    assert "有了新的情况" in answer.words
    assert hall.status(number) is Status.WITHDRAWN


def test_a_crossing_is_told_with_its_sentence(hall: Hall) -> None:
    number = hall.take_in()
    clerk = hall.enter(INTAKE)
    hall.do(clerk, number, "refuse-to-accept", reasons="户籍不在本县。")
    hall.office.village.write(CaseWithdrawn(reason="不办了"), number)
    hall.office.pull()
    words = clerk.get(f"/cases/{number}").words
    assert "县里在收到撤回之前已经决定不受理，这件事已经结束，不用再撤回。" in words
    assert "没有生效" in words


def test_a_case_is_found_by_any_part_of_its_number(hall: Hall) -> None:
    number = hall.take_in()
    clerk = hall.enter(INTAKE)
    short = number[12:]
    for sought in (number, short, f"{short[:6]} {short[6:8]}-{short[8:12]}-{short[12]}", short[8:]):
        assert f"/cases/{number}" in clerk.get("/?" + f"q={sought.replace(' ', '+')}").text
    assert "没有找到" in clerk.get("/?q=000000000").words


def test_ratings_come_with_their_denominators_and_the_silent_are_counted(hall: Hall) -> None:
    numbers = [hall.take_in() for _ in range(4)]
    for number, level in zip(numbers, (5, 2, None), strict=False):
        hall.office.village.rate(number, Stage.TAKEN_IN, 1, level)
    hall.office.pull()
    supervisor = hall.enter(SUPERVISOR)
    page = supervisor.get("/ratings")
    with hall.office.database.reading() as connection:
        rows = connection.execute("SELECT count(*), count(level), sum(level >= 3) FROM ratings").fetchone()
    asked, rated, satisfied = tuple(rows)
    assert f"{satisfied} / {rated}" in page.words
    assert f"{rated} / {asked}" in page.words
    assert f"{asked - rated} / {asked}" in page.words
    assert f"未评 {asked - rated} 次" in page.words
    assert "没有邀请" in page.words
    case = supervisor.get(f"/cases/{numbers[1]}").words
    assert "不满意" in case
    assert "未评" in supervisor.get(f"/cases/{numbers[2]}").words


def test_a_rating_whose_body_was_erased_counts_neither_as_a_level_nor_as_silence(hall: Hall) -> None:
    number = hall.take_in()
    hall.office.village.rate(number, Stage.TAKEN_IN, 1, 5)
    hall.office.pull()
    with hall.office.database.writing() as connection:
        connection.execute("UPDATE records SET body = NULL")
    rebuild(hall.office.database, hall.office.library)
    supervisor = hall.enter(SUPERVISOR)
    assert "0 / 0" in supervisor.get("/ratings").words
    case = supervisor.get(f"/cases/{number}").words
    assert "已评" in case
    assert "未评" not in case


def test_every_page_says_as_of_when_and_that_the_gateway_is_away(hall: Hall) -> None:
    supervisor = hall.enter(SUPERVISOR)
    for path in ("/", "/ratings", "/parked", "/deeds", "/self-tests", f"/cases/{hall.take_in()}"):
        words = supervisor.get(path).words
        assert "本页截至" in words
        assert "还没有联系上外网网关，正在重试" in words


def test_what_makes_no_sense_is_listed_for_the_supervisor(hall: Hall) -> None:
    hall.office.village.write(CaseWithdrawn(reason="没有号"), None)
    hall.office.pull()
    supervisor = hall.enter(SUPERVISOR)
    assert "“申请人撤回”没有办件号" in supervisor.get("/parked").words
    assert "待核查 " in supervisor.get("/").words


def test_a_supervisor_sees_how_each_terminal_came_out_of_its_last_self_test(hall: Hall) -> None:
    supervisor = hall.enter(SUPERVISOR)
    assert "从来没有自检过的终端" in supervisor.get("/self-tests").words
    for reason in ("paper_out", "key_dissatisfied_silent"):
        fault = CheckedPart(part="rating_pad", verdict=Verdict.FAULT, reason=reason)
        well = CheckedPart(part="clock", verdict=Verdict.OK)
        unknown = CheckedPart(part="palm_reader", verdict=Verdict.NOT_CHECKED, reason="asleep")
        hall.office.village.write(SelfTested(parts=(fault, well, unknown), took_ms=1), None)
    hall.office.pull()
    page = supervisor.get("/self-tests").words
    assert "评价器 有问题，“不满意”键没反应" in page
    assert "时钟 正常" in page
    assert "palm_reader 没有查，asleep" in page, "what this version does not know is shown as it was written"
    assert "没有纸了" not in page, "only the newest counts"


def test_the_list_has_a_light_for_every_case(hall: Hall) -> None:
    clerk = hall.enter(INTAKE)
    page = clerk.get("/?tab=new")
    assert "还剩5个工作日" in page.words
    calm = clerk.get("/?tab=new&light=normal")
    late = clerk.get("/?tab=new&light=bad")
    assert calm.text.count('class="title"') == page.text.count('class="title"') > 0
    assert late.text.count('class="title"') == 0
