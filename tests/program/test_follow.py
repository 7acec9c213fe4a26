"""Following logs that grow: every record once and in order, and losses said with their number."""
import itertools
import os
import pathlib
import shutil
import subprocess
import tempfile
import threading
import unittest

from program.growing_logs import FOLLOW_LOG, PAGE, Evt, Evtx, Follower, mixed, replace, shuffled, texts, write


@unittest.skipUnless(FOLLOW_LOG, "FOLLOW_LOG does not name the test program")
class Following(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-follow-"))
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "logs").mkdir()
        self.log = str(self.folder / "logs" / "Security.evtx")

    def follower(self, *names, **options):
        follower = Follower(*(names or (self.log,)), **options)
        self.addCleanup(follower.__exit__)
        return follower

    def assert_clean(self, follower):
        self.assertEqual((follower.facts, follower.damage, follower.torn), ([], [], []))


WRITERS = {"evtx": lambda: Evtx(), "evtx in a ring": lambda: Evtx(slots=3), "evtx with room": lambda: Evtx(room=2),
           "evt": lambda: Evt(65536), "evt, clean": lambda: Evt(65536, dirty=False), "evt, long": lambda: Evt(262144)}


class Growth(Following):
    def test_what_is_written_comes_once_and_in_order(self):
        for name, make in WRITERS.items():
            with self.subTest(name):
                rnd, writer, told = shuffled(name), make(), []
                path = str(self.folder / "logs" / name)
                write(path, writer.image())
                follower = self.follower(path)
                follower.look()
                for _ in range(60):
                    written = [writer.add(rnd.choice([0, 0, 0, 900, 3000])) for _ in range(rnd.randrange(0, 6))]
                    write(path, writer.image())
                    self.assertEqual(follower.later(), written)
                    told += written
                self.assertEqual(told, list(range(1, writer.number)))
                self.assert_clean(follower)

    def test_an_evt_ring_that_grows_after_it_wrapped(self):
        """The tail of the ring moves up by 64 KiB; its old bytes stay behind as twins."""
        for dirty in (False, True):
            writer = Evt(65536, dirty=dirty)
            path = str(self.folder / "logs" / ("grown-%d" % dirty))
            for _ in range(400):
                writer.add(300)
            write(path, writer.image())
            follower = self.follower(path)
            self.assertEqual(follower.look(), writer.alive())
            for _ in range(3):
                writer.ring.grow()
                writer.ring.sync()
                written = [writer.add(300) for _ in range(20)]
                write(path, writer.image())
                self.assertEqual(follower.later(1000, 3), written)
                written = [writer.add(300) for _ in range(3)]
                write(path, writer.image())
                self.assertEqual(follower.later(), written)
            self.assert_clean(follower)

    def test_the_past_comes_first(self):
        for name, make in WRITERS.items():
            with self.subTest(name):
                writer = make()
                path = str(self.folder / "logs" / name)
                for _ in range(400):
                    writer.add(500)
                write(path, writer.image())
                follower = self.follower(path)
                self.assertEqual(follower.look(), writer.alive())
                self.assertGreater(follower.past, 0)
                past = follower.past
                new = writer.add()
                write(path, writer.image())
                self.assertEqual(follower.later(), [new])
                self.assertEqual(follower.past, past)
                self.assert_clean(follower)

    def test_a_ring_that_overtakes_the_reader(self):
        for name, make in (("evtx", lambda: Evtx(slots=3)), ("evt", lambda: Evt(65536))):
            with self.subTest(name):
                writer = make()
                path = str(self.folder / "logs" / name)
                first = [writer.add() for _ in range(10)]
                write(path, writer.image())
                follower = self.follower(path)
                self.assertEqual(follower.look(), first)
                while writer.alive()[0] < 100:
                    writer.add(2000)
                write(path, writer.image())
                self.assertEqual(follower.later(1000, 4), writer.alive())
                lost = writer.alive()[0] - 11
                self.assertEqual([fact[:4] for fact in follower.facts],
                                 [("records-lost", lost, 10, writer.alive()[0])])


class Torn(Following):
    """Pages arrive in any order; half-written records are waited for."""

    def check(self, make, before, batch, rounds, seed):
        rnd = shuffled(seed)
        writer = make()
        path = str(self.folder / "logs" / ("torn-%s" % seed))
        told = [writer.add() for _ in range(before)]
        write(path, writer.image())
        follower = self.follower(path)
        self.assertEqual(follower.look(), told)
        for _ in range(rounds):
            old = writer.image()
            written = [writer.add(rnd.choice([0, 700, 3000, 9000])) for _ in range(rnd.randrange(1, batch))]
            new = writer.image()
            changed = [i for i, (a, b) in enumerate(itertools.zip_longest(
                (old[k:k + PAGE] for k in range(0, len(old), PAGE)),
                (new[k:k + PAGE] for k in range(0, len(new), PAGE)))) if a != b]
            got, there = [], set()
            for page in rnd.sample(changed, len(changed)):
                there.add(page)
                write(path, mixed(old, new, lambda i, seen=there: i in seen or i not in changed))
                got += follower.later(300)
            got += follower.later(1000, 3)
            self.assertEqual(got, written)
        self.assert_clean(follower)

    def test_evtx(self):
        for seed in range(6):
            with self.subTest(seed=seed):
                self.check(lambda: Evtx(slots=3), 5, 8, 25, "evtx%d" % seed)

    def test_evt(self):
        for seed in range(6):
            with self.subTest(seed=seed):
                self.check(lambda: Evt(65536), 5, 6, 25, "evt%d" % seed)

    def test_every_page_edge(self):
        """New pages up to an edge, old ones behind it, and the reverse."""
        for name, make in (("evtx", lambda: Evtx()), ("evt", lambda: Evt(65536))):
            writer = make()
            first = [writer.add() for _ in range(4)]
            old = writer.image()
            second = [writer.add(5000) for _ in range(5)]
            new = writer.image()
            for edge, reverse in itertools.product(range(len(new) // PAGE), (False, True)):
                with self.subTest(name, edge=edge, reverse=reverse):
                    path = str(self.folder / "logs" / ("%s-%d-%d" % (name, edge, reverse)))
                    write(path, old)
                    follower = self.follower(path)
                    got = follower.look()
                    write(path, mixed(old, new, lambda i, e=edge, r=reverse: (i < e) != r))
                    got += follower.later(500, 2)
                    write(path, new)
                    got += follower.later(1000, 3)
                    self.assertEqual(got, first + second)
                    self.assert_clean(follower)
                    follower.close()
                    os.remove(path)

    def test_a_tear_that_stays_is_damage_after_the_wait(self):
        for name, make in (("evtx", lambda: Evtx()), ("evt", lambda: Evt(65536))):
            with self.subTest(name):
                writer = make()
                path = str(self.folder / "logs" / name)
                first = [writer.add(300) for _ in range(3)]
                old = writer.image()
                write(path, old)
                follower = self.follower(path)
                self.assertEqual(follower.look(), first)
                for _ in range(4):
                    writer.add(3000)
                new = writer.image()
                # A page in the middle of the new records never comes.
                missing = 2 if name == "evtx" else 1
                write(path, mixed(old, new, lambda i, m=missing: i != m))
                got = follower.later(10000, 5)
                self.assertEqual(follower.facts, [])
                got += follower.later(10000, 2)
                self.assertEqual(follower.kinds(), ["records-torn"])
                self.assertTrue(follower.damage or follower.torn)
                self.assertEqual(got, sorted(set(got)))
                self.assertIn(7, got)
                said = len(follower.damage) + len(follower.torn)
                self.assertEqual(follower.later(10000, 10), [])
                self.assertEqual(len(follower.damage) + len(follower.torn), said)


    def test_what_was_given_up_comes_if_it_becomes_whole(self):
        writer = Evtx()
        first = [writer.add(300) for _ in range(3)]
        old = writer.image()
        write(self.log, old)
        follower = self.follower()
        self.assertEqual(follower.look(), first)
        second = [writer.add(3000) for _ in range(6)]
        new = writer.image()
        write(self.log, mixed(old, new, lambda i: i not in (2, 4)))
        follower.later(10000, 8)
        self.assertEqual(follower.kinds(), ["records-torn"])
        third = [writer.add(3000) for _ in range(2)]
        write(self.log, mixed(old, writer.image(), lambda i: i not in (2, 4)))
        follower.later(10000, 8)
        write(self.log, writer.image())
        follower.later(1000, 3)
        (told,) = follower.numbers.values()
        self.assertEqual(sorted(told), first + second + third)
        self.assertEqual(follower.later(1000, 3), [])


class Changes(Following):
    """What happens to files."""

    def test_a_copy_that_is_renewed_each_minute(self):
        for way, (name, make) in itertools.product((write, replace), WRITERS.items()):
            with self.subTest(name, way=way.__name__):
                rnd, writer = shuffled(name), make()
                path = str(self.folder / "logs" / (way.__name__ + name))
                way(path, writer.image())
                follower = self.follower(path)
                follower.look()
                for _ in range(15):
                    written = [writer.add(rnd.choice([0, 2000])) for _ in range(rnd.randrange(0, 9))]
                    way(path, writer.image())
                    self.assertEqual(follower.later(60000), written)
                self.assert_clean(follower)

    def test_an_export_that_is_renewed(self):
        """`wevtutil epl` numbers records from 1 on, and leaves the last one without a time."""
        for kept in (30, 400):
            with self.subTest(kept=kept):
                times, told = [], []
                path = str(self.folder / "logs" / ("export-%d.evtx" % kept))
                follower = self.follower(path)
                follower.look()
                for turn in range(12):
                    written = 40 if turn == 0 else (turn * 7) % 11
                    times += [Evtx().time + (len(times) + i) * 10_000_000 for i in range(written)]
                    export = Evtx()
                    for i, time in enumerate(times[-kept:]):
                        export.time = time if i + 1 < min(kept, len(times)) else 0
                        export.add(600)
                    replace(path, export.image())
                    told.append(len(follower.later(1000, 4)))
                    self.assertEqual(told[-1], written if turn else min(written, kept))
                self.assert_clean(follower)

    def test_a_copy_that_arrives_piece_by_piece(self):
        """The file is emptied and filled again from its start, as cp does, and looked at in between."""
        for name, make in (("evtx", lambda: Evtx(slots=4)), ("evt", lambda: Evt(131072))):
            with self.subTest(name):
                writer = make()
                path = str(self.folder / "logs" / name)
                for _ in range(300):
                    writer.add(700)
                write(path, writer.image())
                follower = self.follower(path)
                self.assertEqual(follower.look(), writer.alive())
                for _ in range(3):
                    written = [writer.add(700) for _ in range(20)]
                    image, got = writer.image(), []
                    for part in range(0, 9):
                        write(path, image[:len(image) * part // 8])
                        got += follower.later(400)
                    got += follower.later(1000, 4)
                    self.assertEqual(got, written)
                self.assert_clean(follower)

    def test_cleared(self):
        writer = Evtx()
        for _ in range(200):
            writer.add(1000)
        write(self.log, writer.image())
        follower = self.follower()
        follower.look()
        lost = [writer.add() for _ in range(7)]
        writer.clear()
        after = [writer.add()]
        write(self.log, writer.image())
        self.assertEqual(follower.later(1000, 4), after)
        self.assertEqual([fact[:2] for fact in follower.facts], [("log-cleared", -1), ("records-lost", len(lost))])
        after = [writer.add() for _ in range(100)]
        write(self.log, writer.image())
        self.assertEqual(follower.later(), after)
        self.assertEqual(len(follower.facts), 2)

    def test_cleared_to_nothing_and_numbers_anew(self):
        writer = Evtx()
        for _ in range(200):
            writer.add(1000)
        write(self.log, writer.image())
        follower = self.follower()
        follower.look()
        writer.clear(restart=True)
        write(self.log, writer.image())
        self.assertEqual(follower.later(1000, 4), [])
        self.assertEqual(follower.kinds(), ["log-cleared"])
        after = [writer.add() for _ in range(5)]
        write(self.log, writer.image())
        self.assertEqual(follower.later(1000, 4), after)
        self.assertEqual(follower.kinds(), ["log-cleared", "log-restarted"])

    def test_cleared_evt(self):
        writer = Evt()
        for _ in range(50):
            writer.add()
        write(self.log, writer.image())
        follower = self.follower()
        follower.look()
        writer.clear()
        after = [writer.add() for _ in range(3)]
        write(self.log, writer.image())
        self.assertEqual(follower.later(1000, 4), after)
        self.assertEqual(follower.kinds(), ["log-cleared"])

    def test_another_log_in_its_place(self):
        for name, make in (("evtx", lambda: Evtx()), ("evt", lambda: Evt(65536))):
            with self.subTest(name):
                writer, other = make(), make()
                path = str(self.folder / "logs" / name)
                for _ in range(30):
                    writer.add()
                other.time += 1000 * (10_000_000 if name == "evtx" else 1)
                told = [other.add() for _ in range(20)]
                write(path, writer.image())
                follower = self.follower(path)
                follower.look()
                replace(path, other.image())
                self.assertEqual(follower.later(1000, 4), told)
                self.assertIn(follower.kinds(), (["log-restarted"], ["log-cleared"]))

    def test_an_earlier_state(self):
        for name, make in (("evtx", lambda: Evtx()), ("evt", lambda: Evt(262144))):
            with self.subTest(name):
                writer = make()
                path = str(self.folder / "logs" / name)
                for _ in range(100):
                    writer.add(700)
                earlier = writer.image()
                for _ in range(100):
                    writer.add(700)
                write(path, writer.image())
                follower = self.follower(path)
                follower.look()
                write(path, earlier)
                self.assertEqual(follower.later(1000, 5), [])
                self.assertIn(follower.kinds(), (["log-went-back"], ["file-truncated"]))

    def test_cut(self):
        """Half of the file is gone, and stays so. What the log holds afterwards is read."""
        for name, make in (("evtx", lambda: Evtx()), ("evt", lambda: Evt(262144))):
            with self.subTest(name):
                writer = make()
                path = str(self.folder / "logs" / name)
                for _ in range(300):
                    writer.add(700)
                image = writer.image()
                write(path, image)
                follower = self.follower(path)
                self.assertEqual(follower.look(), writer.alive())
                write(path, image[:len(image) // 2])
                self.assertEqual(follower.later(20000, 5), [])
                self.assertEqual(follower.kinds()[:1], ["file-truncated"])
                written = [writer.add() for _ in range(3)]
                write(path, writer.image())
                self.assertEqual(follower.later(1000, 4)[-3:], written)

    def test_a_cut_copy_of_an_evt_log(self):
        """It has no end record, because the copy stopped before it; it is read as far as it goes."""
        writer = Evt(65536)
        for _ in range(100):
            writer.add()
        path = str(self.folder / "logs" / "cut.evt")
        write(path, writer.image()[:10000])
        follower = self.follower(path)
        told = follower.later(1000, 4)
        self.assertEqual(told, list(range(1, len(told) + 1)))
        self.assertGreater(len(told), 20)
        self.assertEqual(follower.later(10000, 3), [])
        write(path, writer.image())
        self.assertEqual(follower.later(1000, 4), list(range(len(told) + 1, 101)))

    def test_archived_and_begun_anew(self):
        for name, make in (("Security.evtx", lambda: Evtx()), ("SecEvent.Evt", lambda: Evt(65536))):
            with self.subTest(name):
                folder = self.folder / name
                folder.mkdir()
                path, writer = str(folder / name), make()
                told = [writer.add() for _ in range(20)]
                write(path, writer.image())
                follower = self.follower(folder)
                self.assertEqual(follower.look(), told)
                tail = [writer.add() for _ in range(3)]         # nobody looked before it was archived
                write(path, writer.image())
                os.rename(path, folder / "Archive-1")
                new = make()
                new.number, new.time = writer.number, writer.time
                if name.endswith("Evt"):
                    new.number = 1
                after = [new.add() for _ in range(4)]
                write(path, new.image())
                self.assertEqual(sorted(follower.later(1000, 4)), sorted(tail + after))
                self.assertEqual(follower.kinds(), ["file-moved"])
                self.assertEqual(follower.later(1000, 4), [])

    def test_a_copy_of_an_archive_is_known(self):
        writer = Evtx()
        told = [writer.add() for _ in range(50)]
        write(self.log, writer.image())
        follower = self.follower(self.folder / "logs")
        self.assertEqual(follower.look(), told)
        archive = writer.image()
        writer.chunks, writer.current = {}, -1
        after = [writer.add() for _ in range(5)]
        replace(self.log, writer.image())
        self.assertEqual(follower.later(1000, 4), after)
        write(str(self.folder / "logs" / "Archive-Security-2024-03-01.evtx"), archive)
        self.assertEqual(follower.later(1000, 4), [])

    def test_gone_and_back(self):
        writer = Evtx()
        told = [writer.add() for _ in range(5)]
        write(self.log, writer.image())
        follower = self.follower()
        self.assertEqual(follower.look(), told)
        os.remove(self.log)
        follower.later(1000, 5)
        self.assertEqual(follower.kinds(), ["file-vanished"])
        after = [writer.add() for _ in range(5)]
        write(self.log, writer.image())
        self.assertEqual(follower.later(1000, 3), after)
        self.assertEqual(follower.kinds(), ["file-vanished", "file-returned"])


    def test_an_archive_that_is_deleted(self):
        """Old archives are cleared away by everybody; only a log that was alive is missed."""
        old, new = Evtx(), Evtx(start=134_000_000_000_000_000)
        old.add()
        new.add()
        path, state = str(self.folder / "logs" / "Archive-1.evtx"), str(self.folder / "state")
        write(path, old.image())
        os.utime(path, (1_600_000_000, 1_600_000_000))
        write(self.log, new.image())
        follower = self.follower(self.folder / "logs", state=state)
        self.assertEqual(len(follower.look()), 2)
        os.remove(path)
        follower.later(1000, 5)
        self.assertEqual(follower.facts, [])
        os.remove(self.log)
        follower.later(1000, 5)
        self.assertEqual(follower.kinds(), ["file-vanished"])
        self.assertEqual(len(pathlib.Path(state).read_text(encoding="ascii").splitlines()), 1)

    def test_other_names_of_archives_may_go_too(self):
        writer = Evtx()
        writer.add()
        write(self.log, writer.image())
        follower = self.follower(self.folder / "logs")
        follower.look()
        os.rename(self.log, self.folder / "logs" / "Archive-1.evtx")
        follower.later(1000, 3)
        os.remove(self.folder / "logs" / "Archive-1.evtx")
        follower.later(1000, 5)
        self.assertEqual(follower.kinds(), ["file-moved"])


class Texts(Following):
    """Files of event XML and JSON lines that others append to."""

    def test_growth_at_any_byte(self):
        for form in ("json", "xml"):
            for encoding in ("utf-8", "utf-16"):
                with self.subTest(form, encoding=encoding):
                    rnd = shuffled(form)
                    whole = b"".join(texts(60, form)).decode().encode(encoding)
                    path = str(self.folder / "logs" / (form + encoding))
                    write(path, whole[:rnd.randrange(400, 3000)])
                    follower = self.follower(path)
                    told, at = follower.look(), 0
                    at = os.path.getsize(path)
                    while at < len(whole):
                        step = rnd.choice([1, 7, 100, 1500, 5000])
                        with open(path, "ab") as file:
                            file.write(whole[at:at + step])
                        at += step
                        told += follower.later(500)
                    self.assertEqual(told, list(range(1, 61)))
                    self.assert_clean(follower)

    def test_rotated(self):
        """By another name, and by emptying it in place."""
        lines = texts(30, "json")
        path = self.folder / "logs" / "events.ndjson"
        write(str(path), b"".join(lines[:10]))
        follower = self.follower(self.folder / "logs")
        self.assertEqual(follower.look(), list(range(1, 11)))
        with open(path, "ab") as file:
            file.write(lines[10])
        os.rename(path, self.folder / "logs" / "events.1.ndjson")
        write(str(path), b"".join(lines[11:15]))
        self.assertEqual(sorted(follower.later(1000, 4)), list(range(11, 16)))
        self.assertEqual(follower.kinds(), ["file-moved"])
        write(str(path), b"")
        follower.later(1000, 4)
        write(str(path), b"".join(lines[15:20]))
        self.assertEqual(follower.later(1000, 5), list(range(16, 21)))
        self.assertEqual(follower.kinds(), ["file-moved", "log-cleared"])
        write(str(path), b"".join(lines[20:]))              # another, and longer: nobody saw it empty
        self.assertEqual(follower.later(1000, 5), list(range(21, 31)))
        self.assertEqual(follower.kinds(), ["file-moved", "log-cleared", "log-restarted"])

    def test_after_a_crash(self):
        for form in ("json", "xml"):
            lines = texts(20, form)
            path, state = str(self.folder / "logs" / form), str(self.folder / form)
            write(path, lines[0])
            with self.follower(path, state=state) as follower:
                self.assertEqual(follower.look(), [1])
            for i in range(1, 20):
                (replace if i % 5 == 0 else write)(path, b"".join(lines[:i + 1]))
                with self.follower(path, state=state) as follower:
                    if i % 4 == 1:
                        follower.say("crash 1")
                        self.assertEqual(follower.look(), [i + 1])
                        continue
                    self.assertEqual(follower.look(), [i, i + 1] if i % 4 == 2 else [i + 1])
                    self.assert_clean(follower)

    def test_an_event_that_stays_cut(self):
        lines = texts(3, "json")
        path = str(self.folder / "logs" / "cut")
        write(path, lines[0] + lines[1][:200])
        follower = self.follower(path)
        self.assertEqual(follower.look(), [1])
        self.assertEqual(follower.later(10000, 5), [])
        self.assertEqual(follower.facts, [])
        follower.later(10000, 3)
        self.assertEqual(follower.kinds(), ["records-torn"])
        self.assertTrue(follower.torn or follower.damage)


class Pipes(Following):
    def test_standard_input(self):
        for form in ("json", "xml"):
            with self.subTest(form):
                whole = b"".join(texts(50, form))
                done = subprocess.run([FOLLOW_LOG, "--pipe", "-"], input=whole, capture_output=True, check=True)
                words = [line.split() for line in done.stdout.decode().splitlines()]
                self.assertEqual([int(word[2]) for word in words if word[0] == "record"], list(range(1, 51)))
                self.assertEqual(words[-2:], [["end"], ["."]])

    def test_what_is_no_event(self):
        done = subprocess.run([FOLLOW_LOG, "--pipe", "-"], input=b"hello\n" * 10, capture_output=True, check=True)
        self.assertIn(b"fact no-log", done.stdout)
        self.assertTrue(done.stdout.endswith(b"end\n.\n"))

    def test_too_large(self):
        """An event beyond the limit is stepped over; what stands behind it is read."""
        lines = texts(2, "json")
        large = b'{"System":{"EventID":1},"x":"' + b"a" * (5 << 20) + b'"}\n'
        done = subprocess.run([FOLLOW_LOG, "--pipe", "-"], input=lines[0] + large + lines[1], capture_output=True,
                              check=True)
        told = [line.split()[2] for line in done.stdout.decode().splitlines() if line.startswith("record")]
        self.assertEqual(told, ["1", "2"])
        self.assertIn(b"fact limit-reached 1", done.stdout)

    def test_a_named_pipe_and_several_writers(self):
        path = str(self.folder / "pipe")
        os.mkfifo(path)
        lines = texts(30, "json")
        follower = self.follower(options=["--pipe", path])
        follower.say("wait 0")
        self.assertEqual(follower.hear(), [])
        for turn in range(3):
            def writer(mine=b"".join(lines[turn * 10:turn * 10 + 10])):
                with open(path, "wb") as pipe:
                    pipe.write(mine)
            thread = threading.Thread(target=writer)
            thread.start()
            told = []
            for _ in range(100):
                follower.say("wait 100")
                told += follower.hear()
                if len(told) == 10:
                    break
            thread.join()
            self.assertEqual(told, list(range(turn * 10 + 1, turn * 10 + 11)))
        self.assert_clean(follower)


class Lives(Following):
    """Whole lives of logs: anything may happen next, and the watcher may be killed between."""

    def live(self, make, seed, steps):
        rnd, writer, last = shuffled(seed), make(), 0
        base = 0                                # the newest record that was read from the file of this name
        folder = self.folder / ("life-%s" % seed)
        folder.mkdir()
        path, state = str(folder / "Security.log"), str(self.folder / ("state-%s" % seed))
        write(path, writer.image())
        follower = self.follower(folder, state=state)
        follower.look()
        for step in range(steps):
            what = rnd.choice(["grow", "grow", "burst", "clear", "archive", "replace", "kill", "rest"])
            many = {"burst": 400, "rest": 0}.get(what, 8)
            written = [writer.add(rnd.choice([0, 900, 2500])) for _ in range(rnd.randrange(many + 1))]
            begins_anew = what == "clear" and isinstance(writer, Evt)
            if what == "archive":
                write(path, writer.image())
                os.rename(path, folder / ("Archive-%d.log" % step))
                number, time = writer.number, writer.time
                writer = make()
                writer.number, writer.time = number, time
                alive = written
            elif what == "clear":
                writer.clear()
                written = [writer.add() for _ in range(3)]
                alive = writer.alive()
            else:
                alive = [number for number in writer.alive() if number > last]
            if what == "kill":
                follower.close()
                follower = self.follower(folder, state=state)
            facts = len(follower.facts)
            (replace if what == "replace" else write)(path, writer.image())
            got = follower.look() + follower.later(1000, 5)
            self.assertEqual(got, alive, (what, step))
            lost = [fact[1] for fact in follower.facts[facts:] if fact[0] == "records-lost"]
            base = 0 if what == "archive" or begins_anew else base
            hole = alive[0] - base - 1 if base and alive else 0
            self.assertEqual(sum(lost), hole, (what, step, follower.facts[facts:]))
            last = alive[-1] if alive else last
            base = alive[-1] if alive and what != "archive" else base
        self.assertEqual((follower.damage, follower.torn), ([], []))

    def test_evtx(self):
        for seed in range(6):
            with self.subTest(seed=seed):
                self.live(lambda: Evtx(slots=3), "evtx%d" % seed, 30)

    def test_evt(self):
        for seed in range(6):
            with self.subTest(seed=seed):
                self.live(lambda: Evt(65536), "evt%d" % seed, 30)


class Files(Following):
    """Which files are followed."""

    def names_told(self, follower):
        return sorted(follower.numbers)

    def test_patterns(self):
        for name in ("a/x.evtx", "a/b/y.evtx", "z.evtx", "a/note.txt"):
            path = self.folder / "logs" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            writer = Evtx()
            writer.add()
            write(str(path), writer.image())
        os.symlink(self.folder / "logs" / "a", self.folder / "logs" / "circle")
        os.symlink(self.folder / "logs" / "z.evtx", self.folder / "logs" / "link.evtx")
        for pattern, count in (("**/*.evtx", 3), ("*.evtx", 1), ("*/*.evtx", 1), ("**", 4), ("a/**/*", 3),
                               ("?.evt*", 1), ("nothing/**", 0)):
            with self.subTest(pattern):
                follower = self.follower(self.folder / "logs" / pattern)
                follower.look()
                self.assertEqual(len(follower.numbers), count)
        follower = self.follower(self.folder / "logs" / "link.evtx")
        self.assertEqual(len(follower.look()), 1)

    def test_new_files_are_not_the_past(self):
        write(self.log, Evtx().image())
        follower = self.follower(self.folder / "logs" / "*.evtx")
        follower.look()
        writer = Evtx()
        writer.add()
        path = str(self.folder / "logs" / "Sysmon.evtx")
        write(path, b"")
        self.assertEqual(follower.later(1000, 2), [])
        write(path, writer.image())
        self.assertEqual(follower.later(), [1])
        self.assertEqual(follower.past, 0)
        self.assert_clean(follower)

    def test_no_log_is_said_once(self):
        write(str(self.folder / "logs" / "notes.evtx"), b"nothing but words\n" * 100)
        follower = self.follower(self.folder / "logs" / "*.evtx", fault=5000)
        follower.later(1000, 3)
        self.assertEqual(follower.facts, [])
        follower.later(1000, 30)
        self.assertEqual(follower.kinds(), ["no-log"])

    def test_more_files_than_may_be_open(self):
        writers = {}
        for i in range(12):
            path = str(self.folder / "logs" / ("%d.evtx" % i))
            writers[path] = Evtx(start=133_000_000_000_000_000 + i * 10_000_000_000)
            writers[path].add()
            write(path, writers[path].image())
        follower = self.follower(self.folder / "logs", options=["--open", "3"])
        self.assertEqual(len(follower.look()), 12)
        for _ in range(3):
            for path, writer in writers.items():
                writer.add()
                write(path, writer.image())
            self.assertEqual(len(follower.later()), 12)
        self.assert_clean(follower)

    def test_more_files_than_are_followed(self):
        for i in range(5):
            writer = Evtx(start=133_000_000_000_000_000 + i * 10_000_000_000)
            writer.add()
            write(str(self.folder / "logs" / ("%d.evtx" % i)), writer.image())
        follower = self.follower(self.folder / "logs", options=["--files", "3"])
        follower.later(1000, 3)
        self.assertEqual((len(follower.numbers), follower.kinds()), (3, ["limit-reached"]))


class Cursors(Following):
    """A crash repeats a blob and loses none."""

    def test_after_a_crash(self):
        for name, make in WRITERS.items():
            with self.subTest(name):
                rnd, writer = shuffled(name), make()
                path = str(self.folder / "logs" / name)
                state = str(self.folder / (name + ".state"))
                write(path, writer.image())
                kept = []
                with self.follower(path, state=state) as follower:
                    follower.look()
                for turn in range(20):
                    written = [writer.add(rnd.choice([0, 2000])) for _ in range(rnd.randrange(1, 5))]
                    rnd.choice([write, replace])(path, writer.image())
                    with self.follower(path, state=state) as follower:
                        if turn % 3 == 0:
                            follower.say("crash 1")
                            self.assertEqual(follower.look(), written)
                            continue
                    with self.follower(path, state=state) as follower:
                        kept.append(follower.look())
                        self.assertEqual((follower.past, follower.facts), (0, []))
                        self.assertEqual(follower.look(), [])
                told = [number for batch in kept for number in batch]
                self.assertEqual(told, sorted(set(told)))
                self.assertEqual(told[-1], writer.number - 1)

    def test_a_source_that_is_not_watched_any_more(self):
        writers, state = [Evtx(), Evtx(start=134_000_000_000_000_000)], str(self.folder / "state")
        paths = [str(self.folder / "logs" / name) for name in ("a.evtx", "b.evtx")]
        for path, writer in zip(paths, writers):
            writer.add()
            write(path, writer.image())
        with self.follower(*paths, state=state) as follower:
            self.assertEqual(len(follower.look()), 2)
        for path, writer in zip(paths, writers):
            writer.add()
            write(path, writer.image())
        with self.follower(paths[1], state=state) as follower:
            self.assertEqual(follower.look(), [2])
            self.assertEqual(follower.later(1000, 3), [])
        with self.follower(*paths, state=state) as follower:
            self.assertEqual(follower.look(), [2])

    def test_bytes_that_are_no_cursor(self):
        writer = Evtx()
        writer.add()
        write(self.log, writer.image())
        state = str(self.folder / "state")
        with open(state, "w", encoding="ascii") as file:
            file.write("1 00112233\n2 \n")
        follower = Follower(self.log, state=state)
        self.addCleanup(follower.process.kill)
        follower.say("look")
        lines = [follower.process.stdout.readline() for _ in range(2)]
        self.assertTrue(all("refused" in line for line in lines), lines)
        follower.close()


class Notices(Following):
    def test_woken_by_the_system(self):
        """The only test with the true clock: a notice comes long before the interval of a second, most times."""
        writer = Evtx()
        writer.add()
        write(self.log, writer.image())
        follower = self.follower(self.folder / "logs", options=["--notices"])
        follower.look()
        writer.add()
        write(self.log, writer.image())
        follower.say("wait 10000")
        self.assertEqual(follower.hear(), [2])


if __name__ == "__main__":
    unittest.main()
