"""The command `gamut`: exit code 0 when it worked, 2 for what the user can mend (one sentence), 1 for our bug."""

import errno
import os
import sys

# What files and disks refuse, and the user can mend; any other OSError is a bug and keeps its traceback
_MENDABLE = {
    *(errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EFBIG),
    *(errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EIO, errno.EMFILE),
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code is returned."""
    from .cli import build_parser
    from .errors import Cancelled, UserError

    parser = build_parser()
    options = parser.parse_args(arguments)
    try:
        if (getattr(options, "seed", None) or 0) < 0:
            raise UserError(f"--seed is {options.seed}, and must be a whole number of at least 0.")
        return int(options.run(options))
    except UserError as error:
        print(f"gamut: {error}", file=sys.stderr)
        return 2
    except (KeyboardInterrupt, Cancelled):
        print("gamut: stopped. What was finished is kept; the same command goes on from there.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left: nothing more to say
        return 0
    except OSError as error:
        if error.errno not in _MENDABLE:
            raise
        print(f"gamut: {error.filename or 'A file'} cannot be used: {error.strerror}.", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
