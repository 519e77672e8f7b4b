#!/usr/bin/env python3
"""check.py [--all] [--minutes N]: format, house rules, clang-tidy, shell scripts (`./dev check`).

clang-tidy reads what changed since the branch left the main line (or in the last commit), and with
--all every source. A file that passed is not read again while it, the headers it includes and the
configuration stay as they were; that memory lies in the user's cache folder and can be deleted.
After N minutes no further file is begun; those left out are named (CI sets a limit, people none).
Ends with a line `N passed, N failed`, counted in files and rules.
"""

import argparse
import concurrent.futures
import hashlib
import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path

CACHE = Path(os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache') / 'vedette-check'
CACHE_FILES_MAX = 20_000
SOURCE_FOLDERS = ('src/', 'test/', 'tools/', 'bench/')


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False)


def tracked_sources(*suffixes):
    """Files of ours that are known to git, or new and not ignored."""
    listed = run('git', 'ls-files', '--cached', '--others', '--exclude-standard').stdout.split('\n')
    return sorted({f for f in listed if f.endswith(suffixes) and f.startswith(SOURCE_FOLDERS)
                   and Path(f).is_file()})


def comparison_base():
    """Where this line of work began: the main line, or else the commit before."""
    for main_line in ('origin/main', 'main'):
        base = run('git', 'merge-base', 'HEAD', main_line).stdout.strip()
        if base and base != run('git', 'rev-parse', 'HEAD').stdout.strip():
            return base
    return run('git', 'rev-parse', '--verify', '-q', 'HEAD~1').stdout.strip()


def changed_sources(suffixes):
    base = comparison_base()
    if not base:
        return tracked_sources(*suffixes)
    changed = set(run('git', 'diff', '--name-only', base).stdout.split())
    changed |= set(run('git', 'ls-files', '--others', '--exclude-standard').stdout.split())
    return [f for f in tracked_sources(*suffixes) if f in changed]


def check_format():
    found = run('clang-format-19', '--dry-run', '-Werror', *tracked_sources('.cpp', '.h'))
    if found.returncode:
        complaints = [line for line in found.stderr.split('\n') if ': error:' in line]
        files = sorted({line.split(':')[0] for line in complaints})
        return 'not formatted (clang-format-19 -i does it): ' + ' '.join(files)
    return ''


def check_house_rules():
    found = run(sys.executable, '-B', 'tools/tidy/tidy.py')
    return found.stdout if found.returncode else ''


def check_shell():
    scripts = ['dev', '.ci/run', *tracked_sources('.sh')]
    scripts += [f for f in tracked_sources('') if Path(f).parts[0] in ('tools', 'bench')
                and not Path(f).suffix and Path(f).read_bytes().startswith(b'#!/usr/bin/env bash')]
    found = run('shellcheck', '-x', *scripts)
    return found.stdout + found.stderr if found.returncode else ''


def compile_commands():
    """Source file (from the root) to its compile command, out of the build folder."""
    root = Path.cwd()
    commands = {}
    for entry in json.loads(Path('build/compile_commands.json').read_text()):
        file = Path(entry['file'])
        if file.is_relative_to(root):
            commands[str(file.relative_to(root))] = entry['command']
    return commands


def headers_of_objects():
    """Object file to the files of ours that it was compiled from, as ninja saw it."""
    root, result, name = str(Path.cwd()), {}, ''
    for line in run('ninja', '-C', 'build', '-t', 'deps').stdout.split('\n'):
        if line.startswith('    '):
            path = os.path.realpath(os.path.join('build', line.strip()))
            if path.startswith(root):
                result[name].append(path)
        elif ': #deps' in line:
            name = line.split(': #deps')[0]
            result[name] = []
    return result


def fingerprint(file, command, inputs):
    digest = hashlib.sha256(Path('.clang-tidy').read_bytes())
    digest.update(command.replace(str(Path.cwd()), '').encode())
    for path in [file, *inputs]:
        digest.update(Path(path).read_bytes() if Path(path).is_file() else b'gone')
    return digest.hexdigest()


def tidy_one(file, key, deadline):
    """What clang-tidy says about one file, and how we know."""
    if (CACHE / key).exists():
        return file, '', 'remembered'
    if time.monotonic() > deadline:
        return file, '', 'out of time'
    found = run('clang-tidy-19', '-p', 'build', '--quiet', file)
    if found.returncode:
        return file, found.stdout, 'read'
    (CACHE / key).touch()
    return file, '', 'read'


def check_clang_tidy(everything, minutes):
    """(files that passed, files that failed); prints what is wrong."""
    deadline = time.monotonic() + minutes * 60
    CACHE.mkdir(parents=True, exist_ok=True)
    if sum(1 for _ in CACHE.iterdir()) > CACHE_FILES_MAX:
        for old in CACHE.iterdir():
            old.unlink()
    commands, inputs = compile_commands(), headers_of_objects()
    wanted = tracked_sources('.cpp') if everything else changed_sources(('.cpp',))
    jobs, skipped = [], []
    for file in wanted:
        if file not in commands:
            skipped.append(file)
            continue
        command = commands[file]
        object_file = command.split(' -o ')[1].split()[0]
        jobs.append((file, fingerprint(file, command, inputs.get(object_file, []))))
    failed = remembered = 0
    late = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for file, complaint, known in pool.map(lambda job: tidy_one(*job, deadline), jobs):
            remembered += known == 'remembered'
            if known == 'out of time':
                late.append(file)
            if complaint:
                failed += 1
                print(complaint, flush=True)
    print(f'clang-tidy: {len(jobs)} files, {remembered} of them unchanged since they passed')
    if skipped:
        print(f'clang-tidy skipped, not part of this build: {" ".join(skipped)}')
    if late:
        print(f'clang-tidy skipped, {minutes} minutes were over: {" ".join(late)}')
    return len(jobs) - failed - len(late), failed


def main():
    options = argparse.ArgumentParser(prog='./dev check', description=__doc__,
                                      formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument('--all', action='store_true', help='clang-tidy on every source')
    options.add_argument('--minutes', type=float, default=math.inf, help='for clang-tidy to begin')
    asked = options.parse_args()
    passed = failed = 0
    for name, check in [('format', check_format), ('house rules', check_house_rules),
                        ('shell scripts', check_shell)]:
        complaint = check()
        print(f'{name}: {"FAILED" if complaint else "ok"}\n{complaint}'.strip(), flush=True)
        passed, failed = passed + (not complaint), failed + bool(complaint)
    tidied, broken = check_clang_tidy(asked.all, asked.minutes)
    passed, failed = passed + tidied, failed + broken
    print(f'{passed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
