#!/usr/bin/env python3
"""What the original application does with messages: each goes into the category whose text is most alike, if
difflib.SequenceMatcher finds a ratio above 0.95, else into a new one with its own text. Reads what
benches/categorise.rs reads, and prints the same line.

    difflib_baseline.py FILE [PHRASE-FILE]

PHRASE-FILE holds the texts of categories to begin with, one in each line.
"""

import collections
import difflib
import json
import sys
import time

THRESHOLD = 0.95


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        lines = [line.rstrip("\n") for line in file if line.strip()]
    if not path.endswith(".jsonl"):
        return [(line, None) for line in lines]
    rows = map(json.loads, lines)
    return [(row.get("message") or "", row.get("template")) for row in rows]


def categorise(message, categories):
    best, most_alike = None, 0.0
    for number, text in enumerate(categories):
        ratio = difflib.SequenceMatcher(None, message, text).ratio()
        if ratio > most_alike:
            best, most_alike = number, ratio
    if most_alike > THRESHOLD:
        return best
    categories.append(message)
    return len(categories) - 1


def accuracy(pairs):
    right, made, both = collections.Counter(), collections.Counter(), collections.Counter(pairs)
    for of_right, of_made in pairs:
        right[of_right] += 1
        made[of_made] += 1
    exact = [count for (of_right, of_made), count in both.items() if right[of_right] == made[of_made] == count]

    def two(counts):
        return sum(count * (count - 1) // 2 for count in counts.values())

    def f1(common, one, other):
        return 2 * common / (one + other) if one + other else 1.0

    return sum(exact) / len(pairs), f1(len(exact), len(right), len(made)), f1(two(both), two(right), two(made))


def main():
    messages = read(sys.argv[1])
    categories = []
    if len(sys.argv) > 2:
        with open(sys.argv[2], encoding="utf-8") as file:
            categories = [line.rstrip("\n") for line in file if line.strip()]
    began = time.process_time()
    made = [categorise(message, categories) for message, _ in messages]
    each = (time.process_time() - began) / max(len(messages), 1) * 1e6
    pairs = [(right, group) for (_, right), group in zip(messages, made) if right is not None]
    scores = "\t".join(f"{score:.3f}" for score in accuracy(pairs)) if pairs else "-\t-\t-"
    right = len({right for right, _ in pairs})
    print(f"{sys.argv[1]}\t{len(messages)}\t{right}\t{len(set(made))}\t{scores}\t{each:.2f}")


if __name__ == "__main__":
    main()
