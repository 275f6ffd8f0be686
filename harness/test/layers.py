"""
Checks that includes point down: a file of allocator/src includes its own layer
and lower ones; a folder includes from the folders it may.
"""

import glob
import os
import re


def errors(layers, may_include):
    """layers: (name, nouns) from the lowest on; may_include: folder -> folders.
    -> a line for each include that should not be there"""
    rank = {noun: i for i, (_, nouns) in enumerate(layers)
            for noun in nouns.split()}
    found = []
    sources = [f for top in ('allocator', 'workloads', 'harness')
               for ext in ('c', 'h', 'cc')
               for f in glob.glob('%s/**/*.%s' % (top, ext), recursive=True)]
    by_name = {}
    for f in sources:
        by_name.setdefault(os.path.basename(f), []).append(f)
    for f in sorted(sources):
        folder = max((d for d in may_include if f.startswith(d + '/')),
                     key=len, default=None)
        noun = os.path.splitext(os.path.basename(f))[0]
        if folder == 'allocator/src' and noun not in rank:
            found.append('%s: "%s" is in no layer of SConstruct' % (f, noun))
            continue
        with open(f) as stream:
            text = stream.read()
        for header in re.findall(r'^\s*#\s*include\s+"([^"]+)"', text, re.M):
            base = os.path.basename(header)
            targets = by_name.get(base, [])
            if not targets or base.startswith('variant_'):
                continue
            if not any(t.startswith(d + '/') for t in targets
                       for d in may_include[folder]):
                found.append('%s includes %s: %s may only include from %s'
                             % (f, header, folder,
                                ', '.join(may_include[folder])))
            other = os.path.splitext(base)[0]
            if folder == 'allocator/src' and other in rank \
                    and rank[other] > rank[noun]:
                found.append('%s (%s) includes %s (%s): includes point down'
                             % (f, layers[rank[noun]][0], header,
                                layers[rank[other]][0]))
    return found
