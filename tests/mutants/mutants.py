"""Applies each mutant to a copy of the source and runs the tests of its crate, which must fail."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
PARTS = ["Cargo.toml", "Cargo.lock", "pipeline", "schemas", "deploy", "tests", "benches"]


def mutants(word):
    for path in sorted((ROOT / "tests/mutants").glob("*.toml")):
        for mutant in tomllib.loads(path.read_text())["mutant"]:
            if word in mutant["rule"]:
                yield mutant


def copy(folder):
    """Files as new ones: cargo would take one with an old date for what it built last, a mutant."""
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            ignored = shutil.ignore_patterns("node_modules")
            shutil.copytree(
                source, folder / part, ignore=ignored, copy_function=shutil.copyfile
            )
        else:
            shutil.copyfile(source, folder / part)


# A tenth of the seeds finds what is planted, in a tenth of the time.
ENVIRONMENT = {"SEEDS": "1000", **os.environ}


def test(folder, crate):
    """Whether the tests pass; what they say; whether they were built at all."""
    command = ["cargo", "test", "--release", "--locked", "-p", crate]
    build = subprocess.run(command + ["--no-run"], cwd=folder, capture_output=True, text=True)
    if build.returncode != 0:
        sys.exit(f"does not build:\n{build.stderr[-3000:]}")
    run = subprocess.run(
        command + ["--no-fail-fast"], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True
    )
    failed = [line for line in run.stdout.splitlines() if line.endswith("... FAILED")]
    return run.returncode == 0, sorted({line.split()[1] for line in failed})


def main(word):
    chosen = list(mutants(word))
    if not chosen:
        sys.exit(f"no rule has the word {word!r}")
    unnoticed = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        copy(folder)
        for crate in sorted({mutant["crate"] for mutant in chosen}):
            is_green, failed = test(folder, crate)
            if not is_green:
                sys.exit(f"{crate} fails as it is: {failed}")
        for mutant in chosen:
            before = {edit["file"]: (folder / edit["file"]).read_text() for edit in mutant["edits"]}
            for edit in mutant["edits"]:
                path = folder / edit["file"]
                text = path.read_text()
                if text.count(edit["from"]) != 1:
                    sys.exit(f"{mutant['rule']}: {edit['file']} has not once {edit['from']!r}")
                path.write_text(text.replace(edit["from"], edit["to"]))
            is_green, failed = test(folder, mutant["crate"])
            print(f"{'UNNOTICED' if is_green else 'noticed'}: {mutant['rule']}", flush=True)
            for name_of_test in failed:
                print(f"    by {name_of_test}", flush=True)
            if is_green:
                unnoticed.append(mutant["rule"])
            for file, text in before.items():
                (folder / file).write_text(text)
    if unnoticed:
        sys.exit(f"{len(unnoticed)} of {len(chosen)} rules can be lost without notice")
    print(f"all {len(chosen)} rules are held by a test")


main(sys.argv[1])
