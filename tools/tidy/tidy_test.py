#!/usr/bin/env python3
"""The house rules convict what they say they convict, and nothing else."""

import unittest

import rules
import source_text
import tidy


def found(path, text, more=None):
    """The names of the rules that a tree of this one file (and more) breaks."""
    tree = {path: tidy.SourceFile(path, text)}
    for other, content in (more or {}).items():
        tree[other] = tidy.SourceFile(other, content)
    return {rule for rule, where, *_ in tidy.violations(tree) if where == path}


class Convicted(unittest.TestCase):
    def test_banned_calls(self):
        for bad in [
            'auto t = std::chrono::system_clock::now();',
            'auto t = time(nullptr);',
            'std::regex pattern("a");',
            '#include <regex>',
            'int r = rand();',
            'int r = std::rand();',
            'std::srand(7);',
            'const char* home = std::getenv("HOME");',
            'std::thread worker(f);',
            'void f() { try { g(); } catch (...) {} }',
            'void f() { throw 1; }',
            'int* p = new int(3);',
            'void f(int* p) { delete p; }',
            'void f(int* p) { delete[] p; }',
            'void f() { std::printf("x"); }',
            'void f() { std::cout << 1; }',
            'std::this_thread::sleep_for(1s);',
            '#ifdef NDEBUG\n#endif',
            'int n = atoi(text);',
        ]:
            with self.subTest(bad):
                self.assertEqual(found('src/detect/x.cpp', bad), {'banned_calls'})
        self.assertIn('banned_calls', found('CMakeLists.txt', 'add_compile_definitions(NDEBUG)'))

    def test_advice_names_the_replacement(self):
        file = tidy.SourceFile('src/detect/x.cpp', '\n  auto t = system_clock::now();')
        line, _, message = next(iter(rules.banned_calls(file)))
        self.assertEqual(line, 2)
        self.assertIn('ports::Clock', message)

    def test_innocent_lookalikes(self):
        for good in [
            '// std::thread is banned, and so is new',
            'const char* text = "throw new delete rand() printf(";',
            'auto text = R"(std::regex)";',
            'Clock(const Clock&) = delete;',
            'bool renew(int news);',
            'clock.sleep(duration, stop);',
            'std::this_thread::get_id();',
            'auto p = std::make_unique<int>(3);',
            'int brand(int);',
            'auto d = event.time();',
            'std::jthread worker(f);',
            "const int million = 1'000'000;",
        ]:
            with self.subTest(good):
                self.assertEqual(found('src/detect/x.cpp', good), set())

    def test_fences_open_where_they_should(self):
        clock = 'auto t = std::chrono::system_clock::now();'
        self.assertEqual(found('src/net/system_clock.cpp', clock), set())
        self.assertEqual(found('src/app/x.cpp', 'auto h = std::getenv("HOME");'), set())
        self.assertEqual(found('src/app/x.cpp', 'void f() { std::puts("x"); }'), set())
        self.assertEqual(found('src/net/client.cpp', '#include <curl/curl.h>'), set())
        self.assertEqual(found('src/notify/x.cpp', '#include <curl/curl.h>'), {'includes'})
        self.assertEqual(found('src/net/client.h', '// Owns: x\n#pragma once\n#include <curl/curl.h>'),
                         {'includes'})
        self.assertEqual(found('src/net/x.cpp', '#include <unheard_of/of.hpp>'), {'includes'})
        self.assertEqual(found('src/net/x.cpp', '#include <sys/socket.h>\n#include <vector>'), set())

    def test_sql_from_pieces(self):
        self.assertEqual(found('src/store/x.cpp', 'run("SELECT * FROM t WHERE n = \'" + name);'),
                         {'sql_from_pieces'})
        self.assertEqual(found('src/store/x.cpp', 'run(fmt::format("DELETE FROM {}", table));'),
                         {'sql_from_pieces'})
        self.assertEqual(found('src/store/x.cpp', 'run("SELECT a FROM t WHERE n = ?", name);'), set())

    def test_lengths(self):
        body = '  g();\n'
        self.assertEqual(found('src/a/x.cpp', 'void f() {\n' + body * 69 + '}\n'), {'function_length'})
        self.assertEqual(found('src/a/x.cpp', 'void f() {\n' + body * 68 + '}\n'), set())
        self.assertEqual(found('src/a/x_test.cpp', 'TEST(A, B) {\n' + body * 99 + '}\n'), set())
        self.assertEqual(found('tools/x.py', 'def f():\n' + '    g()\n' * 70), {'function_length'})
        self.assertEqual(found('src/a/x.cpp', 'int a;\n' * 601), {'file_length'})
        self.assertEqual(found('src/a/x.cpp', '// ' + 'x' * 98), {'line_length'})
        self.assertEqual(found('tools/x.py', '# ' + 'x' * 98), set())
        self.assertEqual(found('tools/x.py', '# ' + 'x' * 119), {'line_length'})

    def test_names(self):
        for bad in ['src/a/string_utils.cpp', 'src/common.cpp', 'src/a/query_manager.cpp',
                    'test/test-helpers.cpp', 'src/a/misc.cpp']:
            with self.subTest(bad):
                self.assertEqual(found(bad, 'int a;\n'), {'file_names'})
        self.assertEqual(found('src/a/commonwealth.cpp', 'int a;\n'), set())

    def test_headers(self):
        self.assertEqual(found('src/a/x.h', '// Owns: x.\n#pragma once\n'), set())
        self.assertEqual(found('src/a/x.h', '#pragma once\n'), {'header_opening'})
        self.assertEqual(found('src/a/x.h', '// Some words.\n#pragma once\n'), {'header_opening'})
        self.assertEqual(found('src/a/x.h', '// Owns: x.\nint a;\n'), {'header_opening'})
        self.assertEqual(found('src/a/x.h', '// Owns: x.\n#pragma once\nusing namespace std;\n'),
                         {'header_opening'})

    def test_leftovers(self):
        for bad in ['TO' 'DO: later', 'FIX' 'ME', '/wo' 'rk/w-dev/x', '/ro' 'ot/.npm', '/ho' 'me/me/x',
                    'https://regis' 'try.example.org/x', 'http://deb.debi' 'an.org/debian']:
            with self.subTest(bad):
                self.assertEqual(found('docs/x.md', bad), {'leftovers'})
        for good in ['a todo list', '/usr/share/x', 'src/wo' 'rk/x', '$HOME/x', 'the npm registry']:
            with self.subTest(good):
                self.assertEqual(found('docs/x.md', good), set())
        self.assertEqual(found('deps/package-lock.json', '{"resolved": "x"}'), {'leftovers'})

    def test_ports(self):
        port, text = 'src/ports/mailer.h', '// Owns: x\n#pragma once\n'
        rule = {'ports_have_fakes_and_contracts'}
        fake = {'test/fakes/fake_mailer.h': '// x\n#pragma once\n'}
        contract = {'test/contract/mailer_contract.h': '// x\n#pragma once\n'}
        use = {'src/net/mail_test.cpp': '#include "contract/mailer_contract.h"\n'}
        self.assertEqual(found(port, text), rule)
        self.assertEqual(found(port, text, fake), rule)
        self.assertEqual(found(port, text, fake | contract), rule)
        self.assertEqual(found(port, text, fake | contract | use), set())

    def test_packages(self):
        use = '#include <curl/curl.h>'
        listed = {'tools/dev/packages.sh': 'packages="g++ libcurl4-openssl-dev"'}
        unlisted = {'tools/dev/packages.sh': 'packages="g++ not-libcurl4-openssl-dev"'}
        self.assertEqual(found('src/net/x.cpp', use, listed), set())
        self.assertEqual(found('src/net/x.cpp', use, unlisted), {'packages_are_installed'})


class Exempted(unittest.TestCase):
    def test_exemptions_excuse_and_expire(self):
        tree = {'src/a/x.cpp': tidy.SourceFile('src/a/x.cpp', 'void f() { throw 1; }')}
        excuse = tidy.read_exemptions('banned_calls src/a/x.cpp:throw # the library wants it so')
        self.assertEqual(tidy.check(tree, excuse), [])
        self.assertEqual(len(tidy.check(tree, {})), 1)
        stale = tidy.read_exemptions('banned_calls src/a/x.cpp # this one is needed, as it happens\n'
                                     'file_names src/a/y.cpp # this one excuses nothing at all')
        self.assertIn('excuses nothing', tidy.check(tree, stale)[0])

    def test_an_exemption_needs_a_reason(self):
        with self.assertRaises(SystemExit):
            tidy.read_exemptions('banned_calls src/a/x.cpp')


class Reading(unittest.TestCase):
    def test_functions_are_found(self):
        text = '''
namespace a {
struct S {
  S() : a_{1}, b_(2) {
    g();
  }
  int get() const { return a_; }
  int a_{0};
};
constexpr int table[] = {
    1, 2,
};
template <typename T>
auto f(T x) -> int {
  auto l = [] { return 1; };
  if (x) {
    return 2;
  }
  return l();
}
}  // namespace a
'''
        self.assertEqual([(f.name, f.lines) for f in source_text.functions(text)],
                         [('S', 3), ('get', 1), ('f', 8)])

    def test_blanking_keeps_positions(self):
        text = 'a /* b\nc */ "d\\"e" R"x(f\n)")x" // g\nh'
        blanked = source_text.blank(text)
        self.assertEqual(len(blanked), len(text))
        self.assertEqual(blanked.split(), ['a', 'h'])
        self.assertEqual(blanked.count('\n'), text.count('\n'))


if __name__ == '__main__':
    unittest.main()
