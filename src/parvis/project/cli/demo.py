"""`parvis demo`: a whole metropolis to look at, alive."""

import argparse


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    commands.add_parser("demo")
