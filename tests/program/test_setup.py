"""tocsin setup: the steps for each Windows agree with docs/windows.md, and names cannot break out of them."""
import re
import unittest

from program.support import TESTS, run

WORDS = "nt4 2000 xp 2003 vista 2008 7 2008r2 8 2012 8.1 2012r2 10 2016 2019 11 2022 2025".split()
PAGE = (TESTS.parent / "docs" / "windows.md").read_text(encoding="utf-8")


def steps(word, *more):
    result = run("setup", "--print", word, *more)
    assert result.returncode == 0, result.stderr
    return result.stdout.decode().splitlines()


class Setup(unittest.TestCase):

    def test_every_windows_has_steps(self):
        for word in WORDS:
            with self.subTest(windows=word):
                text = "\n".join(steps(word))
                self.assertIn("larger log", text)
                self.assertRegex(text, r"(?i)process ?tracking|0CCE922B")
                self.assertRegex(text, r"(?i)execut")
                self.assertEqual(text, "\n".join(steps(word.upper())))

    def test_commands_are_those_of_the_page(self):
        """What is no comment is a command that docs/windows.md explains."""
        for word in WORDS:
            for line in steps(word):
                if not line or line.startswith("rem"):
                    continue
                with self.subTest(windows=word, line=line):
                    for part in re.findall(r"^\w+|/\w+:?|\{[0-9A-F-]+\}|HKLM\S+Audit|\w+_Enabled|SCENo\w+", line):
                        self.assertIn(part.rstrip(":"), PAGE.replace("`", ""))

    def test_the_log_grows_before_it_fills(self):
        for word in WORDS:
            text = "\n".join(steps(word))
            self.assertLess(text.lower().index("larger log"), text.lower().index("starts and ends"))

    def test_own_names(self):
        text = "\n".join(steps("2022", "--account", r"IIS APPPOOL\Shop", "--account", 'x" /success & del "y\r\nz'))
        self.assertIn(r'/user:"IIS APPPOOL\Shop" /success', text)
        self.assertIn('/user:"x /success & del yz" /success', text)
        self.assertNotIn("DefaultAppPool", text)
        self.assertIn(r"rem      D:\Sites", "\n".join(steps("2003", "--folder", r"D:\Sites")))

    def test_wrong_words(self):
        for words, part in ((["--print", "2o22"], "did you mean '2022'"), ([], "--print"), (["--print", "zzzzzzz"], "nt4, 2000"),
                            (["--print", "10", "x"], "no words")):
            result = run("setup", *words)
            self.assertEqual(result.returncode, 2)
            self.assertIn(part, result.stderr.decode())


if __name__ == "__main__":
    unittest.main()
