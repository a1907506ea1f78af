"""What the load tests say when a program that they run did not do its work."""


class CommandFailed(Exception):
    """The text is the command, and what it printed."""
