"""A Discord on 127.0.0.1 for the real discord.py: it refuses what Discord refuses, and a test acts as its people.

    with LoopbackDiscord() as discord:
        anna = discord.person("anna")
        guild = discord.guild("Studio", anna)                          # has a channel, an owner, and the bot
        role = discord.role(guild, "Bot manager", anna, permissions=0)
        with running_bot(make_bot, discord) as running:                # tests/bot_integration/running.py
            reply = discord.slash(anna, "stats", where=guild, options={"days": 7}).wait()
            assert reply.deferred and reply.ephemeral and reply.embeds[0]["title"] == "Studio Statistics"
            assert reply.files["chart.png"].startswith(b"\\x89PNG")
            again = discord.click(anna, reply, "Previous").wait()      # by label or custom id
        assert discord.violations == []

What a person does gives an :class:`Invocation`: :meth:`~LoopbackDiscord.slash`, ``click``, ``select``, ``submit`` (a
modal), ``autocomplete``. Its ``wait()`` gives a :class:`Reply` when the answer is there: the message, the message that
was promised by deferring, the changed message, choices or a modal. Later changes: ``invocation.wait_for(lambda reply:
reply.edits == 2)``. ``say`` writes a message (a prefix command), ``answer_to`` waits for the bot's next one. ``DM`` is
the place of direct messages. What a client would not offer raises :class:`NotOffered`.

A reply is there before the command that sent it has returned: ``running.settle()`` waits for that (before one looks at
what was tracked). What discord.py only logs, an exception in a command or a listener, fails the test at the end of
``running_bot`` unless it was told to ``expect_errors``; ``running.errors`` lists it. ``running.run(coroutine)`` runs
something on the bot's loop. Commands are synchronised after logging in.

What Discord would refuse is refused with its status and code, kept in ``invocation.refusals``, and as a line in
``discord.violations``, which a test should find empty at its end. ``fail_next`` lets requests fail, ``drop_gateway``
makes the bot reconnect, ``advance`` puts the clock of the deadlines forward, ``leave`` and ``outage`` take a server
away.

Modules: ``server`` (the door for tests), ``hosting`` (its thread), ``world`` (what it knows), ``people``, ``messages``,
``interactions`` and ``replies``, ``commands`` (what is offered), ``acting``, ``limits`` and ``form_limits`` (what is
refused), ``refusals``, ``gateway``, ``rest`` with ``channel_routes``, ``interaction_routes``, ``command_routes`` and
``answers``. It knows nothing of discord.py but the addresses that ``patch()`` changes.
"""

from tests.bot_integration.loopback.commands import NotOffered
from tests.bot_integration.loopback.interactions import Invocation, Unanswered
from tests.bot_integration.loopback.messages import Posted
from tests.bot_integration.loopback.people import ADMINISTRATOR, MANAGE_GUILD, Channel, Guild, Person, Role
from tests.bot_integration.loopback.refusals import Refused
from tests.bot_integration.loopback.replies import Reply
from tests.bot_integration.loopback.server import DM, LoopbackDiscord, Place

__all__ = [
    "ADMINISTRATOR",
    "DM",
    "MANAGE_GUILD",
    "Channel",
    "Guild",
    "Invocation",
    "LoopbackDiscord",
    "NotOffered",
    "Person",
    "Place",
    "Posted",
    "Refused",
    "Reply",
    "Role",
    "Unanswered",
]
