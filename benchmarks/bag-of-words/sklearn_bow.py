"""Bag of words and logistic regression with scikit-learn, the whole task in one process.
usage: sklearn_bow.py TRAIN.tsv TEST.tsv NGRAMS lbfgs|liblinear     (lines: label, tab, text)"""
import sys

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression


def read(path):
    rows = [line.rstrip("\n").split("\t", 1) for line in open(path, encoding="utf-8")]
    return [row[1] for row in rows], [row[0] for row in rows]


(train, train_labels), (test, test_labels) = read(sys.argv[1]), read(sys.argv[2])
vectorizer = TfidfVectorizer(ngram_range=(1, int(sys.argv[3])))
model = LogisticRegression(solver=sys.argv[4], C=10, max_iter=1000).fit(vectorizer.fit_transform(train), train_labels)
print("accuracy %.4f" % model.score(vectorizer.transform(test), test_labels))
