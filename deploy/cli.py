"""The `onecard` command: a platform on this machine, and everything people do with it."""

from __future__ import annotations

import typer

from deploy.commands import cards, dead_letters, reconcile
from deploy.commands.archive import archive
from deploy.commands.check import check
from deploy.commands.declare import declare
from deploy.commands.demo import demo
from deploy.commands.metrics import metrics
from deploy.commands.prepare import prepare
from deploy.commands.processes import add, restart
from deploy.commands.rebuild import rebuild
from deploy.commands.status import status
from deploy.commands.up import up
from deploy.commands.visit import visit

app = typer.Typer(name="onecard", help=__doc__, no_args_is_help=True, pretty_exceptions_enable=False)

app.command()(up)
app.command()(demo)
app.command()(visit)
app.command()(archive)
app.command()(status)
app.command()(check)
app.command()(rebuild)
app.command()(metrics)
app.command()(restart)
app.command()(add)
app.command()(prepare)
app.command()(declare)
app.add_typer(cards.commands, name="cards")
app.add_typer(dead_letters.commands, name="dead-letters")
app.add_typer(reconcile.commands, name="reconcile")

if __name__ == "__main__":
    app(prog_name="onecard")
