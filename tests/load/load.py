#!/usr/bin/env python3
"""Load: many feeds, many items, and every webhook checked by the official library.

Serves feeds and takes webhooks on loopback, with the daemon between them. Half of the items are
about the East China Sea, in a dozen languages; the others are near misses. Afterwards every
matching item must have come exactly once, no other at all, each with a signature that
`standardwebhooks` accepts, and the daemon's own books must say the same.

Exits with 1 if anything was lost, doubled, wrong or badly signed, or if the feeds, which are to
be polled every second, were polled less.
"""

import argparse
import asyncio
import contextlib
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time
from xml.sax.saxutils import escape

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

# Of one poll a second for each feed; a poll takes time itself, and the machine may be busy.
POLLED_AT_LEAST = 0.8

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

# {} is the item's number. Where a text has two parts, the second is the summary.
MATCHING = [
    ("Patrol {} in the East China Sea",),
    ("Ministers meet ({})", "They spoke of the <b>East and South China Seas</b> &amp; of trade."),
    ("Coast guard ships stay near the Senkakus, day {}",),
    ("尖閣諸島周辺に海警船 {}隻",),
    ("東シナ海でガス田の掘削 {}",),
    ("钓鱼岛附近海域巡航 第{}次",),
    ("{} 동중국해에서 연합 훈련",),
    ("Учения {} в акватории Восточно-Китайского моря", "Флот вышел в Восточно-Китайское море."),
    ("Manœuvre {} en mer de Chine orientale",),
    ("Patrulla {} en el mar de China Oriental",),
    ("Manöver {}: Schiffe fahren durch das Ostchinesische Meer", "Ostchinesisches Meer"),
    ("Tàu tuần tra {} trên biển Hoa Đông",),
    ("Kapal patroli {} di Laut China Timur",),
    ("مناورة {} في بحر الصين الشرقي",),
]
OTHERS = [
    ("Patrol {} in the South China Sea",),
    ("East China Normal University opens school {}",),
    ("China and the sea of troubles, part {}", "East of the old town, a china shop closes."),
    ("東海道新幹線 {}本が運転見合わせ",),
    ("日本海側で大雪 {}センチ",),
    ("华东师范大学开设专业 {}",),
    ("동해안 해수욕장 피서객 {}만명",),
    ("Учения {} на Балтике",),
    ("Match {} au bord de la mer du Nord",),
    ("Feria {} de porcelana china en el oriente del país",),
    ("Handball, Spieltag {}: Kiel gewinnt",),
    ("Chợ phiên {} ở Biển Hồ",),
    ("Pertandingan {} di Jawa Timur",),
    ("مهرجان {} على ساحل البحر",),
]


class Feeds:
    """The feeds, told apart by their paths."""

    def __init__(self, count):
        self.items = [[] for _ in range(count)]
        self.recorded = set()  # feeds whose document the daemon has on record
        self.polls = 0
        self.served = {}  # number of an item -> when its document was first handed out
        for feed in range(count):
            self.items[feed].append((f"baseline-{feed}", "Nothing to see", ""))

    def publish(self, feed, number, title, summary):
        self.items[feed].append((number, title, summary))

    def answer(self, _method, path, headers, _body):
        feed = int(path.strip("/"))
        items, now = self.items[feed], time.monotonic()
        etag = f'"{len(items)}"'
        self.polls += 1
        if "if-none-match" in headers:
            self.recorded.add(feed)
        if headers.get("if-none-match") == etag:
            return "304 Not Modified", f"etag: {etag}\r\n", b""
        for number, _, _ in items:
            self.served.setdefault(number, now)
        body = "".join(
            f'<item><guid isPermaLink="false">{number}</guid><title>{escape(title)}</title>'
            f"<link>https://news.example/{feed}/{number}</link>"
            f"<description>{escape(summary)}</description></item>"
            for number, title, summary in reversed(items)
        )
        document = (
            '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>'
            f"<title>Wire {feed}</title>{body}</channel></rss>"
        )
        return "200 OK", f"etag: {etag}\r\ncontent-type: application/rss+xml\r\n", document.encode()


class Inbox:
    """The receiver: believes nothing whose signature is wrong."""

    def __init__(self):
        self.came = {}  # number of an item -> the times it came
        self.ids = {}  # webhook-id -> number
        self.wrong = []

    def answer(self, _method, _path, headers, body):
        now = time.monotonic()
        try:
            data = Webhook(SECRET).verify(body, headers)["data"]
        except WebhookVerificationError as error:
            self.wrong.append(f"bad signature: {error}")
            return "401 Unauthorized", "", b""
        number = int(data["item"]["url"].rsplit("/", 1)[1])
        if data["id"] != headers["webhook-id"] or data["watch"]["id"] != "east-china-sea":
            self.wrong.append(f"item {number}: {headers['webhook-id']} is about something else")
        if self.ids.setdefault(headers["webhook-id"], number) != number:
            self.wrong.append(f"item {number}: its id is that of {self.ids[headers['webhook-id']]}")
        self.came.setdefault(number, []).append(now)
        return "204 No Content", "", b""


async def serve(handler):
    """Serves HTTP/1.1 with connections that stay open; returns the server and its port."""

    async def connection(reader, writer):
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                method, path, _ = head[0].split(" ", 2)
                pairs = (line.split(":", 1) for line in head[1:] if line)
                headers = {name.lower(): value.strip() for name, value in pairs}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                status, more, answer = handler.answer(method, path, headers, body)
                length = "" if status.startswith("304") else f"content-length: {len(answer)}\r\n"
                writer.write(f"HTTP/1.1 {status}\r\n{more}{length}\r\n".encode() + answer)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(connection, "127.0.0.1", 0, limit=1 << 20)
    return server, server.sockets[0].getsockname()[1]


def configuration(folder, feeds, feeds_port, inbox_port):
    """The daemon's main file."""
    listed = "".join(
        f'[[feed]]\nid = "wire-{feed}"\nname = "Wire {feed}"\n'
        f'url = "http://127.0.0.1:{feeds_port}/{feed}"\n'
        for feed in range(feeds)
    )
    path = folder / "wirewatch.toml"
    path.write_text(
        f'[store]\nurl = "sqlite:{folder}/wirewatch.db"\n'
        f'[polling]\ninterval = "1s"\nper_host = {feeds}\nallow_private = ["127.0.0.0/8"]\n'
        f'[web]\nlisten = "off"\n[log]\nlevel = "warn"\n{listed}'
        f'[[notifier]]\nname = "desk"\ntype = "webhook"\nsecret = "{SECRET}"\n'
        f'url = "http://127.0.0.1:{inbox_port}/"\n'
        '[[watch]]\nname = "East China Sea"\nregions = ["East China Sea"]\n',
        encoding="utf-8",
    )
    return path


async def wait(what, seconds, is_so):
    """Waits until `is_so()`; a wait that takes longer than `seconds` is told and is false."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            print(f"no {what} within {seconds} s", file=sys.stderr)
            return False
        await asyncio.sleep(0.05)
    return True


def peak_memory(process):
    """The most memory that the daemon has held, in MiB."""
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def processor_seconds(process):
    """The processor time that the daemon has used."""
    stat = pathlib.Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii")
    user, system = stat.rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else 0.0


async def publish(feeds, arguments, dice):
    """Publishes at a steady pace; when each matching item went out, and how many others did."""
    out, others = {}, 0
    began = time.monotonic()
    for number in range(arguments.seconds * arguments.rate):
        await asyncio.sleep(max(0.0, began + number / arguments.rate - time.monotonic()))
        text = dice.choice(OTHERS if number % 2 else MATCHING)
        parts = [part.replace("{}", str(number)) for part in text] + [""]
        feeds.publish(dice.randrange(arguments.feeds), number, parts[0], parts[1])
        if number % 2:
            others += 1
        else:
            out[number] = time.monotonic()
    return out, others


async def run(arguments):
    """One run, from start to verdict; whether all was well."""
    dice = random.Random(arguments.seed)
    feeds, inbox = Feeds(arguments.feeds), Inbox()
    feed_server, feeds_port = await serve(feeds)
    inbox_server, inbox_port = await serve(inbox)
    with tempfile.TemporaryDirectory(prefix="wirewatch-load-") as folder:
        path = configuration(pathlib.Path(folder), arguments.feeds, feeds_port, inbox_port)
        command = [arguments.binary, "--config", str(path)]
        daemon = subprocess.Popen([*command, "run"], stdin=subprocess.DEVNULL)
        try:
            ready = await wait(
                "baseline of all feeds", 60, lambda: len(feeds.recorded) == arguments.feeds
            )
            polls, began, busy = feeds.polls, time.monotonic(), processor_seconds(daemon)
            out, others = await publish(feeds, arguments, dice) if ready else ({}, 0)
            rate = (feeds.polls - polls) / max(time.monotonic() - began, 1e-9)
            await wait("webhook for each match", 30, lambda: out.keys() <= inbox.came.keys())
            memory, busy = peak_memory(daemon), processor_seconds(daemon) - busy
            daemon.send_signal(signal.SIGTERM)
            code = await asyncio.to_thread(daemon.wait, 30)
        finally:
            daemon.kill()
            daemon.wait()
        listed = await asyncio.to_thread(
            subprocess.run,
            [*command, "deliveries", "list", "--json", "--limit", "1000000"],
            capture_output=True,
            check=True,
            timeout=60,
        )
    feed_server.close()
    inbox_server.close()

    lost = sorted(out.keys() - inbox.came.keys())
    unasked = sorted(inbox.came.keys() - out.keys())
    doubled = sorted(number for number, times in inbox.came.items() if len(times) > 1)
    states = [row["state"] for row in json.loads(listed.stdout)]
    unsettled = sum(state != "delivered" for state in states)
    from_out = [inbox.came[number][0] - at for number, at in out.items() if number in inbox.came]
    from_poll = [times[0] - feeds.served[number] for number, times in inbox.came.items()]
    print(
        f"{arguments.feeds} feeds, {rate:.0f} polls/s, {len(out) + others} items "
        f"({len(out)} matching, {others} not) in {arguments.seconds} s\n"
        f"{len(inbox.came)} alerts, {len(lost)} lost, {len(doubled)} doubled, "
        f"{len(unasked)} unasked, {len(inbox.wrong)} wrong or badly signed; "
        f"books: {len(states)} deliveries, {unsettled} not delivered; exit {code}\n"
        f"publication to webhook: p50 {percentile(from_out, 0.5) * 1000:.0f} ms, "
        f"p99 {percentile(from_out, 0.99) * 1000:.0f} ms\n"
        f"poll to webhook:        p50 {percentile(from_poll, 0.5) * 1000:.0f} ms, "
        f"p99 {percentile(from_poll, 0.99) * 1000:.0f} ms\n"
        f"memory at its peak {memory:.0f} MiB, processor {busy:.1f} s"
    )
    for what, numbers in ("lost", lost), ("doubled", doubled), ("unasked", unasked):
        if numbers:
            print(f"{what}: {numbers[:10]}", file=sys.stderr)
    for line in inbox.wrong[:10]:
        print(line, file=sys.stderr)
    balanced = unsettled == 0 and len(states) == len(out)
    faults = lost or doubled or unasked or inbox.wrong
    in_time = rate >= POLLED_AT_LEAST * arguments.feeds
    if ready and not in_time:
        print("the feeds were not polled every second", file=sys.stderr)
    return bool(ready and out and balanced and in_time and code == 0 and not faults)


def main():
    """Reads the arguments; the exit code is the verdict."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--binary", default="target/debug/wirewatch")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--feeds", type=int, default=200)
    parser.add_argument("--rate", type=int, default=20, help="items a second, half of them matching")
    parser.add_argument("--seed", type=int, default=1)
    sys.exit(0 if asyncio.run(run(parser.parse_args())) else 1)


if __name__ == "__main__":
    main()
