"""`hw`, and the same as `python -m headwater`."""

import gc


def main() -> None:
    """Load the command line and run it.

    Its modules and a project are many small values that all stay: looking for garbage among them is in vain.
    """
    gc.set_threshold(200_000, 20, 100)
    from headwater.cli import main as run  # noqa: PLC0415 loading counts, too

    run()


if __name__ == "__main__":
    main()
