"""
Runs tests that print TAP, and sums up what they say.

A case is (name, command, what SCons builds for it, source). The source's head
may say how it is to be run: "test: alone", as it measures time or memory (last,
one at a time); "test: long", with an hour; "/* MALLOC_CONF: ... */", with these
options. A crash, a time-out and an empty output are failures. What a test
printed stands in <folder>/<name>.log.
"""

import collections
import concurrent.futures
import os
import re
import subprocess
import sys
import time

LONG = 15  # times the seconds of other tests

Result = collections.namedtuple('Result', 'good skipped bad log seconds')


def is_marked(source, mark):
    with open(source) as f:
        return 'test: ' + mark in f.read(400)


def execute(case, log, seconds):
    """-> what the test printed, and its exit code"""
    name, command, _, source = case
    child = dict(os.environ, CMOCKA_MESSAGE_OUTPUT='TAP')
    child.pop('MALLOC_CONF', None)
    with open(source) as f:
        conf = re.match(r'/\* MALLOC_CONF: (\S+) \*/', f.readline())
    if conf:
        child['MALLOC_CONF'] = conf.group(1)
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env=child,
                              stdin=subprocess.DEVNULL, timeout=seconds)
        out, code = done.stdout.decode('utf-8', 'replace'), done.returncode
    except subprocess.TimeoutExpired as late:
        out = (late.stdout or b'').decode('utf-8', 'replace')
        out += '\nnot ok - %s: no end after %d s\n' % (name, seconds)
        code = 1
    os.makedirs(os.path.dirname(log), exist_ok=True)
    with open(log, 'w') as f:
        f.write(out)
    return out, code


def run_one(case, folder, seconds):
    log = os.path.join(folder, case[0] + '.log')
    begin = time.monotonic()
    out, code = execute(case, log, seconds)
    skipped = len(re.findall(r'^ok\b.* # SKIP', out, re.M))
    good = len(re.findall(r'^ok\b', out, re.M)) - skipped
    # cmocka says of a test that was skipped "not ok 6 # SKIP name".
    bad = re.findall(r'^not ok\b(?!.*# SKIP).*', out, re.M)
    if code != 0 and not bad:
        bad = ['not ok - %s: exit code %d' % (case[0], code)]
    if good + skipped + len(bad) == 0:
        bad = ['not ok - %s: printed no result' % case[0]]
    return Result(good, skipped, bad, log, time.monotonic() - begin)


def show(name, result):
    if result.bad:
        print('FAIL %s (%s)' % (name, result.log))
        for line in result.bad[:10]:
            print('     ' + line)
    else:
        print('pass %s: %d%s%s' % (
            name, result.good,
            ', %d skipped' % result.skipped if result.skipped else '',
            ' (%.0f s)' % result.seconds if result.seconds >= 1 else ''))
    sys.stdout.flush()


def run(cases, folder, width, seconds):
    """Runs width cases at a time; each has so many seconds. Prints a line a
    case and, last, "N passed, N failed". -> whether all passed"""
    passed = failed = 0
    # Scripts first: they take longest, and the others fill the gaps.
    together = sorted((c for c in cases if not is_marked(c[3], 'alone')),
                      key=lambda c: not c[3].endswith('.sh'))
    by_itself = [c for c in cases if is_marked(c[3], 'alone')]

    def one(case):
        return run_one(case, folder,
                       seconds * (LONG if is_marked(case[3], 'long') else 1))

    for group, jobs in ((together, width), (by_itself, 1)):
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            for case, result in zip(group, pool.map(one, group)):
                passed += result.good
                failed += len(result.bad)
                show(case[0], result)
    print('%d passed, %d failed' % (passed, failed))
    sys.stdout.flush()
    return passed > 0 and failed == 0
