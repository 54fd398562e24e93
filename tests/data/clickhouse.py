#!/usr/bin/env python3
"""Runs SQL queries by ClickHouse within this process, without this project's code.

    clickhouse.py QUERIES.json        a JSON array of queries; prints an array of arrays of rows
"""
import json
import sys

import chdb

with open(sys.argv[1]) as file:
    queries = json.load(file)

answers = []
for query in queries:
    # One thread: rows come to an aggregate in the order in which they stand in the file.
    sql = query + " SETTINGS max_threads = 1"
    lines = str(chdb.query(sql, "JSONCompactEachRow")).splitlines()
    answers.append([json.loads(line) for line in lines])
json.dump(answers, sys.stdout)
