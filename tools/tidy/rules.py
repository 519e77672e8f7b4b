"""The house rules. Each rule is a function from a file (or the whole tree) to what is wrong in it.

A rule yields (line, key, message): `key` is what an exemption names when the file alone is too much
(a function's name, for example); the message says what to use instead. Names of registries and
other forbidden words are written here as patterns, so that these rules hold for this file too.
"""

import ast
import re

import source_text

LINE_COLUMNS_MAX = 100
SCRIPT_COLUMNS_MAX = 120  # scripts hold tables, whose rows read better whole
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 600

# (pattern over code, where it is allowed, what is wrong and what to use)
BANNED = [
    (r'\b(system|steady|high_resolution)_clock\s*::\s*now\b', ('src/net/', 'bench/'),
     'reads the time behind the back of tests; use ports::Clock'),
    (r'\b(gettimeofday|clock_gettime)\s*\(|(?<![\w.>])time\s*\(\s*(NULL|nullptr|0)?\s*\)',
     ('src/net/', 'bench/'), 'reads the time behind the back of tests; use ports::Clock'),
    (r'\bstd\s*::\s*(basic_)?regex\b|#\s*include\s*<regex>', (),
     'backtracks on hostile text; use RE2 (base/regex) or plain parsing (base/text.h)'),
    (r'(?<![\w.>])(std\s*::\s*)?s?rand\s*\(', (),
     'guessable; use ports::Random, or a seeded engine in a simulation'),
    (r'\bgetenv\s*\(', ('src/app/', 'src/net/', 'src/main.cpp'),
     'settings are passed in; only app and net read the environment'),
    (r'\bstd\s*::\s*thread\b', (), 'not joined when an error returns; use std::jthread'),
    (r'\bcatch\s*\(\s*\.\.\.\s*\)', (),
     "swallows what it does not know; catch the library's exception at its fence"),
    (r'\bthrow\b', (), 'errors are values; return base::failure(...)'),
    (r'\bnew\b(?!\s*\()\s*[A-Za-z_:]', (),
     'an owner that is no object; use std::make_unique or a container'),
    (r'(?<!=)(?<!= )\bdelete\b(?!\s*;)', (),
     'an owner that is no object; use std::unique_ptr'),
    (r'\bsleep_(for|until)\b|\b(u|nano)sleep\s*\(|(?<!\w)::sleep\s*\(', ('src/net/',),
     'waits without being woken by a stop, and slows tests; use ports::Clock::sleep'),
    (r'\bNDEBUG\b', (), 'asserts stay on in every build'),
    (r'\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atof|atol)\s*\(', (),
     'unbounded, or cannot report an error; use std::string, fmt or base/text.h'),
]

# Only for libraries: what is said to people passes through app (or a port).
BANNED_IN_LIBRARIES = [
    (r'\b(printf|fprintf|puts|fputs|putchar)\s*\(|\bstd\s*::\s*(cout|cerr|clog)\b',
     ('src/app/', 'src/main.cpp'), 'a library does not talk to the terminal; only app prints'),
]

# Third-party headers: (prefix, the only places that may see it, Debian package). A header that is
# not here is new to the project: add it, with its fence and its package (docs/dependencies.md).
THIRD_PARTY = [
    ('fmt/', ('src/', 'test/', 'tools/', 'bench/'), 'libfmt-dev'),
    ('nlohmann/', ('src/base/json.cpp',), 'nlohmann-json3-dev'),
    ('date/', ('src/base/',), 'libhowardhinnant-date-dev'),
    ('re2/', ('src/base/', 'src/kql/native/regex.cpp'), 'libre2-dev'),
    ('spdlog/', ('src/app/service_log.cpp',), 'libspdlog-dev'),
    ('simdjson', ('src/base/',), 'libsimdjson-dev'),
    ('toml++/', ('src/app/settings_file.cpp',), 'libtomlplusplus-dev'),
    ('yaml-cpp/', ('src/yaml/yaml_tree.cpp',), 'libyaml-cpp-dev'),
    ('libevtx', ('src/collect/evtx_file.cpp',), 'libevtx-dev'),
    ('s2/', ('src/kql/functions/geo_s2.cpp',), 'libs2-dev'),
    ('expat', ('src/normalise/windows/windows_xml.cpp',), 'libexpat1-dev'),
    ('prometheus/', ('src/app/service_metrics.cpp',), 'prometheus-cpp-dev'),
    ('CLI/', ('src/app/', 'src/main.cpp'), 'libcli11-dev'),
    ('curl/', ('src/net/',), 'libcurl4-openssl-dev'),
    ('openssl/', ('src/net/', 'src/notify/signature.cpp', 'src/collect/tls_stream.cpp',
                  'src/respond/policy_file.cpp', 'src/access/totp.cpp',
                  'src/cloud/client_assertion', 'src/simulate/tenant/signature'),
     'libssl-dev'),
    ('sodium', ('src/access/',), 'libsodium-dev'),
    ('boost/', ('src/net/',), 'libboost1.81-dev'),
    ('maxminddb', ('src/enrich/',), 'libmaxminddb-dev'),
    ('sqlite3', ('src/store/sqlite/', 'bench/'), None),  # from deps/, not from Debian
    ('zlib', ('src/app/import_', 'src/kql/functions/compression.cpp', 'src/kql/external/unpack.cpp',
              'src/net/curl_client_test.cpp', 'src/store/duckdb/external_rows_test.cpp', 'src/collect/gzip_stream',
              'src/collect/rotated_logs_test.cpp'), 'zlib1g-dev'),
    ('zstd', ('src/store/', 'src/app/import_'), 'libzstd-dev'),
    ('gtest/', ('src/', 'test/'), 'libgtest-dev'),
    ('gmock/', ('src/', 'test/'), 'libgmock-dev'),
    ('benchmark/', ('src/', 'bench/'), 'libbenchmark-dev'),
]
# POSIX and Linux headers, which every room may use.
SYSTEM_HEADER = re.compile(r'(sys|arpa|netinet|net|linux)/\w+\.h$|[a-z_]+\.h$|[a-z_]+$')

FORBIDDEN_NAMES = {'util', 'utils', 'common', 'helper', 'helpers', 'manager', 'misc', 'stuff'}
LEFTOVERS = re.compile(r'\b(TO' r'DO|FIX' r'ME|XX' r'X|HA' r'CK)\b')
MACHINE_PATHS = re.compile(r'(?<![\w.)}])/(work|root|home|Users)/[\w.]|bash_' r'jobs')
REGISTRIES = re.compile(
    r'registry\.[a-z]+\.[a-z]+|npm[j]s\.|(deb|security|snapshot|ftp)\.deb[i]an\.'
    r'|pyp[i]\.org|crates[.]io'
    r'|proxy\.gol[a]ng|unpk[g]\.|jsdel[i]vr|node[s]ource|packages\.clou[d]', re.IGNORECASE)


def matches(pattern, text):
    for match in re.finditer(pattern, text):
        yield text.count('\n', 0, match.start()) + 1, match.group()


def banned_calls(file):
    if file.is_cpp:
        rules = BANNED + (BANNED_IN_LIBRARIES if file.in_library else [])
        code = source_text.blank(file.text)
    elif file.is_cmake:
        rules = [rule for rule in BANNED if 'NDEBUG' in rule[0]]
        code = re.sub(r'#[^\n]*', '', file.text)
    else:
        return
    for pattern, allowed, advice in rules:
        if not file.path.startswith(allowed or ('\0',)):
            for line, found in matches(pattern, code):
                yield line, found, f'`{found.strip()}`: {advice}'


def sql_from_pieces(file):
    """SQL text glued together with values: an injection waiting for its day."""
    if not file.is_cpp:
        return
    verb = r'"\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|DROP|ALTER)\s[^"\n]*'
    glued = verb + r'"\s*\+|' + verb + r'\{[^"\n]*\}'
    for line, _ in matches(glued, source_text.blank(file.text, keep_strings=True)):
        yield line, 'sql', 'SQL built from pieces of text; bind values as parameters'


def function_length(file):
    if file.is_test:
        return
    if file.is_cpp:
        found = source_text.functions(file.text)
    elif file.path.endswith('.py'):
        tree = ast.walk(ast.parse(file.text))
        found = [source_text.Function(node.name, node.lineno, node.end_lineno)
                 for node in tree if isinstance(node, ast.FunctionDef)]
    else:
        return
    for function in found:
        if function.lines > FUNCTION_LINES_MAX:
            yield (function.first_line, function.name,
                   f'{function.name} has {function.lines} lines, more than {FUNCTION_LINES_MAX}; '
                   'split it where its story has a joint')


def file_length(file):
    lines = file.text.count('\n')
    if not file.is_test and not file.is_prose and lines > FILE_LINES_MAX:
        yield (FILE_LINES_MAX, '',
               f'{lines} lines, more than {FILE_LINES_MAX}; it holds more than one thing')


def line_length(file):
    if file.is_prose:
        return
    columns_max = LINE_COLUMNS_MAX if file.is_cpp or file.is_cmake else SCRIPT_COLUMNS_MAX
    for number, line in enumerate(file.text.split('\n'), 1):
        # A test may quote a log line as it is.
        if len(line) > columns_max and not (file.is_test and re.search('["\']', line)):
            yield number, '', f'{len(line)} columns, more than {columns_max}'


def file_names(file):
    stem = file.path.rsplit('/', 1)[-1].split('.')[0]
    for word in FORBIDDEN_NAMES & set(re.split(r'[_\-]', stem.lower())):
        yield 1, word, f"'{word}' says nothing of what is in a file; name the thing it holds"


def includes(file):
    if not file.is_cpp:
        return
    for match in re.finditer(r'(?m)^\s*#\s*include\s*<([^>]+)>', file.text):
        header, line = match.group(1), file.text.count('\n', 0, match.start()) + 1
        entry = next((e for e in THIRD_PARTY if header.startswith(e[0])), None)
        if entry is None:
            if not SYSTEM_HEADER.match(header):
                yield line, header, f'<{header}> is new; give it a fence in tools/tidy/rules.py'
        elif not file.path.startswith(entry[1]):
            yield line, header, f'<{header}> belongs behind its fence: {", ".join(entry[1])}'
        elif file.path.endswith('.h') and file.path.startswith('src/'):
            yield line, header, f'<{header}> in a header reaches everyone; keep it in the .cpp'


def header_opening(file):
    if not file.is_cpp or not file.path.endswith('.h'):
        return
    opening = file.text.split('#pragma once')[0]
    if '#pragma once' not in file.text:
        yield 1, 'pragma', 'a header needs #pragma once'
    elif not opening.startswith('//'):
        yield (1, 'opening',
               'a header opens with a comment: what it owns, promises, must not know, who calls it')
    elif file.path.startswith('src/') and 'Owns:' not in opening:
        yield 1, 'opening', "the opening comment says what the header owns ('// Owns: ...')"
    for line, _ in matches(r'\busing\s+namespace\b', source_text.blank(file.text)):
        yield line, 'using', 'a header must not open a namespace for everyone'


def leftovers(file):
    for line, found in matches(LEFTOVERS, file.text):
        yield line, found, f"'{found}': finish it now, or file an issue"
    for line, found in matches(MACHINE_PATHS, file.text):
        yield line, found, f"'{found}…' exists on one machine only"
    for line, found in matches(REGISTRIES, file.text):
        yield line, found, f"'{found}': no host of a package registry is named here"
    if file.path.endswith('package-lock.json'):
        for line, _ in matches(r'"resolved"', file.text):
            yield (line, 'resolved',
                   'lock files have no addresses: npm install --omit-lockfile-registry-resolved')


def ports_have_fakes_and_contracts(tree):
    for path in sorted(tree):
        match = re.fullmatch(r'src/ports/(\w+)\.h', path)
        if not match:
            continue
        name = match.group(1)
        if not {f'test/fakes/{kind}_{name}.h' for kind in ('fake', 'memory')} & tree.keys():
            yield path, 1, 'fake', f'the port has no fake: test/fakes/fake_{name}.h'
        contract = f'contract/{name}_contract.h'
        if f'test/{contract}' not in tree:
            yield path, 1, 'contract', f'the port has no contract: test/{contract}'
            continue
        runs = sum(f'"{contract}"' in file.text for file in tree.values() if file.is_test)
        if runs == 0:
            yield path, 1, 'contract', f'no test runs test/{contract}'


def packages_are_installed(tree):
    """Each third-party header in use has its Debian package in what ./dev installs."""
    if 'tools/dev/packages.sh' not in tree:
        return
    installed = set(re.findall(r'[\w.+-]+', tree['tools/dev/packages.sh'].text))
    for path, file in sorted(tree.items()):
        headers = re.findall(r'(?m)^\s*#\s*include\s*<([^>]+)>', file.text) if file.is_cpp else []
        for header in headers:
            for prefix, _, package in THIRD_PARTY:
                if package and header.startswith(prefix) and package not in installed:
                    yield (path, 1, package,
                           f'<{header}> needs {package}: tools/dev/packages.sh must install it')


FILE_RULES = [banned_calls, sql_from_pieces, function_length, file_length, line_length, file_names,
              includes, header_opening, leftovers]
TREE_RULES = [ports_have_fakes_and_contracts, packages_are_installed]
