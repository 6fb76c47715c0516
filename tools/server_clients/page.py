"""A headless Chromium uses the server's page as a person does: drops a file, watches segments come, clicks a word, moves by keys, and
downloads subtitles. $1: the server's URL, $2: the shipped model's sample, $3: a folder for screenshots. The browser is the system's."""

import base64
import pathlib
import re
import shutil
import sys

from playwright.sync_api import sync_playwright

URL, SAMPLE, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
SAID = "Hello from Tessera. Please bring me coffee and cake."

DROP = """async ([name, data]) => {
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, {type: "audio/wav"}));
  for (const kind of ["dragover", "drop"]) {
    document.getElementById("drop").dispatchEvent(new DragEvent(kind, {dataTransfer: transfer, bubbles: true, cancelable: true}));
  }
}"""
TIME = "document.getElementById('player').currentTime"


def expect(what: str, holds: bool, got=""):
    if not holds:
        sys.exit(f"page: {what}: no: {got}")
    print(f"page: {what}")


def wait_for_time(page, holds):
    """Playwright's own way evaluates text in the page, which the page's policy forbids."""
    for _ in range(300):
        if holds(page.evaluate(TIME)):
            return
        page.wait_for_timeout(20)


def use(page, shots: str):
    troubles, elsewhere = [], []
    page.on("console", lambda message: troubles.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda request: elsewhere.append(request.url) if not request.url.startswith((URL, "blob:", "data:")) else None)
    page.goto(URL + "/")
    page.screenshot(path=FOLDER / f"{shots}-empty.png")
    page.evaluate(DROP, [SAMPLE.name, base64.b64encode(SAMPLE.read_bytes()).decode()])
    page.wait_for_selector("#downloads:not([hidden])")
    words = page.locator(".word")
    expect("a file that is dropped is transcribed", " ".join(words.all_inner_texts()) == SAID, words.all_inner_texts())
    expect("segments appear", page.locator(".segment").count() == 2, page.locator(".segment").count())
    page.screenshot(path=FOLDER / f"{shots}-transcript.png", full_page=True)

    page.evaluate("document.getElementById('player').pause()")
    words.nth(5).click()  # "bring", in the second segment
    wait_for_time(page, lambda seconds: seconds > 2)
    expect("a click on a word plays it", 2 < page.evaluate(TIME) < 4, page.evaluate(TIME))
    page.evaluate("document.getElementById('player').pause()")
    words.nth(5).focus()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    wait_for_time(page, lambda seconds: seconds < 2)
    expect("keys move among words and play them", page.evaluate("document.activeElement.textContent") == "Hello" and page.evaluate(TIME) < 2)
    for kind, first in (("srt", "1\n00:00:00,"), ("vtt", "WEBVTT\n\n00:00:00."), ("txt", "Hello"), ("json", "{")):
        with page.expect_download() as download:
            page.click(f'[data-format="{kind}"]')
        text = pathlib.Path(download.value.path()).read_text()
        expect(f"{download.value.suggested_filename} is downloaded",
               text.startswith(first) and "coffee" in text and download.value.suggested_filename == "sample." + kind, text)

    page.evaluate(DROP, ["none.wav", base64.b64encode(b"no sound").decode()])
    page.wait_for_selector("#status.problem")
    expect("what is no sound is told", "file" in page.inner_text("#status"), page.inner_text("#status"))
    width = page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    expect("nothing is wider than the screen", width)
    # The refused sound is an error 400, which the browser reports by itself, and no player can play it.
    own = [t for t in troubles if not re.search(r"400|Failed to load|DEMUXER", t)]
    expect("nothing goes wrong in the page, nothing is asked elsewhere", own == [] and elsewhere == [], (own, elsewhere))


with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=shutil.which("chromium"),
                                         args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"])
    use(browser.new_page(viewport={"width": 1000, "height": 800}), "desktop")
    phone = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, color_scheme="dark")
    use(phone.new_page(), "phone")
    browser.close()
