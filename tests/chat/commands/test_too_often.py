"""What somebody is told who asks too often for what costs much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.chat.house import answer

if TYPE_CHECKING:
    from tests.chat.house import House

OFTEN = "That was often in a short time; please ask again <t:"
COSTLY: dict[str, dict[str, Any]] = {
    "reload": {},
    "digest preview": {"digest": "Morning"},
    "digest now": {"digest": "Morning"},
    "search": {"query": "otters"},
    "latest": {},
    "random": {},
}


@pytest.mark.parametrize("command", COSTLY)
async def test_what_costs_much_is_refused_kindly_for_a_while(house: House, command: str) -> None:
    await house.add_digest()
    answers = [answer(await house.ada.slash(house.news, command, **COSTLY[command]))]
    while not answers[-1].content.startswith(OFTEN):
        assert len(answers) < 100
        answers.append(answer(await house.ada.slash(house.news, command, **COSTLY[command])))
    assert answers[-1].ephemeral
    assert len(answers) > 1
    others = await house.nora.slash(house.news, "search", query="otters")
    assert not answer(others).content.startswith(OFTEN)
    await house.wait(seconds=61)
    result = await house.ada.slash(house.news, command, **COSTLY[command])
    assert not answer(result).content.startswith(OFTEN)
