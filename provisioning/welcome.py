"""What whoever has started the demonstration needs to know: where everything is, and who may log in."""

from __future__ import annotations

from provisioning.demonstration import DEMONSTRATION
from provisioning.stage import Stage


def welcome(stage: Stage) -> str:
    """Return the lines that are printed when everything is up."""
    agent, clerks = DEMONSTRATION.agents[0], DEMONSTRATION.clerks
    departments = dict.fromkeys(clerk.department for clerk in clerks if clerk.department)
    return f"""
  屏幕联络员 / agent at the screen    {agent.name}，密码 / PIN {agent.pin}
    联络员卡 / card                   {agent.card(DEMONSTRATION.subject).text()}
  模拟评价器和打印机 / pad and paper  {stage.panel_url}
  县里办件平台 / county's console     {stage.console_url}
    账号 / log-ins    supervisor, 部门-intake, 部门-decider; 密码 / password {clerks[0].password}
    部门 / department {", ".join(departments)}
  日志 / logs                         {stage.logs_dir}
  Ctrl-C 停止 / stops everything"""
