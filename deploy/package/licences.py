#!/usr/bin/env python3
"""Prints what is linked into the program: names, versions, licences, and the notices they ask for.

Crates are those that `cargo metadata` resolves for the program on this platform, those of tests left
out; the notices are the files that each crate brings. The libraries in C come inside of crates. Of the
page, what Vite puts into it: Svelte and d3, as package.json names them.
"""

import hashlib
import json
import os
import re
import subprocess
import sys

NOTICE = re.compile(r"^(li[cs]en[cs]es?|copying|copyright|notice|unlicense)([-._].*)?$", re.IGNORECASE)
# Folders of a crate's C code where a notice covers what is compiled: not those of its own tests.
DEEP = 3
# What is built with, but ends in no program.
PAGE_TOOLS = re.compile(r"^(@sveltejs/vite-plugin-svelte|@types/.*|svelte-check|typescript|vite)$")


def run(*command: str) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def crates() -> list[dict]:
    """Every crate that the program is linked with, by following what it depends on."""
    host = re.search(r"^host: (.*)$", run("rustc", "-vV"), re.MULTILINE).group(1)
    command = ("cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", host)
    found = json.loads(run(*command))
    packages = {package["id"]: package for package in found["packages"]}
    nodes = {node["id"]: node for node in found["resolve"]["nodes"]}
    todo = [one["id"] for one in found["packages"] if one["name"] == "app" and not one["source"]]
    seen = set(todo)
    while todo:
        for dependency in nodes[todo.pop()]["deps"]:
            is_linked = any(kind["kind"] is None for kind in dependency["dep_kinds"])
            if is_linked and dependency["pkg"] not in seen:
                seen.add(dependency["pkg"])
                todo.append(dependency["pkg"])
    return [packages[one] for one in seen if packages[one]["source"]]


def notices(folder: str) -> list[tuple[str, str]]:
    """The notices below a folder, each with its path there."""
    found = []
    for place, folders, files in os.walk(folder):
        depth = os.path.relpath(place, folder).count(os.sep) + 1
        folders[:] = sorted(f for f in folders if depth < DEEP and f not in ("node_modules", "tests"))
        for name in sorted(files):
            if NOTICE.match(name) and not name.endswith((".rs", ".sh", ".py", ".cmake")):
                path = os.path.join(place, name)
                with open(path, encoding="utf-8", errors="replace") as file:
                    found.append((os.path.relpath(path, folder), file.read().strip()))
    return found


def page_packages() -> list[dict]:
    """What the page has in it: what package.json names and what that needs in turn."""
    web = "pipeline/serve/web"
    with open(f"{web}/package.json", encoding="utf-8") as file:
        wanted = json.load(file)
    todo = [name for name in wanted["devDependencies"] if not PAGE_TOOLS.match(name)]
    found = {}
    while todo:
        name = todo.pop()
        folder = f"{web}/node_modules/{name}"
        if name in found:
            continue
        with open(f"{folder}/package.json", encoding="utf-8") as file:
            package = json.load(file)
        found[name] = {**package, "folder": folder}
        # Svelte's compiler stays outside of the page, and what only the compiler needs.
        needed = ["clsx", "esm-env"] if name == "svelte" else list(package.get("dependencies", {}))
        todo += needed
    return list(found.values())


def entries() -> list[tuple[str, str, str, list[tuple[str, str]]]]:
    """Name, version, licence and notices of everything, in the order of names."""
    found = []
    for crate in crates():
        folder = os.path.dirname(crate["manifest_path"])
        licence = crate["license"] or crate["license_file"] or ""
        found.append((crate["name"], crate["version"], licence, notices(folder)))
    for package in page_packages():
        kept = notices(package["folder"])
        found.append((package["name"], package["version"], package.get("license", ""), kept))
    return sorted(found)


def main() -> int:
    found = entries()
    nameless = [name for name, _, licence, _ in found if not licence]
    if len(found) < 50 or nameless:
        print(f"no licence is known of {nameless}, or too few are found: {len(found)}", file=sys.stderr)
        return 1
    print("What Desire path is linked with. The texts that are referred to stand below.\n")
    texts: dict[str, tuple[int, str]] = {}
    for name, version, licence, kept in found:
        numbers = []
        for path, text in kept:
            digest = hashlib.sha256(" ".join(text.split()).encode()).hexdigest()
            number, _ = texts.setdefault(digest, (len(texts) + 1, text))
            numbers.append(f"{path} [{number}]")
        print(f"{name} {version}: {licence}")
        if numbers:
            print(f"    {', '.join(numbers)}")
    for number, text in texts.values():
        print(f"\n{'=' * 78}\n[{number}]\n\n{text}")
    return 0


if __name__ == "__main__":
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
    sys.exit(main())
