"""What every command has: help that teaches, and wrong usage as findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

from inceptionspec.diagnostics.codes import EXIT_CLEAN, EXIT_FINDINGS, EXIT_USAGE
from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.suggest import did_you_mean

_EXITS: Mapping[int, str] = {
    EXIT_CLEAN: "done",
    EXIT_FINDINGS: "the spec has errors",
    EXIT_USAGE: "wrong usage, or a file that cannot be read or written",
}
_LONGEST_SHOWN = 80


class Command(click.Command):
    """A command whose help ends in examples and exit codes.

    Args:
        examples: command lines that run.
        exits: what exit codes mean here, where that differs from other commands; None is for
            one that the command never ends with.
        details: sections for the end of the help, by title, each a row of name and text.
    """

    def __init__(
        self,
        *args: Any,
        examples: Sequence[str] = (),
        exits: Mapping[int, str | None] | None = None,
        details: Mapping[str, Sequence[tuple[str, str]]] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.allow_extra_args = True  # they are refused below, in our words
        self.examples = examples
        self.exits = {
            code: text for code, text in {**_EXITS, **(exits or {})}.items() if text is not None
        }
        self.details = details or {}

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse a command line, and refuse what click would drop or accept silently.

        Raises:
            SpecError: an option that takes one value is given twice, or there are too many
                arguments (E0810).
        """
        try:
            if not ctx.resilient_parsing:
                self._refuse_repeated(ctx, args)
            rest = super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # click does not always say whose option it is
            raise
        if rest and not ctx.resilient_parsing:
            message = f"`{shortened(str(rest[0]), _LONGEST_SHOWN)}` is one argument too many"
            raise usage_error(message, f"write it as `{_usage(ctx)}`")
        return rest

    def _refuse_repeated(self, ctx: click.Context, args: Sequence[str]) -> None:
        _, _, order = self.make_parser(ctx).parse_args(list(args))
        for parameter, count in Counter(order).items():
            if isinstance(parameter, click.Option) and count > 1:
                if parameter.multiple or parameter.is_flag:
                    continue
                name = name_of(parameter)
                raise usage_error(f"`{name}` is given {count} times", "keep one of them")

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write examples, details and exit codes."""
        for title, rows in self.details.items():
            with formatter.section(title):
                formatter.write_dl(list(rows))
        if self.examples:
            with formatter.section("Examples"):
                for line in self.examples:
                    formatter.write(f"{'':{formatter.current_indent}}{line}\n")
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), text) for code, text in sorted(self.exits.items())])


def name_of(parameter: click.Parameter) -> str:
    """What a user writes for an option, or reads in the usage for an argument."""
    if isinstance(parameter, click.Option):
        return max(parameter.opts, key=len)
    return (parameter.metavar or parameter.human_readable_name.upper()).removesuffix("...")


def usage_error(message: str, *helps: str) -> SpecError:
    """The error of a command line that makes no sense as a whole (E0810)."""
    context = click.get_current_context(silent=True)
    return spec_error("E0810", message, context.command_path if context else "specbuild", *helps)


def value_error(
    parameter: click.Parameter | None, value: object, rule: str, *helps: str
) -> SpecError:
    """The error of an option or argument whose value breaks a rule (E0805)."""
    name = name_of(parameter) if parameter else "value"
    shown = shortened(str(value), _LONGEST_SHOWN)
    message = f"`{name}` must be {rule}, not `{shown}`"
    return spec_error("E0805", message, f"{name} {shown}", *helps)


def no_such_command(name: str, commands: Iterable[str]) -> SpecError:
    """The error of a command that does not exist (E0810)."""
    shown = shortened(name, _LONGEST_SHOWN)
    near = did_you_mean(name, commands)
    more = "`specbuild --help` lists the commands"
    return spec_error("E0810", f"there is no command `{shown}`", f"specbuild {shown}", *near, more)


def in_our_words(error: click.ClickException) -> SpecError:
    """What click says of a command line, as a finding (E0810)."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "specbuild"
    more = f"`{command} --help` lists the options"
    if isinstance(error, click.NoSuchOption):
        name = shortened(error.option_name, _LONGEST_SHOWN)
        near = did_you_mean(error.option_name, _option_names(context))
        return spec_error("E0810", f"there is no option `{name}`", f"{command} {name}", *near, more)
    if isinstance(error, click.MissingParameter) and error.param is not None:
        help_ = f"write it as `{_usage(context)}`" if context else more
        if isinstance(error.param, click.Option):
            help_ = f"add `{min(error.param.opts, key=len)} {error.param.metavar or 'VALUE'}`"
        return spec_error("E0810", f"`{name_of(error.param)}` is missing", command, help_)
    if isinstance(error, click.BadOptionUsage):
        name = shortened(error.option_name, _LONGEST_SHOWN)
        takes = "takes no value" if name in _option_names(context, flags=True) else "needs a value"
        return spec_error("E0810", f"`{name}` {takes}", f"{command} {name}", more)
    message = error.message.rstrip(".").replace("'", "`")
    return spec_error("E0810", message[:1].lower() + message[1:], command, more)


def _usage(context: click.Context) -> str:
    pieces = context.command.collect_usage_pieces(context)
    return " ".join([context.command_path, *pieces])


def _option_names(context: click.Context | None, *, flags: bool = False) -> list[str]:
    """What options are called; those that take no value, if only ``flags`` count."""
    parameters = context.command.get_params(context) if context else []
    return [
        name
        for one in parameters
        if isinstance(one, click.Option) and (one.is_flag or not flags)
        for name in (*one.opts, *one.secondary_opts)
    ]
