#!/usr/bin/env python3
"""tidy.py [ROOT]: the house rules (rules.py) as a test. Prints what breaks them; exit 1 if any is.

What may break a rule, and why, stands in exemptions.txt; an exemption that excuses nothing is an
error too, so that the list never outlives its reasons.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import rules

SKIPPED_FOLDERS = {'node_modules', 'corpus', 'golden', 'data', '__pycache__'}
TEXT_SUFFIXES = {'.cpp', '.h', '.py', '.sh', '.cmake', '.md', '.txt', '.json', '.yaml', '.toml',
                 '.supp'}
TEXT_NAMES = {'dev', 'run', 'fresh-root', 'arm64-root', '.clang-tidy', '.clang-format', '.gitignore', 'LICENSE'}


@dataclass
class SourceFile:
    path: str  # from the root, with slashes
    text: str

    @property
    def is_cpp(self):
        return self.path.endswith(('.cpp', '.h'))

    @property
    def is_cmake(self):
        return self.path.endswith(('CMakeLists.txt', '.cmake', 'CMakePresets.json'))

    @property
    def is_test(self):
        return self.path.startswith('test/') or self.path.endswith(('_test.cpp', '_test.py'))

    @property
    def is_prose(self):
        is_text = self.path.endswith(('.md', '.json', 'LICENSE', '.txt'))
        return is_text and not self.path.endswith('CMakeLists.txt')

    @property
    def in_library(self):
        return self.path.startswith('src/') and not self.is_test


def is_ours(folder):
    hidden = folder.startswith('.') and folder != '.ci'
    return folder not in SKIPPED_FOLDERS and not folder.startswith('build') and not hidden


def read_tree(root):
    tree = {}
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if is_ours(name))
        for name in sorted(names):
            full = Path(folder, name)
            if full.suffix in TEXT_SUFFIXES or name in TEXT_NAMES:
                path = full.relative_to(root).as_posix()
                tree[path] = SourceFile(path, full.read_text(encoding='utf-8', errors='replace'))
    return tree


def violations(tree):
    """All of them, as (rule, path, line, key, message)."""
    for rule in rules.FILE_RULES:
        for path, file in sorted(tree.items()):
            for line, key, message in rule(file):
                yield rule.__name__, path, line, key, message
    for rule in rules.TREE_RULES:
        for path, line, key, message in rule(tree):
            yield rule.__name__, path, line, key, message


def read_exemptions(text):
    """Lines of: rule path[:key] # reason."""
    exemptions = {}
    for number, line in enumerate(text.splitlines(), 1):
        words, _, reason = line.partition('#')
        words = words.split()
        if not words:
            continue
        if len(words) != 2 or len(reason.strip()) < 10:
            raise SystemExit(f'exemptions.txt line {number}: expected `rule path[:key] # reason`')
        exemptions[tuple(words)] = number
    return exemptions


def check(tree, exemptions):
    """What is wrong after exemptions, as printable lines."""
    wrong = []
    used = set()
    for rule, path, line, key, message in violations(tree):
        excuses = {(rule, path), (rule, f'{path}:{key}')} & exemptions.keys()
        used |= excuses
        if not excuses:
            wrong.append(f'{path}:{line}: {message} [{rule}]')
    for excuse in sorted(exemptions.keys() - used):
        wrong.append(f'tools/tidy/exemptions.txt:{exemptions[excuse]}: excuses nothing (any more); '
                     f'remove `{" ".join(excuse)}`')
    return wrong


def main():
    here = Path(__file__).resolve().parent
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else here.parent.parent
    tree = read_tree(root)
    wrong = check(tree, read_exemptions((here / 'exemptions.txt').read_text()))
    print('\n'.join(wrong), end='\n' if wrong else '')
    print(f'house rules: {len(tree)} files, {len(wrong)} found wrong')
    return 1 if wrong or not tree else 0


if __name__ == '__main__':
    sys.exit(main())
