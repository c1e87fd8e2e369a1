"""Real text to lines of a-z words, as the text8 recipe has it: lower case, digits spelt out, all else a space.
usage: normalize_text.py OUT IN[@COLUMN]...   IN is text or gzipped text; with @COLUMN a column (from 0) of a TSV"""
import gzip
import re
import sys

DIGITS = dict(zip("0123456789", " zero , one , two , three , four , five , six , seven , eight , nine ".split(",")))
OTHER = re.compile(r"[^a-z]+")

rows = words = 0
with open(sys.argv[1], "w") as out:
    for source in sys.argv[2:]:
        path, _, column = source.partition("@")
        with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if column:
                    line = line.rstrip("\n").split("\t")[int(column)]
                text = "".join(DIGITS.get(c, c) for c in line.replace("<br />", " ").lower())
                text = OTHER.sub(" ", text).strip()
                if text:
                    out.write(text + "\n")
                    rows += 1
                    words += text.count(" ") + 1
print(rows, "rows", words, "words")
