"""Text for language models: words of TRAIN seen once, and words of TEST that TRAIN lacks, become <unk>; blank lines go.
usage: prepare.py TRAIN TEST OUT_TRAIN OUT_TEST"""
import sys
from collections import Counter

train, test = ([line.split() for line in open(path, encoding="utf-8") if line.strip()] for path in sys.argv[1:3])
counts = Counter(word for line in train for word in line)
known = {word for word, count in counts.items() if count > 1} | {"<unk>"}
for lines, path in ((train, sys.argv[3]), (test, sys.argv[4])):
    with open(path, "w", encoding="utf-8") as out:
        for line in lines:
            out.write(" ".join(word if word in known else "<unk>" for word in line) + "\n")
print(len(known), "words")
