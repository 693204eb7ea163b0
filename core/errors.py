"""The two ways in which work ends early that are not bugs."""


class UserError(Exception):
    """Something the user can mend; the message is one that they read: what is wrong, and what to do."""


class Cancelled(Exception):  # noqa: N818 - it is a wish that was granted, not an error
    """The user asked for the work to stop; raised by the progress callable, let through by everything."""
