#!/usr/bin/env python3
"""Looks whether the commands that texts name exist, with every option that is said there.

    tests/commands.py           all texts and all help; DESIREPATH is the program
    tests/commands.py --self    plants mistakes and expects to find them

Texts are the pages of errors, which the program hands to people who are stuck, the other pages of the
repository, the units of systemd, and the examples in `--help`. What is run is for tests/docs.py; this reads what is only named.
"""

import functools
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Folders whose texts say what was so when they were written.
PASSED_OVER = ("changelog.d", "decisions", "node_modules", ".git", "target")
INLINE = re.compile(r"`(desirepath [a-z][^`]*)`", re.DOTALL)
STARTED = re.compile(r"^ExecStart=/usr/bin/(desirepath .*)$", re.MULTILINE)
EXAMPLE = re.compile(r"^\s*(?:Examples?: )?(desirepath [a-z].*)$", re.MULTILINE)


@functools.cache
def help_of(command: tuple[str, ...]) -> str:
    done = subprocess.run(
        [os.environ["DESIREPATH"], *command, "--help"], stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


def subcommands(command: tuple[str, ...]) -> list[str]:
    listed = re.search(r"^Commands:\n((?:.+\n)*)", help_of(command), re.MULTILINE)
    return re.findall(r"^  ([a-z-]+) ", listed.group(1), re.MULTILINE) if listed else []


def mistakes_of(text: str) -> list[str]:
    """What is wrong with one command; a word in capitals stands for any value."""
    words = re.split(r"\s[|>#]|\s&&|;", " ".join(text.split()))[0].split()[1:]
    command: tuple[str, ...] = ()
    while words and words[0] in subcommands(command):
        command += (words.pop(0),)
    if not command:
        return [f"there is no such command: {text}"]
    found, said = [], help_of(command)
    if subcommands(command) and words and re.fullmatch("[a-z-]+", words[0]):
        found.append(f"{' '.join(command)} has no {words[0]}: {text}")
    for word in words:
        option = word.split("=")[0]
        if option == "--":
            found.append(f"options after -- are none: {text}")
        elif option.startswith("--") and not re.search(rf"{re.escape(option)}(?![\w-])", said):
            found.append(f"{' '.join(command)} has no {option}: {text}")
    return found


def texts() -> list[tuple[str, str]]:
    """Every page, and every help, by its name."""
    found = []
    for place, folders, names in os.walk(ROOT):
        folders[:] = [folder for folder in folders if folder not in PASSED_OVER]
        for name in names:
            if name.endswith((".md", ".service")):
                path = os.path.join(place, name)
                with open(path, encoding="utf-8") as file:
                    found.append((os.path.relpath(path, ROOT), file.read()))
    return found


def commands(start: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = []
    for name in subcommands(start):
        if name != "help":
            found += [start + (name,), *commands(start + (name,))]
    return found


def all_mistakes() -> list[str]:
    found, count = [], 0
    for path, text in texts():
        for named in INLINE.findall(text) + STARTED.findall(text):
            count += 1
            found += [f"{path}: {mistake}" for mistake in mistakes_of(named)]
    for command in commands():
        examples = EXAMPLE.findall(help_of(command).split("\nUsage:")[0])
        if not examples and not subcommands(command):
            found.append(f"desirepath {' '.join(command)} --help shows no example")
        for example in examples:
            count += 1
            found += [f"desirepath {' '.join(command)} --help: {m}" for m in mistakes_of(example)]
    print(f"{count} commands that texts name, {len(found)} mistakes")
    return found


# Commands, and whether something is wrong with them.
PLANTED = [
    ("desirepath audit", False),
    ("desirepath report NAME --by DIM --data DIR", False),
    ("desirepath dead-letters list | head", False),
    ("desirepath topic read NAME", False),
    ("desirepath customers -- --flow-stage STAGE", True),
    ("desirepath customers --flow-stag STAGE", True),
    ("desirepath dead-letters replace", True),
    ("desirepath audits", True),
    ("desirepath report --nothing", True),
]


def main(arguments: list[str]) -> int:
    if arguments == ["--self"]:
        wrong = [text for text, is_bad in PLANTED if bool(mistakes_of(text)) != is_bad]
        print(f"{len(PLANTED)} planted commands, {len(wrong)} judged wrongly {wrong or ''}")
        return 1 if wrong else 0
    found = all_mistakes()
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
